package genbab

import (
	"math"
	"slices"
)

// ascent improves a node's slopes and multipliers by projected gradient ascent (Adam).
type ascent struct {
	*dual
	slopes, betas moments
	size          float64   // of the largest h
	bestNu        []float64 // of the best bound since run began, [units that the row uses]
	leastAt       []float64 // where the real network's value is the least that was seen
	least         float64
}

// moments are Adam's, one of each for a unit, and by how much the zeros that they begin with make them too small.
type moments struct {
	first, second []float64
	short         [2]float64
}

func (p *problem) newAscent(r *row) *ascent {
	w := func() []float64 { return make([]float64, len(p.Units)) }
	return &ascent{dual: p.newDual(r), slopes: moments{first: w(), second: w()},
		betas: moments{first: w(), second: w()}, bestNu: w(),
		least: math.Inf(1)}
}

// The constants of Adam; betas of Kingma and Ba 2015 but a shorter memory of squares, for a few steps from a good
// start.
const (
	firstDecay  = 0.9
	secondDecay = 0.99
	rateDecay   = 0.97
	leastUnit   = 0.02 // of the largest h
)

// run ascends for a limited number of steps, or until the bound exceeds the goal. The node keeps the best slopes and
// multipliers.
func (a *ascent) run(n *node, steps int, rate, goal float64) {
	a.slopes.begin()
	a.betas.begin()
	best := math.Inf(-1)
	var kept [3][]float64
	for t := 1; ; t++ {
		bound := a.backward(n)
		if bound > best {
			best = bound
			copy(a.bestNu, a.nu[:a.row.used])
			kept = [3][]float64{append(kept[0][:0], n.below...), append(kept[1][:0], n.above...),
				append(kept[2][:0], n.beta...)}
		}
		if bound > goal || t > steps || math.IsNaN(bound) {
			break
		}
		a.forward()
		a.step(n, t, rate)
		rate *= rateDecay
	}
	if kept[0] != nil {
		n.below, n.above, n.beta = kept[0], kept[1], kept[2]
	}
	n.bound = max(n.bound, best)
}

// step moves all slopes and multipliers by Adam, number t from 1. The bound's derivative by nu of a unit is how far its
// input in the relaxed network is from the place where its own part is least.
func (a *ascent) step(n *node, t int, rate float64) {
	if t == 1 {
		a.size = 0
		for _, h := range a.h[:a.row.used] {
			a.size = max(a.size, math.Abs(h))
		}
	}
	a.slopes.next(t)
	a.betas.next(t)
	for i := range a.row.used {
		g, h := a.z[i]-a.at[i], a.h[i]
		if width := n.most[i] - n.least[i]; h != 0 && width > 0 {
			side := n.below
			if h < 0 {
				side = n.above
			}
			side[i] += rate * width * a.slopes.adam(i, g*h*width)
			side[i] = min(max(side[i], n.least[i]), n.most[i])
		}
		if n.split[i] {
			unit := max(math.Abs(h), leastUnit*a.size)
			n.beta[i] += rate * unit * a.betas.adam(i, g*unit)
		}
	}
}

func (m *moments) begin() {
	clear(m.first)
	clear(m.second)
}

// next prepares step t, from 1.
func (m *moments) next(t int) {
	m.short = [2]float64{1 - math.Pow(firstDecay, float64(t)), 1 - math.Pow(secondDecay, float64(t))}
}

// adam is the step of a unit's number, for a gradient in its unit.
func (m *moments) adam(i int, g float64) float64 {
	m.first[i] = firstDecay*m.first[i] + (1-firstDecay)*g
	m.second[i] = secondDecay*m.second[i] + (1-secondDecay)*g*g
	if m.second[i] == 0 {
		return 0
	}
	return m.first[i] / m.short[0] / (math.Sqrt(m.second[i]/m.short[1]) + 1e-300)
}

// see evaluates the real network at an input and keeps the least value.
func (a *ascent) see(x []float64) float64 {
	value := a.evaluate(x)
	if value < a.least {
		a.least, a.leastAt = value, slices.Clone(x)
	}
	return value
}

// descentSteps is how long a descent goes on.
const descentSteps = 30

// descend walks from an input down the real network by conditional gradients (Frank and Wolfe 1956): the gradient's
// least over the ball is known for every norm, and steps towards it stay inside.
func (a *ascent) descend(x []float64) {
	x = slices.Clone(x)
	for t := range descentSteps {
		if a.see(x) < 0 {
			return
		}
		star := a.region.Minimizer(a.gradient())
		share := 2 / float64(t+2)
		for k, f := range star {
			x[k] += share * (f - x[k])
		}
	}
}
