package plot

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tightrope/pkg/record"
)

// plan is one figure that figures/ should hold.
type plan struct {
	name    string
	draw    func() (*Figure, error)
	missing string // what to say where it cannot be drawn; empty: the error
}

// The parameters of the figures that need no record.
var (
	figure1 = NeuronData{Lower: -1, Upper: 1.5}
	figure2 = ToyData{B: 0.4, Eps: 0.2}
)

// expected are the trainings that the paper's tables need, by the recipe's name.
var expected = []struct{ recipe, artefact string }{
	{"mlp-2x100/digits", "the quickstart's pair on digits"},
	{"mlp-2x100/mnist", "Table 1, 2x100 exact, MNIST ε = 0.1"},
	{"mlp-2x100/mnist-0.3", "Table 1, 2x100 exact, MNIST ε = 0.3"},
}

// plans lists the figures for these records: the paper's, then those of every training, then those that lack a record.
func plans(records []*record.Record) []plan {
	all := []plan{
		{name: "figure-1", draw: func() (*Figure, error) { return Neuron(figure1.Lower, figure1.Upper) }},
		{name: "figure-2", draw: func() (*Figure, error) { return Toy(figure2) }},
		{name: "figure-3", draw: func() (*Figure, error) {
			return ToyTight(find(records, func(r *record.Record) bool { return r.Toy != nil }))
		}},
		{name: "ladder", draw: func() (*Figure, error) {
			return Ladder(find(records, func(r *record.Record) bool { return r.Kind == record.Toy && len(r.Ladder) > 0 }))
		}},
		{name: "projections", draw: func() (*Figure, error) {
			return Projections(find(records, func(r *record.Record) bool { return len(r.Noise) > 0 }))
		}},
	}
	all = append(all, tablePlans(records)...)
	all = append(all, studyPlans(records)...)
	names := trainedNames(records)
	for _, name := range names {
		if len(ofAppendixF(trainings(records, name))) > 0 {
			continue
		}
		all = append(all, trainingPlans(name, trainings(records, name))...)
	}
	for _, e := range expected {
		if !slices.ContainsFunc(names, func(name string) bool { return name == e.recipe || strings.HasPrefix(name, e.recipe+" (") }) {
			all = append(all, plan{name: "training-" + slug(e.recipe), draw: func() (*Figure, error) { return nil, errors.New("missing") },
				missing: fmt.Sprintf("no record of %s: run `tightrope train %s` with and without `--gamma`, then `tightrope figures`", e.artefact, e.recipe)})
		}
	}
	return all
}

// studyPlans are the figures of the notebook about the regularizers.
func studyPlans(records []*record.Record) []plan {
	course := find(records, func(r *record.Record) bool { return r.Course != nil })
	return []plan{
		{name: "proposition-1", draw: func() (*Figure, error) {
			return Proposition(find(records, func(r *record.Record) bool { return len(r.Pairs) > 0 }))
		}},
		{name: "course", draw: func() (*Figure, error) { return Course(course) }},
		{name: "tight-not-stable", draw: func() (*Figure, error) { return CourseDistances(course) }},
		{name: "appendix-f", draw: func() (*Figure, error) { return AppendixF(ofAppendixF(records)...) },
			missing: missingIf(len(ofAppendixF(records)) == 0, "no record of Appendix F: run `tightrope train conv/digits-l2-ibp`, `conv/digits-l2-cp` and `conv/digits-linf-ibp`, then `tightrope figures`")},
	}
}

// ofAppendixF are the trainings of Appendix F, which are drawn in one figure instead of one each.
func ofAppendixF(records []*record.Record) (found []*record.Record) {
	for _, r := range records {
		if r.Kind == record.Train && strings.HasPrefix(r.Name, "conv/digits-") {
			found = append(found, r)
		}
	}
	return found
}

func missingIf(missing bool, text string) string {
	if missing {
		return text
	}
	return ""
}

// trainingPlans are the figures of the runs of one experiment; those that have a line for each setting show few of a sweep.
func trainingPlans(name string, runs []*record.Record) []plan {
	few := headline(runs)
	plans := []plan{
		{name: "training-" + slug(name), draw: func() (*Figure, error) { return Training(few...) }},
		{name: "certified-curve-" + slug(name), draw: func() (*Figure, error) { return CertifiedCurve(few...) }},
		{name: "layers-" + slug(name), draw: func() (*Figure, error) { return Layers(few...) }},
	}
	if all, err := settings(runs); err == nil && len(all) > 2 {
		plans = append(plans, plan{name: "ablation-" + slug(name), draw: func() (*Figure, error) { return Ablation(record.Test, runs...) }},
			plan{name: "grid-" + slug(name), draw: func() (*Figure, error) { return Grid(record.Test, runs...) }},
			plan{name: "grid-differences-" + slug(name), draw: func() (*Figure, error) { return GridDifferences(record.Test, runs...) }})
	}
	return plans
}

// headlineSettings is the largest number of settings that one figure can tell apart.
const headlineSettings = 4

// headline are all runs where there are few settings; of a sweep, the runs without regularizer and those of the setting that the
// validation split chooses among the ones with the most seeds.
func headline(runs []*record.Record) []*record.Record {
	all, err := settings(runs)
	if err != nil || len(all) <= headlineSettings {
		return runs
	}
	var few []*record.Record
	var best setting
	lowest := 0.0
	for _, s := range all {
		if s.lambda == 0 && s.gamma == 0 {
			few = append(few, s.records...)
			continue
		}
		m, err := summary(s, record.CertifiedErrorOn(record.Validation))
		if err != nil || len(s.records) < len(best.records) {
			continue
		}
		if len(s.records) > len(best.records) || m.Mean < lowest {
			best, lowest = s, m.Mean
		}
	}
	return append(few, best.records...)
}

func find(records []*record.Record, is func(*record.Record) bool) *record.Record {
	if i := slices.IndexFunc(records, is); i >= 0 {
		return records[i]
	}
	return nil
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
