package gallery

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tightrope/pkg/plot"
	"tightrope/pkg/record"
)

// plan is one figure that figures/ should hold.
type plan struct {
	name    string
	draw    func() (*plot.Figure, error)
	missing string // what to say where it cannot be drawn; empty: the error
}

// The parameters of the figures that need no record.
var (
	figure1 = plot.NeuronData{Lower: -1, Upper: 1.5}
	figure2 = plot.ToyData{B: 0.4, Eps: 0.2}
)

// expected are the trainings that the paper's tables need, by the recipe's name.
var expected = []struct{ recipe, artefact string }{
	{"mlp-2x100/digits", "the quickstart's pair on digits"},
	{"mlp-2x100/mnist", "Table 1, 2x100 exact, MNIST ε = 0.1"},
	{"mlp-2x100/mnist-0.3", "Table 1, 2x100 exact, MNIST ε = 0.3"},
}

// plans lists the figures for these records: the paper's, then those of every training, then those that lack a record.
func plans(records []*record.Record) []plan {
	all := append(paperPlans(records), tablePlans(records)...)
	all = append(all, regularizerPlans(records)...)
	names := trainedNames(records)
	for _, name := range names {
		if runs := trainings(records, name); len(ofAppendixF(runs)) == 0 {
			all = append(all, trainingPlans(name, runs)...)
		}
	}
	for _, e := range expected {
		if !slices.ContainsFunc(names, func(name string) bool {
			return name == e.recipe || strings.HasPrefix(name, e.recipe+" (")
		}) {
			all = append(all, plan{name: "training-" + slug(e.recipe),
				draw: func() (*plot.Figure, error) { return nil, errors.New("missing") },
				missing: fmt.Sprintf("no record of %s: run `tightrope train %s` with and without `--gamma`, "+
					"then `tightrope figures`", e.artefact, e.recipe)})
		}
	}
	return all
}

// paperPlans are the paper's figures, the ladder and the noise of projections.
func paperPlans(records []*record.Record) []plan {
	return []plan{
		{name: "figure-1", draw: func() (*plot.Figure, error) { return plot.Neuron(figure1.Lower, figure1.Upper) }},
		{name: "figure-2", draw: func() (*plot.Figure, error) { return plot.Toy(figure2) }},
		{name: "figure-3", draw: func() (*plot.Figure, error) {
			return plot.ToyTight(find(records, (*record.Record).IsToyCheck))
		}},
		{name: "ladder", draw: func() (*plot.Figure, error) {
			return plot.Ladder(find(records, (*record.Record).IsToyLadder))
		}},
		{name: "projections", draw: func() (*plot.Figure, error) {
			return plot.Projections(find(records, (*record.Record).IsNoise))
		}},
	}
}

// regularizerPlans are the figures of the notebook about the regularizers.
func regularizerPlans(records []*record.Record) []plan {
	course, norms := find(records, (*record.Record).IsCourse), ofAppendixF(records)
	missing := ""
	if len(norms) == 0 {
		missing = "no record of Appendix F: run `tightrope train conv/digits-l2-ibp`, `conv/digits-l2-cp` and " +
			"`conv/digits-linf-ibp`, then `tightrope figures`"
	}
	return []plan{
		{name: "proposition-1", draw: func() (*plot.Figure, error) {
			return plot.Proposition(find(records, (*record.Record).IsPairs))
		}},
		{name: "course", draw: func() (*plot.Figure, error) { return plot.Course(course) }},
		{name: "tight-not-stable", draw: func() (*plot.Figure, error) { return plot.CourseDistances(course) }},
		{name: "room", draw: func() (*plot.Figure, error) { return plot.Room(records...) }},
		{name: "published", draw: func() (*plot.Figure, error) { return plot.Published(records...) }},
		{name: "distortion", draw: func() (*plot.Figure, error) {
			return plot.Distortion(find(records, (*record.Record).IsDistances))
		}},
		{name: "smoothing", draw: func() (*plot.Figure, error) { return plot.Smoothing(records...) }},
		{name: "appendix-f", draw: func() (*plot.Figure, error) { return plot.AppendixF(norms...) }, missing: missing},
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

func find(records []*record.Record, is func(*record.Record) bool) *record.Record {
	if i := slices.IndexFunc(records, is); i >= 0 {
		return records[i]
	}
	return nil
}
