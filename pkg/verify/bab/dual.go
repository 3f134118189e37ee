package bab

import "tightrope/pkg/verify/cert"

// dual evaluates the Lagrangian dual of a row at the multipliers of a node. It is scratch memory for one goroutine.
//
// When the row is carried back, the entry h at a unit's output becomes nu at its input. If the unit is unstable, nu is
// alpha h or the slope of the upper line times h. If its phase is fixed, nu is h - beta for an active unit and beta for
// an inactive one, where beta >= 0 is the multiplier of the phase.
type dual struct {
	*problem
	prover *cert.Prover
	row    *row
	used   int       // number of units on which the row may depend
	h, nu  []float32 // [width]
	v      []float32 // [span], entries over the inputs
	star   []float32 // [span], the optimal input of the relaxation
	z      []float32 // [width], the units' inputs in the relaxed network at star
	out    []float32 // [width], and their outputs there
	real   []float32 // [width], the units' inputs in the real network at star
	act    []float32 // [width], and their outputs
	seen   []bool    // [groups]: whether the row depends on some unit of the group
}

func (p *problem) newDual(r *row) *dual {
	w := func() []float32 { return make([]float32, p.width) }
	d := &dual{problem: p, prover: p.NewProver(), row: r, h: w(), nu: w(), z: w(), out: w(), real: w(), act: w(),
		v: make([]float32, p.span), star: make([]float32, p.span), seen: make([]bool, len(p.groups))}
	if r.depth > 0 {
		d.used = p.blocks[r.depth-1][1]
	}
	return d
}

// proved returns the row's bound by multipliers, in float64 with outward rounding, in the network's scale.
func (d *dual) proved(nu []float32, lower, upper []float64) float64 {
	rule := d.ByRule(cert.CROWN)
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
		for q := range d.of(k) {
			sum += d.pass(n, &d.of(k)[q])
		}
	}
	return sum + d.inputs.minimum(d.v, d.star)
}

// pass carries the row back over a group of units, and returns their part of the bound. Units on which the row does not
// depend have no part, unless a phase is fixed.
func (d *dual) pass(n *node, g *group) (sum float32) {
	if n.depth == 0 && zeros(d.h[g.from:g.to]) {
		clear(d.nu[g.from:g.to])
		return 0
	}
	for i := g.from; i < g.to; i++ {
		sum += d.relax(n, i)
	}
	if nu := d.nu[g.from:g.to]; !zeros(nu) {
		g.units.push(d.h, nu)
		g.inputs.push(d.v, nu)
	}
	return sum
}

func zeros(v []float32) bool {
	for _, x := range v {
		if x != 0 {
			return false
		}
	}
	return true
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

// forward computes the relaxed and the real network at star, after backward, and returns the value of the row in the
// real network.
func (d *dual) forward(n *node) float32 {
	for k := range d.row.depth {
		for _, g := range d.of(k) {
			z := d.linear(&g, d.star)
			act := z
			g.units.pull(&z, d.out[:d.blocks[k][0]])
			g.units.pull(&act, d.act[:d.blocks[k][0]])
			copy(d.z[g.from:g.to], z[:])
			copy(d.real[g.from:g.to], act[:])
			for i := g.from; i < g.to; i++ {
				d.out[i], d.act[i] = d.line(n, i), max(d.real[i], 0)
			}
		}
	}
	return d.row.c + product(d.row.a, d.star) + product(d.row.b[:d.used], d.act)
}

// linear adds up the part of a group's inputs that comes from the network's input.
func (d *dual) linear(g *group, at []float32) (z [lanes]float32) {
	copy(z[:], d.c[g.from:g.to])
	g.inputs.pull(&z, at[:len(d.inputs.columns)])
	return z
}

// relaxed is like forward for the relaxed network only, restricted to what the row depends on. It is for nodes without
// fixed phases.
func (d *dual) relaxed(n *node) {
	d.findSeen()
	for k := range d.row.depth {
		first := d.ends[k] - len(d.of(k))
		for q, g := range d.of(k) {
			if !d.seen[first+q] {
				continue
			}
			z := d.linear(&g, d.star)
			g.units.pull(&z, d.out[:d.blocks[k][0]])
			copy(d.z[g.from:g.to], z[:])
			for i := g.from; i < g.to; i++ {
				d.out[i] = d.line(n, i)
			}
		}
	}
}

// findSeen marks the groups with units on which the row depends, directly or through other marked groups.
func (d *dual) findSeen() {
	clear(d.seen)
	if d.row.depth == 0 {
		return
	}
	for q := d.ends[d.row.depth-1] - 1; q >= 0; q-- {
		g := &d.groups[q]
		if d.seen[q] = d.seen[q] || !zeros(d.h[g.from:g.to]); !d.seen[q] {
			continue
		}
		for e := q - 1; e >= 0 && g.units.to > 0; e-- {
			if before := &d.groups[e]; before.from < g.units.to && before.to > g.units.from {
				d.seen[e] = true
			}
		}
	}
}

// line returns the relaxed output of a unit.
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

// gradient returns the derivative of the bound with respect to the alpha or beta of a unit, 0 if it has neither.
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
