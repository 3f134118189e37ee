package bab

import (
	"tightrope/pkg/ball"
	"tightrope/pkg/internal/powers"
	"tightrope/pkg/verify/cert"
)

// lanes is what row lengths are padded to: the longest vector of any machine.
const lanes = 16

func padded(n int) int { return (n + lanes - 1) / lanes * lanes }

// problem is a condensed network in float32 with row lengths padded, each unit and row in its own scale. Inputs are
// written as centre + radius * s, and those that no row depends on or that cannot move are left out.
type problem struct {
	*cert.Condensed
	prover       *cert.Prover
	inputs       inputs
	lower, upper []float64 // proven bounds of the units' inputs, [N], in the network's numbers
	scales       []float64 // of each unit's input and output, [N]: powers of two
	units        int       // N
	width        int       // padded N
	span         int       // padded number of inputs that matter
	groups       []group   // rows over the inputs, scaled by the radius, and over the units of earlier blocks
	ends         []int     // of each block's groups
	c            []float32 // [width]
	l, u         []float32 // [width], lower and upper in the unit's scale
	blocks       [][2]int  // units [from, to) of each relu layer
}

// row is a value to be bounded from below.
type row struct {
	exact *cert.Row // in the network's numbers
	sign  float64
	reach float64   // size of its terms
	scale float64   // that a, b, c and every bound of it are counted in
	a     []float32 // [span]
	b     []float32 // [width]
	c     float32
	depth int // blocks of units that it depends on
}

func newProblem(c *cert.Condensed, b ball.Ball, x []float64) *problem {
	p := &problem{Condensed: c, prover: c.NewProver(), units: len(c.Units), width: padded(len(c.Units))}
	p.lower, p.upper = append([]float64(nil), c.Lower...), append([]float64(nil), c.Upper...)
	p.inputs = newInputs(c, b, x)
	p.unitScales()
	p.span = padded(len(p.inputs.columns))
	p.c, p.l, p.u = make([]float32, p.width), make([]float32, p.width), make([]float32, p.width)
	for i := range p.units {
		p.round(i)
		if i == 0 || p.Units[i].Relu != p.Units[i-1].Relu {
			p.blocks = append(p.blocks, [2]int{i, i})
		}
		p.blocks[len(p.blocks)-1][1] = i + 1
	}
	p.fill()
	return p
}

// round takes over a unit's bounds.
func (p *problem) round(i int) {
	p.l[i], p.u[i] = float32(p.lower[i]/p.scales[i]), float32(p.upper[i]/p.scales[i])
}

// row prepares sign times a row of the condensed network.
func (p *problem) row(from *cert.Row, sign float64) *row {
	r := &row{exact: from, sign: sign, reach: p.reach(from), a: make([]float32, p.span), b: make([]float32, p.width)}
	r.scale = powers.OfTwo(r.reach)
	r.c = p.inputs.scale(from, sign/r.scale, r.a)
	for i, f := range from.Units {
		r.b[i] = float32(sign * f * (p.scales[i] / r.scale))
	}
	for r.depth < len(p.blocks) && p.blocks[r.depth][1] <= len(from.Units) {
		r.depth++
	}
	return r
}

// unstable tells whether a unit is still undecided at the root.
func (p *problem) unstable(i int) bool { return p.lower[i] < 0 && p.upper[i] > 0 }
