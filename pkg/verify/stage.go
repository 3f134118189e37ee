package verify

import (
	"slices"

	"tightrope/pkg/bound"
	"tightrope/pkg/technique"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/outcome"
)

// graphStage is a stage that a compiled bound decides in batches, and the rules by which its certificates are checked.
type graphStage struct {
	outcome.Stage
	technique bound.Technique
	layers    []cert.Rule // of l and u
	margins   cert.Rule
}

// graphStages are the techniques of verify whose certificates need nothing but rules.
var graphStages = func() (all []graphStage) {
	for _, row := range technique.All() {
		if !row.Uses.Stage || row.Rules.Margins == "" {
			continue
		}
		s := graphStage{Stage: outcome.StageOf(row.ID), technique: bound.MustByID(row.ID),
			margins: rule(row.Rules.Margins)}
		for _, name := range row.Rules.Layers {
			s.layers = append(s.layers, rule(name))
		}
		all = append(all, s)
	}
	return all
}()

// rule is the certificates' rule of a name in the table of techniques.
func rule(name string) (r cert.Rule) {
	if err := r.UnmarshalText([]byte(name)); err != nil {
		panic(err)
	}
	return r
}

// runs tells whether a stage is wanted.
func (o *CascadeOptions) runs(s outcome.Stage) bool {
	return (o.Until == outcome.Last || s <= o.Until) && !slices.Contains(o.Skip, s)
}
