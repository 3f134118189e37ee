package genbab

import (
	"math"
	"slices"

	"tightrope/pkg/internal/vector"
	"tightrope/pkg/verify/cert"
)

// problem is a condensed network whose rows are kept by blocks, those of one activation, for vectors.
type problem struct {
	*cert.Condensed
	region       *cert.Region
	inputs       int
	lower, upper []float64 // proven bounds of all units' inputs, [units]
	curves       []unit
	blocks       []block
}

// block is the units of one activation. A matrix is nil where nothing is in it.
type block struct {
	from, to int
	before   matrix // over the outputs of the units before
	input    matrix // over the network's input
}

// matrix is [rows][columns], and its transpose, both with rows padded to whole vectors.
type matrix struct {
	rows, columns int
	value, turned []float64
}

func newProblem(c *cert.Condensed, r *cert.Region, inputs int) *problem {
	p := &problem{Condensed: c, region: r, inputs: inputs, lower: slices.Clone(c.Lower), upper: slices.Clone(c.Upper)}
	for i, u := range c.Units {
		p.curves = append(p.curves, newUnit(c, i))
		if i == 0 || u.Relu != c.Units[i-1].Relu {
			p.blocks = append(p.blocks, block{from: i})
		}
		p.blocks[len(p.blocks)-1].to = i + 1
	}
	for k := range p.blocks {
		b := &p.blocks[k]
		rows := c.Rows[b.from:b.to]
		b.before = newMatrix(rows, b.from, func(r *cert.Row) []float64 { return r.Units })
		b.input = newMatrix(rows, inputs, func(r *cert.Row) []float64 { return r.Input })
	}
	return p
}

// newMatrix takes a part of some rows.
func newMatrix(rows []cert.Row, columns int, part func(*cert.Row) []float64) (m matrix) {
	m.rows, m.columns = len(rows), columns
	wide, tall, empty := vector.Padded(columns), vector.Padded(len(rows)), true
	m.value, m.turned = make([]float64, len(rows)*wide), make([]float64, columns*tall)
	for i := range rows {
		for j, f := range part(&rows[i]) {
			m.value[i*wide+j], m.turned[j*tall+i] = f, f
			empty = empty && f == 0
		}
	}
	if empty {
		m.value, m.turned = nil, nil
	}
	return m
}

// push adds f times the rows to out, [padded columns].
func (m *matrix) push(out, f []float64) {
	if m.value != nil {
		wide := vector.Padded(m.columns)
		vector.AddRows(out[:wide], m.value, wide, f)
	}
}

// pull adds the products of the rows and x to out, [padded rows].
func (m *matrix) pull(out, x []float64) {
	if m.value != nil {
		tall := vector.Padded(m.rows)
		vector.AddRows(out[:tall], m.turned, tall, x[:m.columns])
	}
}

// largest memory in bytes that one search may take for the rows of units.
const largest = 2 << 30

// exceedsMemory reports whether the rows take too much: three copies of 8 bytes an entry.
func exceedsMemory(units, inputs int) bool { return 24*units*(units+inputs) > largest }

// row is a value to be bounded from below: sign times a row of the condensed network.
type row struct {
	*cert.Row
	sign  float64
	depth int     // blocks that it depends on
	used  int     // units of these
	size  float64 // of its terms, about
}

func (p *problem) row(from *cert.Row, sign float64) *row {
	r := &row{Row: from, sign: sign, size: math.Abs(from.Constant)}
	for r.depth < len(p.blocks) && p.blocks[r.depth].to <= len(from.Units) {
		r.used = p.blocks[r.depth].to
		r.depth++
	}
	for j, f := range from.Units {
		r.size += math.Abs(f) * max(math.Abs(p.curves[j].value(p.lower[j])), math.Abs(p.curves[j].value(p.upper[j])))
	}
	return r
}
