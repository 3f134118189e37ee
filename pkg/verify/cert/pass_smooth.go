package cert

import "math"

// smooth replaces h over the output of a smooth activation by nu = h s over its input, where s z + b is the line below
// it for h > 0 and the line above it for h < 0:
//
//	h f(z) >= h s z + h b.
//
// What rounding changes in nu costs at most that times the size of z.
func (p *pass) smooth(i int, v *vertex) {
	from, s := v.from[0], &p.held[i]
	if p.stop != nil {
		for _, j := range s.units {
			p.stop(v.relu, int(j), s.block[int(j)*lanes:][:lanes])
		}
		return
	}
	to, enclosing := p.target(from), p.enclosures(v)
	var low, high, slack [lanes]float64
	var lowSize, highSize [lanes]float64
	for _, j := range s.units {
		to.list(int(j), p.stamp)
		g, line := to.block[int(j)*lanes:][:lanes], &enclosing[j]
		for q, h := range s.block[int(j)*lanes:][:lanes] {
			slope, b, other := line.lower, line.below, line.above
			if h < 0 {
				slope, b, other = line.upper, line.above, line.below
			}
			g[q] = h * slope
			low[q] += h * b
			lowSize[q] += math.Abs(h * b)
			high[q] -= h * other // of rules with one slope, which bound both sides
			highSize[q] += math.Abs(h * other)
			slack[q] += math.Abs(g[q]) * p.sizes[from][j]
		}
	}
	for q := range lanes {
		rounding, n := 2*unit*inflate(slack[q]), gamma(len(s.units)+4)
		p.low[q].add(low[q], n*inflate(lowSize[q])+rounding)
		p.high[q].add(high[q], n*inflate(highSize[q])+rounding)
	}
	p.arrive(from, to)
}

// enclosures are the lines of the units of a smooth activation. They depend on its bounds, which are final when a later
// vertex is bounded.
func (p *pass) enclosures(v *vertex) []lines {
	for len(p.enclosing) <= v.relu {
		p.enclosing = append(p.enclosing, nil)
	}
	if p.enclosing[v.relu] == nil {
		lower, upper := p.bounds.Lower[v.relu], p.bounds.Upper[v.relu]
		all := make([]lines, len(lower))
		for j, l := range lower {
			all[j] = v.curve.enclose(p.rule, l, max(l, upper[j]))
		}
		p.enclosing[v.relu] = all
	}
	return p.enclosing[v.relu]
}
