package train

import (
	"tightrope/pkg/bound"
)

// crownIBP is CROWN-IBP's first stage: (1-kappa) CE at beta CROWN-IBP's margins + (1-beta) IBP's, plus kappa CE of the
// clean inputs, plus the regularizers of CROWN-IBP's optimum (Zhang et al. 2020; docs/method.md, section 13). Its
// second stage is [interval].
func crownIBP(b *batch) measures {
	p := b.problem(b.region())
	ibp := bound.IBP{}.Bound(p)
	p.Intermediate = ibp.Layers
	crown := bound.CROWN{}.Bound(p)
	m := b.measured(mixed(ibp.Margins, crown.Margins, b.beta))
	b.count(&m, ibp.Layers)
	b.addNatural(&m)
	b.regularizeOrSample(&m, p, crown)
	b.stabilize(&m, ibp.Layers)
	return m
}

// crownIBPEnds reports whether beta reaches 0 at the end of the ramp.
func crownIBPEnds(c Config) bool { return c.Beta.End == 0 }

// crownIBPCertifier is IBP, in which the training ends, unless CROWN-IBP's margins keep some weight.
func crownIBPCertifier(c Config) bound.Technique {
	if c.Beta.End > 0 {
		return bound.CROWNIBP()
	}
	return bound.IBP{}
}
