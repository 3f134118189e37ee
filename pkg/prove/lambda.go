package prove

import (
	"math"
	"slices"

	"tightrope/pkg/internal/vector"
)

// combiner finds multipliers lambda >= 0 with sum 1 that make the least value of lambda . (A y - b) over a zonotope
// large. This value is a concave function of lambda, and is increased by moving weight between pairs of rows.
type combiner struct {
	sums   vector.Sums
	forms  []float64 // [rows][stride], of A y - b
	stride int
	sum    []float64
	lambda []float64
	each   []float64

	gathered []float64
}

// set computes the forms of rows of the outputs.
func (c *combiner) set(z *zonotope, a [][]float64, b []float64) {
	out := &z.forms[len(z.forms)-1]
	c.stride = out.stride
	n := len(a) * c.stride
	c.forms = slices.Grow(c.forms[:0], n)[:n]
	c.sum = slices.Grow(c.sum[:0], c.stride)[:c.stride]
	clear(c.forms)
	for i, row := range a {
		f := c.forms[i*c.stride : (i+1)*c.stride]
		vector.AddRows(f, out.rows, out.stride, c.present(row, out.index))
		f[0] -= b[i]
	}
}

// present returns the coefficients of the outputs that have a form; outputs of a relu that is never active have none.
func (c *combiner) present(row []float64, index []int32) []float64 {
	if index == nil {
		return row
	}
	c.gathered = c.gathered[:0]
	for _, j := range index {
		c.gathered = append(c.gathered, row[j])
	}
	return c.gathered
}

// least returns the least value of a combination.
func (c *combiner) least(lambda []float64) float64 {
	bound, _ := c.bound(lambda)
	return bound
}

// bound returns the least value of a combination, and the size of its terms.
func (c *combiner) bound(lambda []float64) (least, size float64) {
	clear(c.sum)
	vector.AddRows(c.sum, c.forms, c.stride, lambda)
	var sizes [1]float64
	c.sums.Sizes(sizes[:], c.sum, c.stride)
	return c.sum[0] + math.Abs(c.sum[0]) - sizes[0], sizes[0]
}

// The golden section, and the number of times that it cuts an interval.
const (
	golden = 0.6180339887498949
	cuts   = 10
)

// single chooses the row that gives the best bound alone.
func (c *combiner) single(rows int) {
	c.lambda, c.each = sized(c.lambda, rows), sized(c.each, rows)
	c.sums.Sizes(c.each, c.forms, c.stride)
	best, at := math.Inf(-1), 0
	for i := range rows {
		f := c.forms[i*c.stride]
		if v := f + math.Abs(f) - c.each[i]; v > best {
			best, at = v, i
		}
	}
	clear(c.lambda)
	c.lambda[at] = 1
}

// climb improves lambda.
func (c *combiner) climb(rows int) {
	best := c.least(c.lambda)
	for range 2 {
		for j := range rows {
			if v := c.towards(j, best); v > best {
				best = v
			}
		}
	}
}

// parts is the resolution of multipliers. A proof then contains few different ones, and their sum is exactly 1.
const parts = 64

// round rounds lambda to whole parts.
func (c *combiner) round() {
	left, largest := parts, 0
	for i, f := range c.lambda {
		n := int(math.Round(f * parts))
		c.lambda[i] = float64(n) / parts
		left -= n
		if f > c.lambda[largest] {
			largest = i
		}
	}
	c.lambda[largest] += float64(left) / parts
}

// towards moves weight to row j as long as this helps.
func (c *combiner) towards(j int, best float64) float64 {
	from := slices.Clone(c.lambda)
	at := func(t float64) float64 {
		for i, f := range from {
			c.lambda[i] = (1 - t) * f
		}
		c.lambda[j] += t
		return c.least(c.lambda)
	}
	low, high := 0.0, 1.0
	a, b := high-golden, golden
	va, vb := at(a), at(b)
	for range cuts {
		if va > vb {
			high, b, vb = b, a, va
			a = high - golden*(high-low)
			va = at(a)
		} else {
			low, a, va = a, b, vb
			b = low + golden*(high-low)
			vb = at(b)
		}
	}
	v := at((low + high) / 2)
	if v <= best {
		copy(c.lambda, from)
	}
	return v
}
