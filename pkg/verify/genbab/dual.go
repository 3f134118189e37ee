package genbab

import (
	"math"

	"tightrope/pkg/internal/vector"
	"tightrope/pkg/verify/cert"
)

// dual evaluates a row's Lagrangian dual at a node's multipliers. It is scratch memory for one goroutine.
//
// Going back from the row, the entry h over a unit's output becomes nu = slope h + beta over its input, at the cost
// min over l <= s <= u of h f(s) - nu s; the slope is that of the lower line for h >= 0, else of the upper one.
type dual struct {
	*problem
	prover *cert.Prover
	row    *row
	h, nu  []float64 // [padded units]
	slope  []float64 // that was taken
	at     []float64 // the s of each unit
	value  []float64 // f there
	v      []float64 // [padded inputs], entries over the inputs
	star   []float64 // [inputs], the input where the relaxation is least
	z, out []float64 // the units' inputs and outputs in the relaxed network at star
	real   []float64 // the units' inputs in the real network at a point
	act    []float64 // and their outputs
	block  []float64 // [padded units of a block]
}

func (p *problem) newDual(r *row) *dual {
	n := vector.Padded(len(p.Units)) + vector.Lanes
	w := func() []float64 { return make([]float64, n) }
	return &dual{problem: p, prover: p.NewProver(), row: r, h: w(), nu: w(), slope: w(), at: w(), value: w(), z: w(),
		out: w(), real: w(), act: w(), block: w(), v: make([]float64, vector.Padded(p.inputs))}
}

// backward computes h, nu, v and star, and returns the bound.
func (d *dual) backward(n *node) float64 {
	sum := d.begin()
	for k := d.row.depth - 1; k >= 0; k-- {
		b := &d.blocks[k]
		for i := b.from; i < b.to; i++ {
			sum += d.relax(n, i)
		}
		b.before.push(d.h, d.nu[b.from:b.to])
		b.input.push(d.v, d.nu[b.from:b.to])
	}
	d.star = d.region.Minimizer(d.v[:d.inputs])
	return sum + product(d.v[:d.inputs], d.star)
}

// begin puts the row on the units and the input, and returns its constant.
func (d *dual) begin() float64 {
	clear(d.h)
	clear(d.v)
	for j, f := range d.row.Units {
		d.h[j] = d.row.sign * f
	}
	for k, f := range d.row.Input {
		d.v[k] = d.row.sign * f
	}
	return d.row.sign * d.row.Constant
}

// relax replaces h of a unit by nu, and returns its part of the bound.
func (d *dual) relax(n *node, i int) float64 {
	h := d.h[i]
	slope := n.below[i]
	if h < 0 {
		slope = n.above[i]
	}
	nu := h*slope + n.beta[i]
	d.slope[i], d.nu[i] = slope, nu
	if h == 0 && nu == 0 {
		d.at[i], d.value[i] = n.l[i], d.curves[i].value(n.l[i])
		return 0
	}
	d.at[i], d.value[i] = d.curves[i].least(h, nu, n.l[i], n.u[i])
	return h*d.value[i] - nu*d.at[i] + nu*d.Rows[i].Constant
}

// forward computes the relaxed network at star, after backward: a unit's output is f(s) + slope (z - s), on the line
// that touches f at s.
func (d *dual) forward() {
	for k := range d.row.depth {
		b := &d.blocks[k]
		d.linear(b, d.star, d.out)
		for i := b.from; i < b.to; i++ {
			d.z[i] = d.block[i-b.from]
			d.out[i] = d.value[i] + d.slope[i]*(d.z[i]-d.at[i])
		}
	}
}

// linear makes the inputs of a block's units of the network's input and the outputs before.
func (d *dual) linear(b *block, x, out []float64) {
	clear(d.block)
	for i := b.from; i < b.to; i++ {
		d.block[i-b.from] = d.Rows[i].Constant
	}
	b.input.pull(d.block, x)
	b.before.pull(d.block, out)
}

// evaluate is the real network's value of the row at an input.
func (d *dual) evaluate(x []float64) float64 {
	for k := range d.row.depth {
		b := &d.blocks[k]
		d.linear(b, x, d.act)
		for i := b.from; i < b.to; i++ {
			d.real[i] = d.block[i-b.from]
			d.act[i] = d.curves[i].value(d.real[i])
		}
	}
	return d.row.sign * (d.row.Constant + product(d.row.Input, x) + product(d.row.Units, d.act))
}

// gradient is that of the real network's row at the input that was evaluated last, [inputs].
func (d *dual) gradient() []float64 {
	d.begin()
	for k := d.row.depth - 1; k >= 0; k-- {
		b := &d.blocks[k]
		for i := b.from; i < b.to; i++ {
			d.nu[i] = d.h[i] * d.curves[i].derivative(d.real[i])
		}
		b.before.push(d.h, d.nu[b.from:b.to])
		b.input.push(d.v, d.nu[b.from:b.to])
	}
	return d.v[:d.inputs]
}

// proved is the row's bound by multipliers with outward rounding.
func (d *dual) proved(nu []float64, n *node) float64 {
	return d.prover.Lower(d.row.Row, d.row.sign, n.l, n.u, func(i int, _, _, _ float64) float64 { return nu[i] })
}

// short is multipliers as float32, which a certificate holds in half the memory; those that are not used are 0.
func short(nu []float64, units int) cert.Floats {
	out := make(cert.Floats, units)
	for i := range out[:min(units, len(nu))] {
		if v := float64(float32(nu[i])); !math.IsInf(v, 0) && !math.IsNaN(v) {
			out[i] = v
		}
	}
	return out
}

func product(a, b []float64) (sum float64) {
	for i, f := range a {
		sum += f * b[i]
	}
	return sum
}
