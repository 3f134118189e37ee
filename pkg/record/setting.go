package record

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// Setting is the runs of one experiment with the same weights of the regularizers: they differ in their seed only.
type Setting struct {
	Experiment    string // see [Record.Experiment]
	Lambda, Gamma float64
	Records       []*Record
}

// Settings groups records by experiment, lambda and gamma: baselines first, then by gamma, lambda and experiment.
// Within a setting the order of the records stays.
func Settings(records []*Record) []Setting {
	var all []Setting
	for _, r := range records {
		i := slices.IndexFunc(all, func(s Setting) bool {
			return s.Lambda == r.Lambda && s.Gamma == r.Gamma && s.Experiment == r.Experiment()
		})
		if i < 0 {
			i = len(all)
			all = append(all, Setting{Experiment: r.Experiment(), Lambda: r.Lambda, Gamma: r.Gamma})
		}
		all[i].Records = append(all[i].Records, r)
	}
	slices.SortStableFunc(all, func(a, b Setting) int {
		return cmp.Or(cmp.Compare(a.Gamma, b.Gamma), cmp.Compare(a.Lambda, b.Lambda),
			cmp.Compare(a.Experiment, b.Experiment))
	})
	return all
}

// Baseline reports whether the runs have no regularizer.
func (s Setting) Baseline() bool { return s.Lambda == 0 && s.Gamma == 0 }

// Weights names the regularizers that are on, as "λ = 0.1, γ = 2"; see [WeightsText].
func (s Setting) Weights() string { return WeightsText(s.Lambda, s.Gamma) }

// Summary summarizes a metric over the seeds. It returns an error if a run lacks the metric.
func (s Setting) Summary(metric Metric) (Summary, error) {
	var values []float64
	for _, r := range s.Records {
		v, err := metric(r)
		if err != nil {
			return Summary{}, err
		}
		values = append(values, v)
	}
	return Summarize(values)
}

// WeightsText names the weights that are not 0; without any it says "γ = 0".
func WeightsText(lambda, gamma float64) string {
	show := func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
	switch {
	case lambda == 0:
		return "γ = " + show(gamma)
	case gamma == 0:
		return "λ = " + show(lambda)
	}
	return "λ = " + show(lambda) + ", γ = " + show(gamma)
}

// Title names the experiment for a reader: the recipe, and of runs that were cut to fewer epochs or images these.
func (s Setting) Title() string {
	if len(s.Records) == 0 {
		return s.Experiment
	}
	r := s.Records[0]
	var recipe struct {
		Scale  string `json:"scale"`
		Images int    `json:"train_samples"` // 0: all
		Train  struct {
			Epochs int `json:"epochs"`
		} `json:"train"`
	}
	if json.Unmarshal(r.Recipe, &recipe) != nil || recipe.Scale != "custom" {
		return s.Experiment
	}
	text := fmt.Sprintf("%s, %d epochs", r.Name, recipe.Train.Epochs)
	if recipe.Images > 0 {
		text += fmt.Sprintf(" of %d images", recipe.Images)
	}
	return text
}
