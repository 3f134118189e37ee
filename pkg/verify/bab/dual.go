package bab

import "tightrope/pkg/verify/cert"

// dual evaluates a row's Lagrangian dual at a node's multipliers. It is scratch memory for one goroutine.
//
// Going back from the row, the entry h over a unit's output becomes nu over its input: alpha h or the upper line's
// slope times h where the unit is unstable, h - beta where its phase is fixed active, beta where inactive (beta >= 0 is
// the multiplier of the phase).
type dual struct {
	*problem
	prover *cert.Prover
	row    *row
	used   int       // units that the row depends on
	h, nu  []float32 // [width]
	v      []float32 // [span], entries over the inputs
	star   []float32 // [span], the optimal input of the relaxation
	z      []float32 // [width], the units' inputs in the relaxed network at star
	out    []float32 // [width], and their outputs there
	real   []float32 // [width], the units' inputs in the real network at star
	act    []float32 // [width], and their outputs
}

func (p *problem) newDual(r *row) *dual {
	w := func() []float32 { return make([]float32, p.width) }
	d := &dual{problem: p, prover: p.NewProver(), row: r, h: w(), nu: w(), z: w(), out: w(), real: w(), act: w(),
		v: make([]float32, p.span), star: make([]float32, p.span)}
	if r.depth > 0 {
		d.used = p.blocks[r.depth-1][1]
	}
	return d
}

// proved is the row's bound by multipliers in float64 with outward rounding, in the network's numbers.
func (d *dual) proved(nu []float32, lower, upper []float64) float64 {
	rule := cert.CROWN.Multiplier()
	return d.prover.Lower(d.row.exact, d.row.sign, lower, upper, func(at int, h, l, u float64) float64 {
		if i := d.place[at]; i >= 0 {
			return d.multiplier(d.row, i, nu[i])
		}
		return rule(at, h, l, u)
	})
}

// backward computes h, nu, v and star, and returns the bound.
func (d *dual) backward(n *node) float32 {
	copy(d.h[:d.used], d.row.b)
	copy(d.v, d.row.a)
	sum := d.row.c
	for k := d.row.depth - 1; k >= 0; k-- {
		from, to := d.blocks[k][0], d.blocks[k][1]
		for i := from; i < to; i++ {
			sum += d.relax(n, i)
		}
		addRows(d.h[:padded(from)], d.b[from*d.width:], d.width, d.nu[from:to])
	}
	addRows(d.v, d.a, d.span, d.nu[:d.used])
	return sum + d.inputs.minimum(d.v, d.star)
}

// relax chooses nu of a unit and returns its part of the bound.
func (d *dual) relax(n *node, i int) float32 {
	h, l, u := d.h[i], d.l[i], d.u[i]
	var nu, cost float32
	switch {
	case n.phase[i] > 0:
		nu = h - n.beta[i]
	case n.phase[i] < 0:
		nu = n.beta[i]
	case l >= 0:
		nu = h
	case u <= 0:
		nu = 0
	case h >= 0:
		nu = n.alpha[i] * h
	default:
		nu = h * u / (u - l)
		cost = -nu * l
	}
	d.nu[i] = nu
	return cost + nu*d.c[i]
}

// forward computes the relaxed and the real network at star, after backward, and returns the real network's value of
// the row.
func (d *dual) forward(n *node) float32 {
	width := padded(d.used)
	copy(d.z[:width], d.c)
	addProducts(d.z[:d.used], d.a, d.span, d.star)
	copy(d.real[:width], d.z)
	for k := range d.row.depth {
		from, to := d.blocks[k][0], d.blocks[k][1]
		for i := from; i < to; i++ {
			d.out[i], d.act[i] = d.line(n, i), max(d.real[i], 0)
		}
		if k+1 < d.row.depth {
			later := to / lanes * lanes // rows of bt are zero before to
			addRows(d.z[later:width], d.bt[from*d.width+later:], d.width, d.out[from:to])
			addRows(d.real[later:width], d.bt[from*d.width+later:], d.width, d.act[from:to])
		}
	}
	return d.row.c + product(d.row.a, d.star) + product(d.row.b[:d.used], d.act)
}

// line is the relaxed output of a unit.
func (d *dual) line(n *node, i int) float32 {
	l, u := d.l[i], d.u[i]
	switch {
	case n.phase[i] > 0 || n.phase[i] == 0 && l >= 0:
		return d.z[i]
	case n.phase[i] < 0 || u <= 0:
		return 0
	case d.h[i] >= 0:
		return n.alpha[i] * d.z[i]
	}
	return u / (u - l) * (d.z[i] - l)
}

// gradient is the derivative of the bound by alpha or beta of a unit, 0 where it has neither.
func (d *dual) gradient(n *node, i int) float32 {
	switch {
	case n.phase[i] > 0:
		return -d.z[i]
	case n.phase[i] < 0:
		return d.z[i]
	case d.h[i] > 0 && d.l[i] < 0 && d.u[i] > 0:
		return d.h[i] * d.z[i]
	}
	return 0
}
