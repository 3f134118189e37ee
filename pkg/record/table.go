package record

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Format is the form of a table.
type Format int

// The forms of a table.
const (
	Plain    Format = iota // aligned columns, for a terminal; the default
	Markdown               // for notebooks and code hosts
	CSV
)

// Percent is an error in percent, with two decimals.
func Percent(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) }

// Table writes one row for each record and split: errors in percent, estimates marked by "~".
func Table(w io.Writer, format Format, records ...*Record) error {
	header := []string{"run", "λ", "γ", "seed", "split", "ε", "samples", InPercent(StandardName),
		InPercent(NameOfAttacked(records...)), InPercent(CertifiedName), "bound"}
	var rows [][]string
	for _, r := range records {
		for _, split := range slices.Sorted(maps.Keys(r.Results)) {
			rows = append(rows, resultRow(r, split, r.Results[split]))
		}
	}
	return WriteTable(w, format, header, rows)
}

func resultRow(r *Record, split string, s SplitResult) []string {
	pgd, certified := "-", Percent(s.CertifiedError)
	if s.PGDSteps > 0 {
		pgd = fmt.Sprintf("%s (%s)", Percent(s.PGDError), r.AttackWords(split))
	}
	if s.Estimate {
		certified = "~" + certified
	}
	seed, lambda, gamma := r.Training()
	return []string{r.Name, orDash(lambda, number), orDash(gamma, number), orDash(seed, decimal), split, s.radius(),
		strconv.Itoa(s.Samples), Percent(s.StandardError), pgd, certified, s.Technique}
}

// radius is the radius, or those of the channels.
func (s SplitResult) radius() string {
	if len(s.Channels) == 0 {
		return number(s.Eps)
	}
	var parts []string
	for _, r := range s.Channels {
		parts = append(parts, number(r))
	}
	return strings.Join(parts, ",")
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', 4, 64) }

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }

// orDash is a value's text, or a dash where it is not known.
func orDash[T any](value *T, text func(T) string) string {
	if value == nil {
		return "-"
	}
	return text(*value)
}

// WriteTable writes any table; every row must be as long as the header. Any other length is an error, and so is a
// failing writer.
func WriteTable(w io.Writer, format Format, header []string, rows [][]string) error {
	for i, row := range rows {
		if len(row) != len(header) {
			return fmt.Errorf("row %d of the table has %d cells, want %d", i, len(row), len(header))
		}
	}
	switch format {
	case CSV:
		out := csv.NewWriter(w)
		if err := out.Write(header); err != nil {
			return err
		}
		return out.WriteAll(rows)
	case Markdown:
		return writeMarkdown(w, header, rows)
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		if _, err := fmt.Fprintln(out, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return out.Flush()
}

// writeMarkdown aligns to the right the columns that hold numbers only.
func writeMarkdown(w io.Writer, header []string, rows [][]string) error {
	rule := make([]string, len(header))
	for c := range header {
		rule[c] = "---"
		if numeric(rows, c) {
			rule[c] = "---:"
		}
	}
	for _, row := range append([][]string{header, rule}, rows...) {
		cells := make([]string, len(row))
		for c, text := range row {
			cells[c] = strings.ReplaceAll(strings.ReplaceAll(text, "|", "\\|"), "\n", " ")
		}
		if _, err := fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")); err != nil {
			return err
		}
	}
	return nil
}

func numeric(rows [][]string, column int) bool {
	for _, row := range rows {
		first, _, _ := strings.Cut(strings.TrimPrefix(row[column], "~"), " ")
		if _, err := strconv.ParseFloat(first, 64); err != nil && first != "-" {
			return false
		}
	}
	return len(rows) > 0
}
