package cert

import "math"

// smooth replaces h over the output of a smooth activation by nu = h s over its input, where s z + b is the line below
// it for h > 0 and the line above it for h < 0:
//
//	h f(z) >= h s z + h b.
//
// What rounding changes in nu costs at most that times the size of z.
func (p *pass) smooth(i int, v *vertex) {
	from, enclosing := v.from[0], p.linesOf(v)
	g := p.held[from]
	if p.touched[from] { // an input that has other readers too
		p.scratch = append(p.scratch[:0], make([]float64, len(g))...)
		g = p.scratch
	}
	low, high, lowSize, highSize, slack := 0.0, 0.0, 0.0, 0.0, 0.0
	for j, h := range p.held[i] {
		line := &enclosing[j]
		s, b, other := line.lower, line.below, line.above
		if h < 0 {
			s, b, other = line.upper, line.above, line.below
		}
		g[j] = h * s
		low += h * b
		lowSize += math.Abs(h * b)
		slack += math.Abs(g[j]) * p.sizes[from][j]
		if p.both { // one slope
			high -= h * other
			highSize += math.Abs(h * other)
		}
	}
	slack = 2 * unit * inflate(slack)
	p.low.add(low, gamma(len(g)+4)*inflate(lowSize)+slack)
	p.high.add(high, gamma(len(g)+4)*inflate(highSize)+slack)
	if !p.touched[from] {
		p.touched[from] = true
		return
	}
	p.accept(from, g)
}

// linesKey is an activation, by its number, and a rule.
type linesKey struct {
	relu int
	rule Rule
}

// linesOf are the lines of the units of a smooth activation. They are kept, for a pass goes through an activation only
// when its bounds are final.
func (p *pass) linesOf(v *vertex) []lines {
	if p.kept == nil || p.keptFor != p.bounds {
		p.kept, p.keptFor = map[linesKey][]lines{}, p.bounds
	}
	key := linesKey{v.relu, p.rule}
	if known := p.kept[key]; known != nil {
		return known
	}
	lower, upper := p.bounds.Lower[v.relu], p.bounds.Upper[v.relu]
	all := make([]lines, len(lower))
	for j, l := range lower {
		all[j] = v.curve.enclose(p.rule, l, max(l, upper[j]))
	}
	p.kept[key] = all
	return all
}
