package relax

import "math"

// The lines of a smooth activation are those of CROWN (Zhang et al. 2018, section 3.2 and table 2) and of DeepZ (Singh
// et al. 2018, section 3). Only their slopes are chosen so: whatever the slope, the intercept is the largest or least
// value of f(z) - slope z over [l, u], which lies at an end or where f has that slope. A slope that is not quite what
// it is meant to be makes a line less tight, never wrong.

// room is what a line leaves to rounding: so many units of the last place of the largest number that its intercept is
// computed from. It covers the errors of f, which were at most 2 units in float32 (pure Go, XLA) where the largest is
// counted as 1 or more.
const room = 16

// A tangent point is found by bisections, and then by steps that square what is left of its error: the chord to a point
// near it has its slope up to the square of the distance, and f has that slope near it.
const (
	tangentBisections = 8
	tangentSteps      = 2
)

// touches is a fraction of -l above that of the tangent point, which is at most a half: of an odd function, nearly that
// where l is near 0. The half itself must not be a point that the bisection tries, for rounding would decide there.
const touches = 0.6

// Lines gives CROWN's lines over [l, u]. S-shaped: where l >= 0 the tangent at the middle above and the chord below,
// where u <= 0 the other way round, else the tangents through (l, f(l)) above and (u, f(u)) below, or the chord where
// it touches f nowhere between. Convex: the chord above and the tangent at the middle below. It returns an error unless
// l <= u and both are finite.
func (f *Smooth) Lines(l, u float64) (Lines, error) {
	if err := check(l, u); err != nil {
		return Lines{}, err
	}
	if f.Convex {
		return f.enclose(l, u, f.slope(middle(l, u)), f.chord(l, u)), nil
	}
	return f.enclose(l, u, f.above(-u, -l), f.above(l, u)), nil // f(z) - f(0) is odd
}

// Parallel gives two lines of one slope: the smaller one of those at the ends where f is S-shaped, that of the chord
// where it is convex. It returns an error unless l <= u and both are finite.
func (f *Smooth) Parallel(l, u float64) (Lines, error) {
	if err := check(l, u); err != nil {
		return Lines{}, err
	}
	s := f.chord(l, u)
	if !f.Convex {
		s = min(f.slope(l), f.slope(u))
	}
	return f.enclose(l, u, s, s), nil
}

// Range gives the constants f(l) and f(u), as interval bound propagation does. It returns an error unless l <= u and
// both are finite.
func (f *Smooth) Range(l, u float64) (Lines, error) {
	if err := check(l, u); err != nil {
		return Lines{}, err
	}
	return f.enclose(l, u, 0, 0), nil
}

// enclose gives the tightest lines of two slopes.
func (f *Smooth) enclose(l, u, lower, upper float64) Lines {
	lines := Lines{Lower: Line{Slope: f.bounded(lower)}, Upper: Line{Slope: f.bounded(upper)}}
	low, high := &lines.Lower, &lines.Upper
	low.Intercept, high.Intercept = math.Inf(1), math.Inf(-1)
	for _, z := range f.extremes(low.Slope, l, u) {
		low.Intercept = min(low.Intercept, f.at(z)-low.Slope*z)
	}
	for _, z := range f.extremes(high.Slope, l, u) {
		high.Intercept = max(high.Intercept, f.at(z)-high.Slope*z)
	}
	low.Intercept -= f.slack(low.Slope, l, u)
	high.Intercept += f.slack(high.Slope, l, u)
	return lines
}

// bounded moves a slope into [0, Steepest]. NaN becomes 0.
func (f *Smooth) bounded(s float64) float64 {
	if !(s > 0) {
		return 0
	}
	return min(s, f.Steepest)
}

// extremes are the points of [l, u] where f(z) - s z is largest and least: the ends, and where f has the slope s.
func (f *Smooth) extremes(s, l, u float64) []float64 {
	at := f.level(s)
	if f.Convex {
		return []float64{l, u, within(at, l, u)}
	}
	return []float64{l, u, within(at, l, u), within(-at, l, u)}
}

func within(z, l, u float64) float64 { return min(max(z, l), u) }

func middle(l, u float64) float64 { return l + (u-l)/2 }

// slack is the room for rounding.
func (f *Smooth) slack(s, l, u float64) float64 {
	return room * 0x1p-53 * (1 + max(math.Abs(f.at(l)), math.Abs(f.at(u))) + s*max(math.Abs(l), math.Abs(u)))
}

// narrow is the width of [l, u] below which a chord's slope, a quotient of small differences, errs more by rounding
// than Simpson's rule errs for the mean of f', which it is. The gradient of the quotient would be mostly rounding, too.
const narrow = 2e-3

// chord is the slope from (l, f(l)) to (u, f(u)).
func (f *Smooth) chord(l, u float64) float64 {
	if u-l < narrow {
		return (f.slope(l) + 4*f.slope(middle(l, u)) + f.slope(u)) / 6
	}
	return (f.at(u) - f.at(l)) / (u - l)
}

// above is the slope of an S-shaped function's upper line.
func (f *Smooth) above(l, u float64) float64 {
	if l >= 0 {
		return f.slope(middle(l, u))
	}
	chord := f.chord(l, u)
	if u <= 0 || f.slope(u) >= chord {
		return chord
	}
	return f.chord(l, f.tangent(l, u))
}

// tangent is the d in [0, u] at which the line through (l, f(l)), l < 0, touches f: f'(d) (d - l) falls below
// f(d) - f(l) there, where f is concave.
func (f *Smooth) tangent(l, u float64) float64 {
	low, high := 0.0, min(u, -touches*l, f.far)
	for range tangentBisections {
		if d := middle(low, high); f.slope(d)*(d-l) > f.at(d)-f.at(l) {
			low = d
		} else {
			high = d
		}
	}
	d := middle(low, high)
	for range tangentSteps {
		d = within(f.level(f.bounded(f.chord(l, d))), 0, u)
	}
	return d
}
