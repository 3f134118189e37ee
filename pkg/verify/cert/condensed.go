package cert

import (
	"context"
	"math"
	"strings"
)

// Unit names one unit of a relu layer.
type Unit struct {
	Relu int `json:"relu"` // in topological order
	Unit int `json:"unit"`
}

// Condensed is a network over a region without its stable units: where l >= 0 or u <= 0 a relu is linear, so the input
// of every unstable unit, and every margin, is an affine function of the network's input x and of the unstable units'
// outputs a,
//
//	value_i = Input_i . x + Units_i . a + Constant_i + something of size at most Error_i,
//
// for every x of the region. Proofs about the network are proofs about these rows.
type Condensed struct {
	Units  []Unit    // unstable units, in topological order
	Lower  []float64 // l < 0 of each
	Upper  []float64 // u > 0 of each
	Rows   []Row     // one for each unit, then one for each class but the label, in order
	Label  int
	region *Region
}

// Row is one value as an affine function.
type Row struct {
	Input    []float64 // [inputs]
	Units    []float64 // [units before it]: coefficients of their relus' outputs; all units for a margin
	Constant float64
	Error    float64
	reach    float64 // at least the sum of the sizes of all terms
}

// Margin is the row of logit[label] - logit[class].
func (c *Condensed) Margin(class int) *Row {
	if class > c.Label {
		class--
	}
	return &c.Rows[len(c.Units)+class]
}

// Condense eliminates the units that are stable by b, for the margins of a label. A cancelled context ends it with the
// context's error.
func (r *Region) Condense(ctx context.Context, b *Bounds, label int) (*Condensed, error) {
	if smooth := r.net.Smooth(); len(smooth) > 0 {
		return nil, Refused("proofs by multipliers are about relus, and the network has %s: use proofs by rules",
			strings.Join(smooth, " and "))
	}
	c := &Condensed{Label: label, region: r}
	at := make([][]int, len(b.Lower))
	for k := range b.Lower {
		at[k] = make([]int, len(b.Lower[k]))
		for j := range b.Lower[k] {
			if b.Unstable(k, j) {
				at[k][j] = len(c.Units)
				c.Units = append(c.Units, Unit{k, j})
				c.Lower, c.Upper = append(c.Lower, b.Lower[k][j]), append(c.Upper, b.Upper[k][j])
			}
		}
	}
	p := r.newPass()
	p.bounds = b
	first := 0 // units of earlier relus
	for i, u := range c.Units {
		if i > 0 && c.Units[i-1].Relu != u.Relu {
			first = i
		}
		vertex := r.net.vertices[r.net.relus[u.Relu]].from[0]
		c.Rows = append(c.Rows, c.row(p, at, vertex, first, func(g []float64) { g[u.Unit] = 1 }))
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	last := r.net.output
	for class := range r.net.Classes() {
		if class != label {
			c.Rows = append(c.Rows, c.row(p, at, last, len(c.Units), func(g []float64) { g[label], g[class] = 1, -1 }))
		}
	}
	return c, nil
}

// row carries a row on a vertex back to the unstable units and the input.
func (c *Condensed) row(p *pass, at [][]int, vertex, units int, set func([]float64)) Row {
	row := Row{Input: make([]float64, len(c.region.x)), Units: make([]float64, units)}
	p.stop = func(relu, unit int, h float64) { row.Units[at[relu][unit]] = h }
	set(p.start(vertex))
	p.run(vertex)
	if p.touched[input] {
		copy(row.Input, p.held[input])
	}
	row.Constant = p.low.value
	row.Error = inflate(p.low.partial*unit + p.low.penalty)
	if p.lost {
		row.Error = math.Inf(1)
	}
	total := math.Abs(row.Constant)
	for k, f := range row.Input {
		total += math.Abs(f) * c.region.size[k]
	}
	for i, f := range row.Units {
		total += math.Abs(f) * c.Upper[i]
	}
	row.reach = inflate(total)
	return row
}
