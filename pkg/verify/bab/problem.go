package bab

import (
	"slices"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/powers"
	"tightrope/pkg/verify/cert"
)

// lanes is the number to whose multiples row lengths are padded: the longest vector of any machine.
const lanes = 16

func padded(n int) int { return (n + lanes - 1) / lanes * lanes }

// problem is a condensed network in float32 with padded rows. Each unit and row has its own scale, and units that later
// bounds have made stable are removed. Inputs are written as centre + radius * s; those on which no row depends, and
// those that cannot move, are left out.
type problem struct {
	*cert.Condensed
	inputs       inputs
	lower, upper []float64  // proved bounds of all condensed units' inputs, in the network's scale
	live         []int      // condensed units that are unstable, the only ones in the search, [N]
	place        []int      // from a condensed unit to its index in live; -1 if it has none
	reduced      []cert.Row // rows of all condensed units, as functions of live units
	scales       []float64  // of each live unit's input and output, [N]: powers of two
	units        int        // N
	width        int        // padded N
	span         int        // padded number of inputs that matter
	groups       []group    // rows over the inputs, scaled by the radius, and over the units of earlier blocks
	ends         []int      // the end of each block in groups
	c            []float32  // [width]
	l, u         []float32  // [width], lower and upper in the unit's scale
	blocks       [][2]int   // units [from, to) of each relu layer
}

// row is a value that is to be bounded from below.
type row struct {
	exact *cert.Row // in the network's scale
	live  *cert.Row // the same as a function of live units
	sign  float64
	reach float64   // size of the row's terms
	scale float64   // the unit of a, b, c and of every bound of the row
	a     []float32 // [span]
	b     []float32 // [width]
	c     float32
	depth int // number of blocks of units on which it depends
}

func newProblem(c *cert.Condensed, b ball.Ball, x []float64) *problem {
	return (&problem{Condensed: c, inputs: newInputs(c, b, x), lower: slices.Clone(c.Lower),
		upper: slices.Clone(c.Upper)}).compact()
}

// compact returns the problem without the units that its bounds have made stable. It shares the bounds.
func (p *problem) compact() *problem {
	q := &problem{Condensed: p.Condensed, inputs: p.inputs, lower: p.lower, upper: p.upper}
	q.reduce()
	q.units, q.width = len(q.live), padded(len(q.live))
	q.unitScales()
	q.span = padded(len(q.inputs.columns))
	q.c, q.l, q.u = make([]float32, q.width), make([]float32, q.width), make([]float32, q.width)
	for i := range q.units {
		q.round(i)
		if i == 0 || q.Units[q.live[i]].Relu != q.Units[q.live[i-1]].Relu {
			q.blocks = append(q.blocks, [2]int{i, i})
		}
		q.blocks[len(q.blocks)-1][1] = i + 1
	}
	q.fill()
	return q
}

// round copies the bounds of a unit into the scaled arrays.
func (p *problem) round(i int) {
	at := p.live[i]
	p.l[i], p.u[i] = float32(p.lower[at]/p.scales[i]), float32(p.upper[at]/p.scales[i])
}

// row prepares sign times a row of the condensed network.
func (p *problem) row(from *cert.Row, sign float64) *row {
	live := p.reduceRow(from)
	r := &row{exact: from, live: &live, sign: sign, reach: p.reach(&live), a: make([]float32, p.span),
		b: make([]float32, p.width)}
	r.scale = powers.OfTwo(r.reach)
	r.c = p.inputs.scale(&live, sign/r.scale, r.a)
	for i, f := range live.Units {
		r.b[i] = float32(sign * f * (p.scales[i] / r.scale))
	}
	for r.depth < len(p.blocks) && p.blocks[r.depth][1] <= len(live.Units) {
		r.depth++
	}
	return r
}

// unstable reports whether a condensed unit is still undecided at the root.
func (p *problem) unstable(at int) bool { return p.lower[at] < 0 && p.upper[at] > 0 }
