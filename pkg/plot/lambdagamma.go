package plot

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"tightrope/pkg/record"
)

// setting are the runs that differ in their seed only: they are drawn as one thing, with a band over the seeds.
type setting struct {
	lambda, gamma float64
	name          string // the experiment
	label         string
	look          look
	records       []*record.Record
}

// settings groups records by experiment, lambda and gamma: baselines first, then by gamma and lambda. No record is an error.
func settings(records []*record.Record) ([]setting, error) {
	if len(records) == 0 {
		return nil, fmt.Errorf("no records to draw: run tightrope train, or name the folders of runs that have ended")
	}
	var all []setting
	for _, r := range records {
		i := slices.IndexFunc(all, func(s setting) bool { return s.lambda == r.Lambda && s.gamma == r.Gamma && s.name == r.Experiment() })
		if i < 0 {
			i = len(all)
			all = append(all, setting{lambda: r.Lambda, gamma: r.Gamma, name: r.Experiment()})
		}
		all[i].records = append(all[i].records, r)
	}
	slices.SortStableFunc(all, func(a, b setting) int {
		return cmp.Or(cmp.Compare(a.gamma, b.gamma), cmp.Compare(a.lambda, b.lambda), cmp.Compare(a.name, b.name))
	})
	dress(all)
	return all, nil
}

// dress gives each setting its look and label; the name is said only where it differs.
func dress(all []setting) {
	manyNames, regularized := false, 0
	for _, s := range all {
		manyNames = manyNames || s.name != all[0].name
	}
	for i := range all {
		s := &all[i]
		s.look, s.label = baselineLook, "without regularizer"
		if s.lambda != 0 || s.gamma != 0 {
			s.look, s.label = regularizedLooks[regularized%len(regularizedLooks)], weights(s.lambda, s.gamma)
			regularized++
		}
		if manyNames {
			s.label = s.name + ", " + s.label
		}
	}
}

// weights are the regularizers that are on.
func weights(lambda, gamma float64) string {
	show := func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
	switch {
	case lambda == 0:
		return "γ = " + show(gamma)
	case gamma == 0:
		return "λ = " + show(lambda)
	}
	return "λ = " + show(lambda) + ", γ = " + show(gamma)
}

// lineLegend explains the settings as lines, two in a row.
func lineLegend(all []setting, area bool) [][]entry {
	var rows [][]entry
	for i, s := range all {
		if i%2 == 0 {
			rows = append(rows, nil)
		}
		label := s.label
		if n := len(s.records); n > 1 {
			label += fmt.Sprintf(" (%d seeds)", n)
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], entry{label: label, look: s.look, area: area})
	}
	return rows
}
