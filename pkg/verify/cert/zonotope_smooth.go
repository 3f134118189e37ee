package cert

import "math"

// curved makes row r of a smooth activation for unit j, from a row of its input where there is one: f(z) lies between
// two lines of one slope.
func (z *zonotope) curved(c *curve, f, in *form, r, from int, found bool, j int, l, u float64) {
	g := c.enclose(FastLin, l, max(l, u))
	row, slope := f.row(r), g.lower
	if found {
		for k, a := range in.row(from) {
			row[k] = slope * a
		}
	}
	centre := middle(g.below, g.above)
	half := up(max(g.above-centre, centre-g.below))
	f.centre[j] = slope*in.centre[j] + centre
	row[z.symbols] = half
	z.symbols++
	f.reach[j] = inflate(slope*in.reach[j] + math.Abs(centre) + half)
	f.errors[j] = inflate(slope*in.errors[j] + 4*unit*f.reach[j])
}
