package plot

import (
	"fmt"

	"tightrope/pkg/record"
)

// setting is drawn as one thing, with a band over its seeds.
type setting struct {
	record.Setting
	label string
	look  look
}

// settings groups records as [record.Settings] does and gives each group its look. No record is an error.
func settings(records []*record.Record) ([]setting, error) {
	if len(records) == 0 {
		return nil, fmt.Errorf("no records to draw: run tightrope train, or name the folders of runs that have ended")
	}
	var all []setting
	for _, s := range record.Settings(records) {
		all = append(all, setting{Setting: s})
	}
	dress(all)
	return all, nil
}

// dress gives each setting its look and label; the name is said only where it differs.
func dress(all []setting) {
	manyNames, regularized := false, 0
	for _, s := range all {
		manyNames = manyNames || s.Experiment != all[0].Experiment
	}
	for i := range all {
		s := &all[i]
		s.look, s.label = baselineLook, "without regularizer"
		if !s.Baseline() {
			s.look, s.label = regularizedLooks[regularized%len(regularizedLooks)], s.Weights()
			regularized++
		}
		if manyNames {
			s.label = s.Experiment + ", " + s.label
		}
	}
}

// lineLegend explains the settings as lines, two in a row.
func lineLegend(all []setting, area bool) [][]entry {
	var rows [][]entry
	for i, s := range all {
		if i%2 == 0 {
			rows = append(rows, nil)
		}
		label := s.label
		if n := len(s.Records); n > 1 {
			label += fmt.Sprintf(" (%d seeds)", n)
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], entry{label: label, look: s.look, area: area})
	}
	return rows
}
