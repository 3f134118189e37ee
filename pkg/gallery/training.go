package gallery

import (
	"cmp"
	"slices"

	"tightrope/pkg/plot"
	"tightrope/pkg/record"
)

// trainingPlans are the figures of the runs of one experiment; those that have a line for each setting show few
// settings of a sweep.
func trainingPlans(name string, runs []*record.Record) []plan {
	few := headline(runs)
	plans := []plan{
		{name: "training-" + slug(name), draw: func() (*plot.Figure, error) { return plot.Training(few...) }},
		{name: "certified-curve-" + slug(name),
			draw: func() (*plot.Figure, error) { return plot.CertifiedCurve(few...) }},
		{name: "layers-" + slug(name), draw: func() (*plot.Figure, error) { return plot.Layers(few...) }},
	}
	if len(record.Settings(runs)) > 2 {
		plans = append(plans,
			plan{name: "ablation-" + slug(name), draw: func() (*plot.Figure, error) {
				return plot.Ablation(record.Test, runs...)
			}},
			plan{name: "grid-" + slug(name), draw: func() (*plot.Figure,
				error) {
				return plot.Grid(record.Test, runs...)
			}},
			plan{name: "grid-differences-" + slug(name), draw: func() (*plot.Figure, error) {
				return plot.GridDifferences(record.Test, runs...)
			}})
	}
	return plans
}

// headlineSettings is the largest number of settings that one figure can tell apart.
const headlineSettings = 4

// headline returns all runs where there are few settings; of a sweep, the runs without regularizer and those of the
// setting that the validation split chooses among the ones with the most seeds.
func headline(runs []*record.Record) []*record.Record {
	all := record.Settings(runs)
	if len(all) <= headlineSettings {
		return runs
	}
	var few []*record.Record
	var best record.Setting
	lowest := 0.0
	for _, s := range all {
		if s.Baseline() {
			few = append(few, s.Records...)
			continue
		}
		m, err := s.Summary(record.CertifiedErrorOn(record.Validation))
		if err != nil || len(s.Records) < len(best.Records) {
			continue
		}
		if len(s.Records) > len(best.Records) || m.Mean < lowest {
			best, lowest = s, m.Mean
		}
	}
	return append(few, best.Records...)
}

// trainedNames are the experiments among the trainings, sorted.
func trainedNames(records []*record.Record) []string {
	var names []string
	for _, r := range records {
		if name := r.Experiment(); r.Kind == record.Train && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// trainings are the runs of one experiment, baselines first, by seed.
func trainings(records []*record.Record, name string) []*record.Record {
	var runs []*record.Record
	for _, r := range records {
		if r.Kind == record.Train && r.Experiment() == name {
			runs = append(runs, r)
		}
	}
	slices.SortStableFunc(runs, func(a, b *record.Record) int {
		return cmp.Or(cmp.Compare(a.Gamma, b.Gamma), cmp.Compare(a.Lambda, b.Lambda), cmp.Compare(a.Seed, b.Seed))
	})
	return runs
}
