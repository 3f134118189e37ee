package dual

import (
	"math"

	"tightrope/pkg/ball"
	"tightrope/pkg/verify/cert"
)

// problem is a row of a condensed network as a saddle point, every quantity in a scale of its own: inputs
// x = centre + radius s, and inputs and outputs of unit i in units of u_i - l_i.
//
//	min over s, (z, a)  max over y of  rs.s + ra.a + sum_i y_i (A_i.s + B_i.a + c_i - z_i)
//
// where s lies in the ball and (z_i, a_i) in the triangle between relu and its chord. The multiplier of unit i in the
// network's numbers is nu_i = scale y_i / width_i.
type problem struct {
	units, inputs int
	a, b          [][]float64 // [units][inputs] and [units][units before]
	c             []float64   // [units]
	rs, ra        []float64   // [inputs], [units]
	lower, upper  []float64   // [units], of the inputs of units, in their scales
	width         []float64   // [units]
	scale         float64     // of the row
	ball          inputBall
}

func newProblem(c *cert.Condensed, b ball.Ball, x []float64, row *cert.Row) *problem {
	n := len(row.Units)
	p := &problem{units: n, inputs: len(x), c: make([]float64, n), ball: newInputBall(b, x)}
	for i := range n {
		w := c.Upper[i] - c.Lower[i]
		p.width = append(p.width, w)
		p.lower, p.upper = append(p.lower, c.Lower[i]/w), append(p.upper, c.Upper[i]/w)
		as, bs, constant := p.scaled(&c.Rows[i], w)
		p.a, p.b, p.c[i] = append(p.a, as), append(p.b, bs), constant
	}
	p.scale = 1
	p.rs, p.ra, _ = p.scaled(row, 1)
	p.scale = largest(p.rs, p.ra)
	divide(p.rs, p.scale)
	divide(p.ra, p.scale)
	return p
}

// scaled is a row of the condensed network over s and a, divided by the width of what it stands for, with its value at
// s = 0, a = 0.
func (p *problem) scaled(from *cert.Row, width float64) (a, b []float64, constant float64) {
	a, b, constant = make([]float64, p.inputs), make([]float64, len(from.Units)), from.Constant/width
	for k, f := range from.Input {
		a[k] = f * p.ball.radius[k] / width
		constant += f * p.ball.centre[k] / width
	}
	for j, f := range from.Units {
		b[j] = f * p.width[j] / width
	}
	return a, b, constant
}

// multipliers are the network's of the scaled ones.
func (p *problem) multipliers(y []float64) cert.Floats {
	nu := make(cert.Floats, len(y))
	for i, v := range y {
		nu[i] = v * p.scale / p.width[i]
	}
	return nu
}

// from is the inverse of multipliers.
func (p *problem) from(nu []float64) []float64 {
	y := make([]float64, p.units)
	for i := range y {
		y[i] = nu[i] * p.width[i] / p.scale
	}
	return y
}

// largest is the largest size of any entry, 1 where all are 0.
func largest(lists ...[]float64) float64 {
	m := 0.0
	for _, list := range lists {
		for _, v := range list {
			m = max(m, math.Abs(v))
		}
	}
	if m == 0 {
		return 1
	}
	return m
}

func divide(list []float64, by float64) {
	for i := range list {
		list[i] /= by
	}
}
