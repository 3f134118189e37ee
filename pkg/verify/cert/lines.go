package cert

// lines enclose a unit of a curve over [l, u]: lower z + below <= f(z) <= upper z + above, in exact arithmetic.
type lines struct{ lower, below, upper, above float64 }

// enclose gives a rule's lines. The slopes are approximate, the intercepts are proved for them.
func (f *curve) enclose(rule Rule, l, u float64) lines {
	g := f.sloped(rule, l, u)
	g.below, g.above = f.least(1, g.lower, l, u), -f.least(-1, g.upper, l, u)
	return g
}

// sloped gives the slopes of a rule's lines, and no intercepts.
func (f *curve) sloped(rule Rule, l, u float64) (g lines) {
	switch {
	case rule == Interval:
	case rule == FastLin && f.convex:
		g.lower = f.chord(l, u)
		g.upper = g.lower
	case rule == FastLin:
		g.lower = min(f.steep(l), f.steep(u))
		g.upper = g.lower
	case f.convex:
		g.lower, g.upper = f.steep(middle(l, u)), f.chord(l, u)
	default:
		g.lower, g.upper = f.upperSlope(-u, -l), f.upperSlope(l, u)
	}
	g.lower, g.upper = f.bounded(g.lower), f.bounded(g.upper)
	return g
}

// bounded moves a slope to where f has it. NaN becomes 0.
func (f *curve) bounded(s float64) float64 {
	if !(s > 0) {
		return 0
	}
	return min(s, f.steepest)
}
