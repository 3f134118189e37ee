package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"

	"tightrope/pkg/record"
)

// MethodRadii is the table of a comparison's errors at several radii, by several bounds, in percent of the test images,
// as means with standard deviations over seeds; without rows if nothing was measured there. It returns an error if the
// runs were not measured at the same radii by the same bounds.
func MethodRadii(r *record.Record) (header []string, rows [][]string, err error) {
	t, err := taskOf(r)
	if err != nil {
		return nil, nil, err
	}
	header = []string{"training", "seeds", "ε", record.InPercent(record.PGDName)}
	for _, name := range t.Techniques {
		header = append(header, "certified by "+name+": error %")
	}
	var at [][]string // by radius, then by method
	for runs := range methodRuns(r.Methods) {
		for k := range runs[0].At {
			row, err := methodRadiusRow(runs, k, t.Techniques)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", r.Name, err)
			}
			at = append(at, row)
		}
	}
	slices.SortStableFunc(at, func(a, b []string) int { return byNumber(a[2], b[2]) })
	return header, at, nil
}

// methodRadiusRow is the row of the runs of one method at their k-th radius.
func methodRadiusRow(runs []record.Trained, k int, techniques []string) ([]string, error) {
	eps := runs[0].At[k].Eps
	for _, t := range runs {
		if len(t.At) <= k || t.At[k].Eps != eps {
			return nil, fmt.Errorf("seed %d of %s was measured at other radii: compare all runs again", t.Seed,
				t.Method)
		}
		for _, name := range techniques {
			if _, ok := t.At[k].Certified[name]; !ok {
				return nil, fmt.Errorf("seed %d of %s was not bounded by %s: compare all runs again", t.Seed, t.Method,
					name)
			}
		}
	}
	row := []string{runs[0].Method, strconv.Itoa(len(runs)), strconv.FormatFloat(eps, 'g', 4, 64)}
	values := []func(record.TrainedAt) float64{func(a record.TrainedAt) float64 { return a.PGDError }}
	for _, name := range techniques {
		values = append(values, func(a record.TrainedAt) float64 { return a.Certified[name] })
	}
	for _, value := range values {
		cell, err := meanOf(runs, func(t record.Trained) float64 { return value(t.At[k]) })
		if err != nil {
			return nil, err
		}
		row = append(row, cell)
	}
	return row, nil
}

// byNumber orders texts of numbers.
func byNumber(a, b string) int {
	x, _ := strconv.ParseFloat(a, 64)
	y, _ := strconv.ParseFloat(b, 64)
	return cmp.Compare(x, y)
}

// writeMethodRadii writes the table, if there is one, and how it was attacked.
func writeMethodRadii(w io.Writer, r *record.Record) error {
	header, rows, err := MethodRadii(r)
	if err != nil || len(rows) == 0 {
		return err
	}
	t, err := taskOf(r)
	if err != nil {
		return err
	}
	how := "not attacked"
	if t.Attack != nil {
		how = "PGD: " + t.Attack.Words()
	}
	fmt.Fprintf(w, "\nAt several radii, by each bound alone (%s):\n\n", how)
	return record.WriteTable(w, record.Markdown, header, rows)
}
