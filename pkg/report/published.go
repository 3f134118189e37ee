package report

import (
	"encoding/json"
	"fmt"
	"time"

	"tightrope/pkg/record"
)

// Published is the table of Salman et al. 2019 beside what our verifications prove of the same networks, and the small
// convolutional network, of which nothing exact was published. Rows without a record say so, and rows of which not all
// images were tried say of how many they are.
func Published(records []*record.Record) (header []string, rows [][]string, err error) {
	header = []string{"network", "ε", record.InPercent(record.StandardName), "PGD error %, quoted", "MILP %, quoted",
		"LP, every neuron %, quoted", "Fast-Lin %, quoted", "falsified %", "proved robust %", "undecided %", "images",
		"limit per image", "processor seconds", "machine load"}
	for _, p := range append(append([]record.Published{}, record.Salman2019...), record.SmallCNN) {
		row := append([]string{p.Name, format(p.Eps)}, publishedCells(p)...)
		own, err := verifiedCells(p, p.Verification(records))
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, append(row, own...))
	}
	return header, rows, nil
}

// publishedCells are the published errors.
func publishedCells(p record.Published) []string {
	if p.FastLin == 0 {
		return []string{none, none, none, none, none}
	}
	milp := record.Percent(p.MILP[0])
	if p.MILP[1] > p.MILP[0] {
		milp += " to " + record.Percent(p.MILP[1])
	}
	return []string{record.Percent(p.Standard), record.Percent(p.PGD), milp, record.Percent(p.LPAll),
		record.Percent(p.FastLin)}
}

// verifiedCells are what a verification proves and took. It is an error if it contradicts what is published by an
// attack or by Fast-Lin. A published MILP may be off by an image, for its solver's tolerances.
func verifiedCells(p record.Published, v *record.Record) ([]string, error) {
	if v == nil {
		return []string{NotRun, none, none, none, none, none, none}, nil
	}
	low, high, _ := v.RobustInterval()
	samples := v.Results[record.Test].Samples
	if samples == record.Whole && p.FastLin > 0 && (low > p.FastLin || high < p.PGD) {
		return nil, fmt.Errorf("%s at %g: the record %s proves an exact robust error between %g and %g %%, published "+
			"is one between %g %% (PGD) and %g %% (Fast-Lin): one of them is wrong", p.Name, p.Eps, v.Path, low, high,
			p.PGD, p.FastLin)
	}
	images := "all"
	if samples < record.Whole {
		images = fmt.Sprintf("**only the first %d**", samples)
	}
	var recipe struct {
		PerImage string `json:"perImage"`
	}
	if err := json.Unmarshal(v.Recipe, &recipe); err != nil {
		return nil, fmt.Errorf("record %s: %w: verify again", v.Path, err)
	}
	limit, err := time.ParseDuration(recipe.PerImage)
	if err != nil {
		return nil, fmt.Errorf("record %s: %w: verify again", v.Path, err)
	}
	return append([]string{record.Percent(low), record.Percent(100 - high), record.Percent(high - low), images,
		fmt.Sprintf("%g s", limit.Seconds())}, workCells(v.Work)...), nil
}

// workCells are the processor seconds and the least and greatest load.
func workCells(w *record.Work) []string {
	if w == nil || w.ProcessorSeconds == 0 {
		return []string{none, none}
	}
	return []string{fmt.Sprintf("%.0f", w.ProcessorSeconds), fmt.Sprintf("%.0f to %.0f", w.Load[0], w.Load[1])}
}
