package cert

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
