package cert

import "math"

// Smooth is a smooth activation for provers: approximate values and slopes, and the checker's lines.
type Smooth struct{ *curve }

// SmoothOf is the smooth activation of a type of layer, as [Op] names it; ok is false if there is none.
func SmoothOf(name string) (s Smooth, ok bool) {
	f, ok := curves[name]
	return Smooth{f}, ok
}

// At returns approximations of f(z) and f'(z).
func (s Smooth) At(z float64) (value, slope float64) { return s.near(z), s.steep(z) }

// SmoothLines are two lines, lower z + below <= f(z) <= upper z + above, over some bounds of z.
type SmoothLines struct{ Lower, Below, Upper, Above float64 }

// Lines are those of a rule over [l, u].
func (s Smooth) Lines(r Rule, l, u float64) SmoothLines {
	g := s.enclose(r, l, max(l, u))
	return SmoothLines{g.lower, g.below, g.upper, g.above}
}

// Smooth names the activations of the network other than relu, as [Network.Smooth] does.
func (c *Condensed) Smooth() []string { return c.region.net.Smooth() }

// Curve is the smooth activation of a unit; ok is false for a relu's.
func (c *Condensed) Curve(unit int) (s Smooth, ok bool) {
	return Smooth{c.curves[unit]}, c.curves[unit] != nil
}

// Slopes are those of a rule's lower and upper line over [l, u].
func (s Smooth) Slopes(r Rule, l, u float64) (lower, upper float64) {
	g := s.sloped(r, l, max(l, u))
	return g.lower, g.upper
}

// Steepness is about the least and the largest slope of f over [l, u].
func (s Smooth) Steepness(l, u float64) (least, most float64) {
	a, b := s.steep(l), s.steep(u)
	if least, most = min(a, b), max(a, b); !s.convex && l < 0 && u > 0 {
		most = s.steepest
	}
	return least, most
}

// Least is about the z of [l, u] at which h f(z) - nu z is least, and f(z): an end, or where f'(z) = nu/h.
func (s Smooth) Least(h, nu, l, u float64) (z, value float64) {
	if h == 0 {
		if z = l; nu > 0 {
			z = u
		}
		return z, s.near(z)
	}
	low, high := s.near(l), s.near(u)
	z, value = l, low
	if h*high-nu*u < h*low-nu*l {
		z, value = u, high
	}
	if at, ok := s.bend(h > 0, nu/h, l, u); ok {
		if v := s.near(at); h*v-nu*at < h*value-nu*z {
			z, value = at, v
		}
	}
	return z, value
}

// bend is where f has a slope inside [l, u] and is convex, or concave; ok is false where that is nowhere.
func (s Smooth) bend(convex bool, slope, l, u float64) (z float64, ok bool) {
	if s.convex != convex && s.convex || !(slope > 0 && slope < s.steepest) {
		return 0, false
	}
	if z = s.level(slope); !s.convex && convex {
		z = -z
	}
	return z, z > l && z < u && !math.IsNaN(z)
}
