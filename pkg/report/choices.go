package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"tightrope/pkg/record"
)

// Choices is a table of a number of settings with the lowest mean certified error on the validation split, best first,
// and the run without regularizers last: the errors on both splits with their paired differences to that run. Records
// of several recipes, or none without regularizers, are an error.
func Choices(records []*record.Record, most int) (header []string, rows [][]string, err error) {
	groups := group(records)
	all := ordered(groups)
	if len(all) == 0 {
		return nil, nil, fmt.Errorf("no records to choose from: run `tightrope sweep` first")
	}
	base := setting{name: all[0].name}
	if len(groups[base]) == 0 || slices.ContainsFunc(all, func(s setting) bool { return s.name != base.name }) {
		return nil, nil, fmt.Errorf("choices are between the settings of one recipe, %s, its run without "+
			"regularizers among them: run that, or give fewer records", base.name)
	}
	means := map[setting]float64{}
	for _, s := range all {
		m, err := mean(groups[s], record.CertifiedErrorOn(record.Validation))
		if err != nil {
			return nil, nil, err
		}
		means[s] = m
	}
	slices.SortStableFunc(all, func(a, b setting) int { return cmp.Compare(means[a], means[b]) })
	all = slices.DeleteFunc(all, func(s setting) bool { return s == base })
	all = append(all[:min(most, len(all))], base)
	header = []string{"λ", "γ", "runs", inPercentOn(record.CertifiedName, record.Validation), "paired difference",
		inPercentOn(record.CertifiedName, record.Test), "paired difference"}
	for _, s := range all {
		row := []string{format(s.lambda), format(s.gamma), strconv.Itoa(len(groups[s]))}
		for _, split := range []string{record.Validation, record.Test} {
			cells, err := compared(groups[base], groups[s], record.CertifiedErrorOn(split))
			if err != nil {
				return nil, nil, err
			}
			row = append(row, cells[0], interval(cells))
		}
		rows = append(rows, row)
	}
	return header, rows, nil
}

// interval is the difference with its bounds, from the cells of [compared].
func interval(cells []string) string {
	if cells[2] == none || cells[3] == none {
		return cells[2]
	}
	return fmt.Sprintf("%s [%s, %s]", cells[2], cells[3], cells[4])
}

func mean(records []*record.Record, metric record.Metric) (float64, error) {
	sum := 0.0
	for _, r := range records {
		v, err := metric(r)
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum / float64(len(records)), nil
}
