package report

import (
	"bytes"
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
)

// setting is what the runs of one row share.
type setting struct {
	name          string
	lambda, gamma float64
}

// pgdColumn is the metric that depends on the attack.
var pgdColumn = inPercentOn(record.PGDName, record.Test)

// inPercentOn is the header of a column of an error on a split.
func inPercentOn(name, split string) string { return record.InPercent(name) + ", " + split }

// columns are the metrics of a row; the paired ones also get their difference to the baseline.
var columns = []struct {
	name   string
	metric record.Metric
	paired bool
}{
	{inPercentOn(record.CertifiedName, record.Test), record.CertifiedErrorOn(record.Test), true},
	{pgdColumn, record.PGDErrorOn(record.Test), true},
	{inPercentOn(record.StandardName, record.Test), record.StandardErrorOn(record.Test), true},
	{inPercentOn(record.CertifiedName, record.Validation), record.CertifiedErrorOn(record.Validation), true},
	{inPercentOn(record.CertifiedName, "test, chosen epoch"), record.CertifiedErrorOn(recipe.ChosenTest), true},
}

// Sweep has one row for each recipe and pair of weights: errors in percent as mean and standard deviation over
// the seeds, and the differences to the runs of the same recipe with lambda = gamma = 0, paired by seed, in points with
// the 95 % interval of Student's t. PGD errors of runs by the older attack are marked, and not compared with newer
// ones. It returns an error if the runs of one recipe cannot be compared.
func Sweep(records []*record.Record) (header []string, rows [][]string, err error) {
	header = []string{"recipe", "λ", "γ", "runs"}
	for _, c := range columns {
		header = append(header, c.name, "sd", "Δ", "Δ low", "Δ high", "relative Δ %")
	}
	groups := group(records)
	for _, s := range ordered(groups) {
		row := []string{s.name, format(s.lambda), format(s.gamma), strconv.Itoa(len(groups[s]))}
		for _, c := range columns {
			base := groups[setting{name: s.name}]
			if c.name == pgdColumn && !sameAttack(base, groups[s]) {
				base = nil
			}
			cells, err := compared(base, groups[s], c.metric)
			if err != nil {
				return nil, nil, err
			}
			if c.name == pgdColumn && cells[0] != none {
				cells[0] = pgdCell(cells[0], groups[s])
			}
			row = append(row, cells...)
		}
		rows = append(rows, row)
	}
	return header, rows, nil
}

// pgdCell marks a PGD error that is not over all images, or by an older attack.
func pgdCell(percent string, records []*record.Record) string {
	percent = record.PGDCell(percent, records...)
	if slices.ContainsFunc(records, olderAttack) {
		percent += " (older attack)"
	}
	return percent
}

// sameAttack reports whether all runs were attacked by the same method, and by the older attack or none by it.
func sameAttack(a, b []*record.Record) bool {
	runs := slices.Concat(a, b)
	return !slices.ContainsFunc(runs, func(r *record.Record) bool {
		return olderAttack(r) != olderAttack(runs[0]) || method(r) != method(runs[0])
	})
}

// method is that of a record's attack on the test images; "": PGD, or none.
func method(r *record.Record) string {
	if a := r.Results[record.Test].Attack; a != nil {
		return a.Method
	}
	return ""
}

func group(records []*record.Record) map[setting][]*record.Record {
	groups := map[setting][]*record.Record{}
	for _, r := range records {
		s := setting{r.Name, r.Lambda, r.Gamma}
		groups[s] = append(groups[s], r)
	}
	return groups
}

func ordered(groups map[setting][]*record.Record) []setting {
	var all []setting
	for s := range groups {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b setting) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.lambda, b.lambda), cmp.Compare(a.gamma, b.gamma))
	})
	return all
}

// none stands for a number that there is not.
const none = "-"

// compared are the six cells of one metric: mean, standard deviation, and the paired difference with its interval. A
// metric that the runs lack leaves them empty.
func compared(base, runs []*record.Record, metric record.Metric) ([]string, error) {
	var values []float64
	for _, r := range runs {
		v, err := metric(r)
		if err != nil {
			return []string{none, none, none, none, none, none}, nil
		}
		values = append(values, v)
	}
	all, err := record.Summarize(values)
	if err != nil {
		return nil, err
	}
	cells := []string{record.Percent(all.Mean), number(all.SD)}
	if same := len(base) > 0 && base[0] == runs[0]; same {
		return append(cells, none, none, none, none), nil
	}
	a, b := common(base, runs)
	if len(a) == 0 {
		return append(cells, none, none, none, none), nil
	}
	p, err := record.Compare(a, b, metric)
	if err != nil {
		return nil, err
	}
	return append(cells, signed(p.Difference.Mean), number(p.Difference.Low), number(p.Difference.High),
		signed(100*p.Relative)), nil
}

// common keeps the records whose seeds are on both sides.
func common(a, b []*record.Record) (left, right []*record.Record) {
	keep := func(of, with []*record.Record) []*record.Record {
		return slices.DeleteFunc(slices.Clone(of), func(r *record.Record) bool {
			return !slices.ContainsFunc(with, func(s *record.Record) bool { return s.Seed == r.Seed })
		})
	}
	return keep(a, b), keep(b, a)
}

func format(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func signed(x float64) string { return fmt.Sprintf("%+.2f", x) }

func number(x float64) string {
	if x != x { // one run has no deviation
		return none
	}
	return record.Percent(x)
}

// The tables that WriteSweep writes.
const (
	SweepCSV      = "sweep.csv"
	SweepMarkdown = "sweep.md"
)

// WriteSweep writes one table over records, as CSV and as Markdown, into dir: mean and standard deviation over the
// seeds of each setting, and the differences to the same recipe's runs without regularizers, paired by seed. It returns
// an error if runs of one recipe cannot be compared, and if a file cannot be written.
func WriteSweep(dir string, records []*record.Record) error {
	header, rows, err := Sweep(records)
	if err != nil {
		return err
	}
	for name, format := range map[string]record.Format{SweepCSV: record.CSV, SweepMarkdown: record.Markdown} {
		var b bytes.Buffer
		if err := record.WriteTable(&b, format, header, rows); err != nil {
			return err
		}
		if err := record.WriteAtomic(filepath.Join(dir, name), b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}
