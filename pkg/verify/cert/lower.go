package cert

import "math"

// Multiplier chooses nu, the entry over a unit's input, from h, the entry over its output. Every choice is sound.
type Multiplier func(unit int, h, l, u float64) float64

// Prover bounds rows of a condensed network; it holds the scratch memory for that and is not safe for concurrent use.
type Prover struct {
	*Condensed
	h, nu []float64 // [units]
	v     []float64 // [inputs]
}

// NewProver makes a prover. The rows must not change from then on.
func (c *Condensed) NewProver() *Prover {
	c.once.Do(c.findRanges)
	return &Prover{Condensed: c, h: make([]float64, len(c.Units)), nu: make([]float64, len(c.Units)),
		v: make([]float64, len(c.region.x))}
}

// Lower bounds sign times a row (sign 1 or -1) from below over the inputs of the region whose units' inputs lie in
// [lower, upper], by weak duality: at each unit, h over its output is replaced by nu over its input, at the cost min
// over l <= z <= u of h f(z) - nu z, where f is the activation. Rounding errors are subtracted: computed entries err
// by at most gamma times the sum of the sizes of their terms. A coefficient or multiplier beyond the range of the
// error analysis gives -Inf.
func (p *Prover) Lower(row *Row, sign float64, lower, upper []float64, choose Multiplier) float64 {
	p.begin(row, sign)
	var s sum
	s.add(sign*row.Constant, row.Error)
	reach := row.reach
	for i := len(row.Units) - 1; i >= 0; i-- {
		l, u := lower[i], upper[i]
		nu := choose(i, p.h[i], l, u)
		if !allowed(p.h[i]) || !allowed(nu) {
			return math.Inf(-1)
		}
		p.nu[i] = nu
		c := p.cost(i, p.h[i], nu, l, u)
		s.add(c, 4*unit*math.Abs(c))
		if nu == 0 {
			continue
		}
		from := &p.Rows[i]
		s.add(nu*from.Constant, math.Abs(nu)*from.Error*(1+4*unit))
		reach += math.Abs(nu) * from.reach
		p.push(i, nu)
	}
	p.finish(row)
	if !allAllowed(p.v) {
		return math.Inf(-1)
	}
	s.add(p.region.minimum(p.v), gamma(len(row.Units)+2)*inflate(reach))
	return s.lower()
}

func (p *Prover) begin(row *Row, sign float64) {
	for i, f := range row.Units {
		p.h[i] = sign * f
	}
	for k, f := range row.Input {
		p.v[k] = sign * f
	}
}

// push adds nu times a unit's row to the entries over the units before it.
func (p *Prover) push(i int, nu float64) {
	at := p.ranges[i].units
	h := p.h[at[0]:at[1]]
	for j, f := range p.Rows[i].Units[at[0]:at[1]] {
		h[j] += nu * f
	}
}

// finish adds all rows' shares at the input, four by four, where some of them are not 0.
func (p *Prover) finish(row *Row) {
	var rows [4]int
	var f [4]float64
	held := 0
	for i, nu := range p.nu[:len(row.Units)] {
		if nu == 0 {
			continue
		}
		rows[held], f[held] = i, nu
		if held++; held == 4 {
			p.addFour(&rows, &f)
			held = 0
		}
	}
	for k := range held {
		at := p.ranges[rows[k]].inputs
		for j := at[0]; j < at[1]; j++ {
			p.v[j] += f[k] * p.Rows[rows[k]].Input[j]
		}
	}
}

func (p *Prover) addFour(rows *[4]int, f *[4]float64) {
	from, to := len(p.v), 0
	for _, r := range rows {
		if at := p.ranges[r].inputs; at[1] > 0 {
			from, to = min(from, at[0]), max(to, at[1])
		}
	}
	if from >= to {
		return
	}
	out, f0, f1, f2, f3 := p.v[from:to], f[0], f[1], f[2], f[3]
	a, b := p.Rows[rows[0]].Input[from:to], p.Rows[rows[1]].Input[from:to]
	c, d := p.Rows[rows[2]].Input[from:to], p.Rows[rows[3]].Input[from:to]
	for j := range out {
		out[j] += (f0*a[j] + f1*b[j]) + (f2*c[j] + f3*d[j])
	}
}

// cost is what replacing h by nu costs at a unit, up to three roundings.
func (c *Condensed) cost(unit int, h, nu, l, u float64) float64 {
	if f := c.curves[unit]; f != nil {
		return f.cost(h, nu, l, max(l, u))
	}
	return cost(h, nu, l, u)
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
