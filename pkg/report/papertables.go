package report

import (
	"bytes"
	"fmt"
	"path/filepath"

	"tightrope/pkg/record"
)

// PaperTables is the file that WritePaperTables writes.
const PaperTables = "tables.md"

// WritePaperTables writes Tables 1, 2 and 4 of the paper into dir, with the rows for which there are records and those
// that were not run. It returns an error if a record does not hold what its table shows, and if the file cannot be
// written.
func WritePaperTables(dir string, records []*record.Record) error {
	records, _ = record.Latest(records)
	var b bytes.Buffer
	b.WriteString("# The paper's Tables 1, 2 and 4\n\nWritten by `tightrope figures` from the records. Errors are " +
		"percentages of test images; the certified error counts images whose robustness was *not proven*. Before " +
		"you compare numbers, compare the scales in the last columns. Rows marked \"" + NotRun + "\" have no " +
		"record; rows marked \"quoted\" are published results of others; \"paper's change\" is the change that the " +
		"paper states.\n")
	parts := []struct {
		title string
		table func() ([]string, [][]string, error)
	}{
		{"Table 1, MNIST", func() ([]string, [][]string, error) { return Table1("mnist", records) }},
		{"Table 1, CIFAR-10", func() ([]string, [][]string, error) { return Table1("cifar10", records) }},
		{"Table 2, the family of small networks (MNIST, ε = 0.3, CROWN-IBP)",
			func() ([]string, [][]string, error) { return SmallFamily.Summary(records) }},
		{"Table 2, member by member", func() ([]string, [][]string, error) { return SmallFamily.Table(records) }},
		{"Table 4, the family of large networks (MNIST, ε = 0.3, CROWN-IBP)",
			func() ([]string, [][]string, error) { return LargeFamily.Summary(records) }},
		{"The room for tightness: certified minus exact robust error (see docs/tightness.md)",
			func() ([]string, [][]string, error) { return Room(records) }},
		{"Exact robust error of published networks, by checked proofs (quoted: " + record.SalmanSource + ")",
			func() ([]string, [][]string, error) { return Published(records) }},
	}
	for _, p := range parts {
		header, rows, err := p.table()
		if err != nil {
			return fmt.Errorf("%s: %w", p.title, err)
		}
		fmt.Fprintf(&b, "\n## %s\n\n", p.title)
		if err := record.WriteTable(&b, record.Markdown, header, rows); err != nil {
			return err
		}
	}
	return record.WriteAtomic(filepath.Join(dir, PaperTables), b.Bytes())
}
