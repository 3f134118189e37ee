package cert

import "math"

// pass carries one row back from a vertex to the input. Entering a vertex it knows
//
//	row . value >= constant + sum over vertices of held_v . value_v
//
// for every input of the region, in exact arithmetic: what rounding changes in a held entry is subtracted from the
// constant, times the largest size of the value that it multiplies. At a relu the entry h over its output is replaced
// by a number nu over its input, at the cost min over l <= z <= u of h relu(z) - nu z, which is sound for every nu.
type pass struct {
	*Region
	bounds  *Bounds
	rule    Rule                            // of unstable units
	active  [][]float64                     // where not nil: lower lines exact at these values ([Region.Adapted])
	both    bool                            // slopes do not depend on the sign (Fast-Lin): bound the upper side too
	stop    func(relu, unit int, h float64) // where not nil: the pass ends at unstable units, and at the input
	held    [][]float64
	touched []bool
	scratch []float64
	low     sum
	high    sum                  // of the negated row
	kept    map[linesKey][]lines // of smooth activations, for the bounds keptFor
	keptFor *Bounds
	lost    bool // a coefficient left the range of the error analysis: nothing is known of the row
}

func (r *Region) newPass() *pass {
	p := &pass{Region: r, held: make([][]float64, len(r.net.vertices)), touched: make([]bool, len(r.net.vertices))}
	for i := range p.held {
		p.held[i] = make([]float64, r.net.vertices[i].size)
	}
	return p
}

// start clears the pass and puts a row on a vertex.
func (p *pass) start(vertex int) []float64 {
	p.low, p.high, p.lost = sum{}, sum{}, false
	clear(p.touched)
	p.touched[vertex] = true
	clear(p.held[vertex])
	return p.held[vertex]
}

// run carries the row from its vertex to the input.
func (p *pass) run(vertex int) {
	for i := vertex; i > input; i-- {
		if !p.touched[i] {
			continue
		}
		if p.lost = p.lost || !allAllowed(p.held[i]); p.lost {
			return
		}
		v := &p.net.vertices[i]
		switch v.kind {
		case affineVertex:
			p.affine(i, v)
		case sumVertex:
			for _, f := range v.from {
				p.accept(f, p.held[i])
			}
		case reluVertex:
			if v.curve != nil {
				p.smooth(i, v)
			} else {
				p.relu(i, v)
			}
		}
	}
	if !p.touched[input] {
		return
	}
	if p.lost = !allAllowed(p.held[input]); p.lost {
		return
	}
	if p.stop == nil {
		p.low.add(p.minimum(p.held[input]), 0)
		if p.both {
			p.negate(p.held[input])
			p.high.add(p.minimum(p.held[input]), 0)
		}
	}
}

// lower is at most the least value of the row over the region; -Inf where nothing is known.
func (p *pass) lower() float64 {
	if p.lost {
		return math.Inf(-1)
	}
	return p.low.lower()
}

// upper is at least the largest value of the row over the region, after a pass for both sides; +Inf where nothing is
// known.
func (p *pass) upper() float64 {
	if p.lost {
		return math.Inf(1)
	}
	return -p.high.lower()
}

func (p *pass) negate(g []float64) {
	for k := range g {
		g[k] = -g[k]
	}
}

// affine carries g over W a + b to W^T g over a. The error of every entry is at most gamma sum_i |g_i||W_ij|, so all
// together cost gamma sum_i |g_i| reach_i, the bias's share included.
func (p *pass) affine(i int, v *vertex) {
	g, reach := p.held[i], p.reach[i]
	dot, size, count := 0.0, 0.0, 0
	for k, f := range g {
		if f != 0 {
			dot += f * v.bias[k]
			size += math.Abs(f) * reach[k]
			count++
		}
	}
	penalty := gamma(count+1) * inflate(size)
	p.low.add(dot, penalty)
	p.high.add(-dot, penalty)
	from := v.from[0]
	if !p.touched[from] {
		p.touched[from] = true
		clear(p.held[from])
		v.weight.addTransposed(g, p.held[from])
		return
	}
	p.scratch = append(p.scratch[:0], make([]float64, len(p.held[from]))...)
	v.weight.addTransposed(g, p.scratch)
	p.accept(from, p.scratch)
}

// accept adds a row to what a vertex holds; each addition rounds.
func (p *pass) accept(vertex int, g []float64) {
	held := p.held[vertex]
	if !p.touched[vertex] {
		p.touched[vertex] = true
		copy(held, g)
		return
	}
	size := 0.0
	for j, f := range g {
		held[j] += f
		size += math.Abs(held[j]) * p.sizes[vertex][j]
	}
	p.low.penalty += unit * inflate(size)
	p.high.penalty += unit * inflate(size)
}

// relu replaces h over the output by nu over the input.
func (p *pass) relu(i int, v *vertex) {
	from := v.from[0]
	g := p.held[from]
	if p.touched[from] { // a relu's input that has other readers too
		p.scratch = append(p.scratch[:0], make([]float64, len(g))...)
		g = p.scratch
	}
	lower, upper := p.bounds.Lower[v.relu], p.bounds.Upper[v.relu]
	low, high, lowSize, highSize := 0.0, 0.0, 0.0, 0.0
	for j, h := range p.held[i] {
		l, u := lower[j], upper[j]
		if h == 0 {
			g[j] = 0
			continue
		}
		if p.stop != nil {
			g[j] = p.eliminate(v.relu, j, h, l, u)
			continue
		}
		nu := p.multiplier(from, j, h, l, u)
		g[j] = nu
		c := cost(h, nu, l, u)
		low += c
		lowSize += math.Abs(c)
		if p.both {
			c = cost(-h, -nu, l, u)
			high += c
			highSize += math.Abs(c)
		}
	}
	p.low.add(low, gamma(len(g)+4)*inflate(lowSize))
	p.high.add(high, gamma(len(g)+4)*inflate(highSize))
	if !p.touched[from] {
		p.touched[from] = true
		return
	}
	p.accept(from, g)
}

// eliminate carries h over a unit's output to its input, exactly, where the unit is stable; an unstable one takes it.
func (p *pass) eliminate(relu, unit int, h, l, u float64) float64 {
	switch {
	case u <= 0:
		return 0
	case l >= 0:
		return h
	}
	p.stop(relu, unit, h)
	return 0
}

// cost is min over l <= z <= u of h relu(z) - nu z, up to three roundings: a piecewise linear function of z with its
// kink at 0, so the minimum is at an end or there.
func cost(h, nu, l, u float64) float64 {
	c := math.Inf(1)
	if l <= 0 && u >= 0 {
		c = 0
	}
	for _, z := range [2]float64{l, u} {
		if z > 0 {
			c = min(c, (h-nu)*z)
		} else {
			c = min(c, -nu*z)
		}
	}
	return c
}
