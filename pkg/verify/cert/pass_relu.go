package cert

import "tightrope/pkg/internal/vector"

// relu replaces h over the output by nu over the input.
func (p *pass) relu(i int, v *vertex) {
	from, s := v.from[0], &p.held[i]
	to := p.target(from)
	if p.stop != nil {
		p.eliminate(s, to, v.relu)
		p.arrive(from, to)
		return
	}
	lines := p.linesOf(v.relu, from)
	for _, j := range s.units {
		to.seen[j] = p.stamp
	}
	to.units = append(to.units, s.units...)
	var least, most vector.Ends
	vector.Relax(to.block, s.block, s.units, lines, &least, &most)
	for q := range lanes {
		p.low[q].add(least.Sum[q], gamma(len(s.units)+4)*inflate(least.Size[q]))
		p.high[q].add(-most.Sum[q], gamma(len(s.units)+4)*inflate(most.Size[q]))
	}
	p.arrive(from, to)
}

// linesOf are the lines of a relu's units. They depend on its bounds, which are final when a later vertex is bounded.
func (p *pass) linesOf(relu, from int) []vector.Line {
	for len(p.lines) <= relu {
		p.lines = append(p.lines, nil)
	}
	if p.lines[relu] == nil {
		lines := make([]vector.Line, len(p.bounds.Lower[relu]))
		for j := range lines {
			lines[j] = p.line(from, j, p.bounds.Lower[relu][j], p.bounds.Upper[relu][j])
		}
		p.lines[relu] = lines
	}
	return p.lines[relu]
}

// line is the line of one unit: [vector.Relax] computes h relu(z) - nu z at its ends, where it is least and largest,
// up to three roundings.
func (p *pass) line(vertex, unit int, l, u float64) vector.Line {
	negative, positive := p.slopes(vertex, unit, l, u)
	return vector.Line{Negative: negative, Positive: positive, Lower: l, Upper: u, AtLower: slopeAt(l),
		AtUpper: slopeAt(u), Kink: l <= 0 && u >= 0}
}

// slopeAt is relu(z)/z.
func slopeAt(z float64) float64 {
	if z > 0 {
		return 1
	}
	return 0
}

// eliminate carries h over a unit's output to its input, exactly, where the unit is stable; an unstable one takes it.
func (p *pass) eliminate(s, to *slot, relu int) {
	lower, upper := p.bounds.Lower[relu], p.bounds.Upper[relu]
	for _, j := range s.units {
		h, l, u := s.block[int(j)*lanes:][:lanes], lower[j], upper[j]
		switch {
		case u <= 0:
		case l >= 0:
			to.list(int(j), p.stamp)
			copy(to.block[int(j)*lanes:], h)
		default:
			p.stop(relu, int(j), h)
		}
	}
}
