package bab

import "math"

// ascent improves a node's multipliers by projected gradient ascent (Adam).
type ascent struct {
	*dual
	first, second       []float32 // moments
	unit                []float32 // unit of the steps of beta: about the size of h
	bestAlpha, bestBeta []float32
	startBeta           []float32 // when run began
	strideBeta          []float32 // the best of the strides
	bestNu              []float32 // [width], of the best bound since run began
	seeks               bool      // whether to keep the least real value, which does not end the ascent
	least               float32   // least value of the row in the real network so far
	leastAt             []float32 // [span], the point of that value
}

func (p *problem) newAscent(r *row) *ascent {
	w := func() []float32 { return make([]float32, p.width) }
	return &ascent{dual: p.newDual(r), first: w(), second: w(), unit: w(), bestAlpha: w(), bestBeta: w(), bestNu: w(),
		startBeta: w(), strideBeta: w(), least: float32(math.Inf(1)), leastAt: make([]float32, p.span)}
}

// The constants of Adam; the betas are those of Kingma and Ba (2015), except for a shorter memory of squares, which
// suits a few steps from a good start.
const (
	firstDecay  = 0.9
	secondDecay = 0.99
	rateDecay   = 0.97
	leastUnit   = 0.02 // the least unit, as a fraction of the largest h
)

// run ascends for a limited number of steps, until the bound exceeds the goal or, if stop is set, until an input is
// found at which the value in the real network is negative. The node keeps the best multipliers.
func (a *ascent) run(n *node, steps int, rate, goal float32, stop bool) {
	clear(a.first)
	clear(a.second)
	copy(a.startBeta, n.beta)
	best := float32(math.Inf(-1))
	for t := 1; ; t++ {
		bound := a.backward(n)
		if t == 1 {
			a.setUnits()
		}
		if bound > best {
			best = bound
			copy(a.bestAlpha, n.alpha)
			copy(a.bestBeta, n.beta)
			copy(a.bestNu, a.nu)
		}
		if bound > goal {
			break
		}
		if !stop && !a.seeks {
			a.relaxed(n)
		} else if value := a.forward(n); value < a.least {
			a.least = value
			copy(a.leastAt, a.star)
		}
		if t > steps || stop && a.least < 0 {
			break
		}
		a.step(n, t, rate)
		rate *= rateDecay
	}
	copy(n.alpha, a.bestAlpha)
	copy(n.beta, a.bestBeta)
	copy(a.strideBeta, a.bestBeta)
	if n.depth > 0 && best <= goal && !(stop && a.least < 0) {
		best = a.stride(n, best, goal)
	}
	n.bound = max(n.bound, best)
}

// stride continues in the direction in which beta has moved, in strides of doubling length, as long as the bound grows.
// If phases exclude each other, the dual is unbounded, and small steps would climb too slowly.
func (a *ascent) stride(n *node, best, goal float32) float32 {
	for length := float32(1); length <= longestStride; length *= 2 {
		for i, b := range a.bestBeta {
			n.beta[i] = max(b+length*(b-a.startBeta[i]), 0)
		}
		bound := a.backward(n)
		if !(bound > best) {
			break
		}
		best = bound
		copy(a.bestNu, a.nu)
		copy(a.strideBeta, n.beta)
		if bound > goal {
			break
		}
	}
	copy(n.beta, a.strideBeta)
	return best
}

// longestStride ends the doubling when beta has grown a thousandfold.
const longestStride = 1 << 10

func (a *ascent) setUnits() {
	largest := float32(0)
	for _, h := range a.h[:a.used] {
		largest = max(largest, abs(h))
	}
	for i := range a.used {
		a.unit[i] = max(abs(a.h[i]), leastUnit*largest)
	}
}

// step moves all multipliers by Adam; t is the number of the step, from 1.
func (a *ascent) step(n *node, t int, rate float32) {
	c1 := float32(1 - math.Pow(firstDecay, float64(t)))
	c2 := float32(1 - math.Pow(secondDecay, float64(t)))
	for i := range a.used {
		g, unit := a.gradient(n, i), float32(1)
		if g == 0 && a.second[i] == 0 {
			continue // it has no gradient
		}
		if n.phase[i] != 0 {
			unit = a.unit[i]
			g *= unit
		}
		a.first[i] = firstDecay*a.first[i] + (1-firstDecay)*g
		a.second[i] = secondDecay*a.second[i] + (1-secondDecay)*g*g
		step := rate * (a.first[i] / c1) / (sqrt(a.second[i]/c2) + 1e-12)
		if n.phase[i] != 0 {
			n.beta[i] = max(n.beta[i]+unit*step, 0)
		} else {
			n.alpha[i] = min(max(n.alpha[i]+step, 0), 1)
		}
	}
}

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }
