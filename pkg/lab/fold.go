package lab

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"

	"tightrope/pkg/record"
	"tightrope/pkg/report"
)

// Fold displays a table behind a line that opens it: for what is long, or only looked up.
func Fold(summary string, header []string, rows ...[]string) {
	fold(summary, func(w *strings.Builder, f record.Format) error { return record.WriteTable(w, f, header, rows) })
}

// fold displays what write makes behind its summary; outside a notebook it is printed below it.
func fold(summary string, write func(*strings.Builder, record.Format) error) {
	if !gonbui.IsNotebook {
		fmt.Println(summary + ":")
		show(write)
		return
	}
	var out strings.Builder
	Must(write(&out, record.Markdown))
	Markdown("<details><summary>%s</summary>\n\n%s\n</details>", html.EscapeString(summary), out.String())
}

// withMissing displays a table, and folded below it the rows that say that nothing was run.
func withMissing(header []string, rows [][]string) {
	missing := func(row []string) bool { return strings.HasPrefix(row[len(row)-1], report.NotRun) }
	var lacking [][]string
	for _, row := range rows {
		if missing(row) {
			lacking = append(lacking, row)
		}
	}
	if rows = slices.DeleteFunc(slices.Clone(rows), missing); len(rows) > 0 {
		Table(header, rows...)
	}
	if len(lacking) > 0 {
		Fold(fmt.Sprintf("Not run here: %d of the paper's rows, with the commands and what they cost", len(lacking)),
			header, lacking...)
	}
}

// small displays a line in small letters, below what it belongs to; outside a notebook nothing.
func small(text string) {
	if gonbui.IsNotebook && text != "" {
		Markdown("<small>%s</small>", html.EscapeString(text))
	}
}
