package verify

import (
	"slices"

	"tightrope/pkg/bound"
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

var graphStages = []graphStage{
	{outcome.IBP, bound.IBP{}, nil, cert.Interval},
	{outcome.CROWNIBP, bound.CROWNIBP(), nil, cert.CROWN},
	{outcome.FastLin, bound.FastLin{}, []cert.Rule{cert.FastLin}, cert.FastLin},
	{outcome.CROWN, bound.CROWN{}, []cert.Rule{cert.CROWN}, cert.CROWN},
}

// runs tells whether a stage is wanted.
func (o *CascadeOptions) runs(s outcome.Stage) bool {
	return (o.Until == outcome.Last || s <= o.Until) && !slices.Contains(o.Skip, s)
}
