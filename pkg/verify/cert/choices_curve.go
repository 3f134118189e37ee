package cert

import "math"

func middle(l, u float64) float64 { return l + (u-l)/2 }

// chord is the slope from (l, f(l)) to (u, f(u)); near each other, where it would be rounding, that between.
func (f *curve) chord(l, u float64) float64 {
	if u-l < 1e-6 {
		return f.steep(middle(l, u))
	}
	return (f.near(u) - f.near(l)) / (u - l)
}

// upperSlope is the slope of an S-shaped curve's upper line: the tangent in the middle where it is concave, the chord
// where that encloses it, else the tangent through (l, f(l)).
func (f *curve) upperSlope(l, u float64) float64 {
	if l >= 0 {
		return f.steep(middle(l, u))
	}
	chord := f.chord(l, u)
	if u <= 0 || f.steep(u) >= chord {
		return chord
	}
	return f.chord(l, f.tangent(l, u))
}

// multiplier is nu, the entry over a unit's input, for h over its output: h times the slope of the line that h takes.
func (f *curve) multiplier(rule Rule, h, l, u float64) float64 {
	g := f.sloped(rule, l, max(l, u))
	if h < 0 {
		return h * g.upper
	}
	return h * g.lower
}

// ByRule is a rule's choice.
func (c *Condensed) ByRule(rule Rule) Multiplier {
	return func(unit int, h, l, u float64) float64 {
		if f := c.curves[unit]; f != nil {
			return f.multiplier(rule, h, l, u)
		}
		return rule.multiplier(h, l, u)
	}
}

// tangent is about the d of [0, u] at which the line through (l, f(l)), l < 0, touches an S-shaped curve. It is
// at most -l/2, and nearly that where l is near 0, which the bisection must not try: rounding would decide there.
func (f *curve) tangent(l, u float64) float64 {
	low, high := 0.0, min(u, -0.6*l, 8/math.Sqrt(f.steepest))
	for range 20 {
		if d := middle(low, high); f.steep(d)*(d-l) > f.near(d)-f.near(l) {
			low = d
		} else {
			high = d
		}
	}
	return middle(low, high)
}
