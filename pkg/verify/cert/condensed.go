package cert

import (
	"context"
	"math"
	"slices"
	"sync"
)

// Unit names one unit of a relu layer, or of another activation.
type Unit struct {
	Relu int `json:"relu"` // in topological order
	Unit int `json:"unit"`
}

// Condensed is a network over a region without its stable units: where l >= 0 or u <= 0 a relu is linear, so the input
// of every other unit, and every margin, is an affine function of the network's input x and of the other units' outputs
// a,
//
//	value_i = Input_i . x + Units_i . a + Constant_i + something of size at most Error_i,
//
// for every x of the region. Proofs about the network are proofs about these rows. Units of smooth activations are
// never stable.
type Condensed struct {
	Units  []Unit    // activations in topological order, in each the units with the same window side by side
	Lower  []float64 // l of each; of relus below 0
	Upper  []float64 // u of each; of relus above 0
	curves []*curve  // of each; nil: a relu
	most   []float64 // of each: at least the size of its output
	Rows   []Row     // one for each unit, then one for each class but the label, in order
	Label  int
	region *Region
	once   sync.Once // of ranges, which all provers share
	ranges []ranges
}

// Row is one value as an affine function.
type Row struct {
	Input    []float64 // [inputs]
	Units    []float64 // [units before it]: coefficients of their relus' outputs; all units for a margin
	Constant float64
	Error    float64
	reach    float64 // at least the sum of the sizes of all terms
}

// ranges are where the entries of a row that are not 0 lie.
type ranges struct{ inputs, units [2]int }

// findRanges finds those of all rows.
func (c *Condensed) findRanges() {
	for i := range c.Rows {
		c.ranges = append(c.ranges, ranges{present(c.Rows[i].Input), present(c.Rows[i].Units)})
	}
}

// present is the range outside of which all entries are 0.
func present(v []float64) (r [2]int) {
	for k, f := range v {
		if f != 0 {
			if r[1] == 0 {
				r[0] = k
			}
			r[1] = k + 1
		}
	}
	return r
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
	defer r.rest()
	c := &Condensed{Label: label, region: r}
	at := make([][]int, len(b.Lower))
	firsts := make([]int, len(b.Lower)) // how many units are of earlier relus
	for k := range b.Lower {
		firsts[k], at[k] = len(c.Units), make([]int, len(b.Lower[k]))
		for _, j := range r.kept(b, k) {
			at[k][j] = len(c.Units)
			c.keep(Unit{k, j}, b)
		}
	}
	c.Rows = make([]Row, len(c.Units)+r.net.Classes()-1)
	p := r.newPass(b, CROWN)
	for k := range b.Lower {
		vertex := r.net.vertices[r.net.relus[k]].from[0]
		for part := range slices.Chunk(r.kept(b, k), lanes) {
			p.begin()
			for q, j := range part {
				p.put(vertex, j, q, 1)
			}
			c.carry(p, at, vertex, firsts[k], func(lane int) int { return at[k][part[lane]] })
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
	}
	first := len(c.Units)
	for part := range slices.Chunk(r.net.others(label), lanes) {
		p.begin()
		for q, class := range part {
			p.put(r.net.output, label, q, 1)
			p.put(r.net.output, class, q, -1)
		}
		c.carry(p, at, r.net.output, len(c.Units), func(lane int) int { return first + lane })
		first += len(part)
	}
	return c, nil
}

// keep adds a unit.
func (c *Condensed) keep(u Unit, b *Bounds) {
	l, h := b.Lower[u.Relu][u.Unit], b.Upper[u.Relu][u.Unit]
	f, most := c.region.net.vertices[c.region.net.relus[u.Relu]].curve, h
	if f != nil {
		from, to := f.reach(l, max(l, h))
		most = max(math.Abs(from), math.Abs(to))
	}
	c.Units, c.Lower, c.Upper = append(c.Units, u), append(c.Lower, l), append(c.Upper, h)
	c.curves, c.most = append(c.curves, f), append(c.most, most)
}

// carry propagates rows on a vertex back to the first kept units and the input; place is where the row of a lane
// belongs.
func (c *Condensed) carry(p *pass, at [][]int, vertex, units int, place func(lane int) int) {
	rows := make([]*Row, p.rows)
	for q := range rows {
		rows[q] = &c.Rows[place(q)]
		*rows[q] = Row{Input: make([]float64, len(c.region.x)), Units: make([]float64, units)}
	}
	p.stop = func(relu, unit int, h []float64) {
		for q, row := range rows {
			row.Units[at[relu][unit]] = h[q]
		}
	}
	p.run(vertex)
	for q, row := range rows {
		p.lane(input, q, row.Input)
		c.finish(row, &p.low[q], p.lost[q])
	}
}

// finish adds constant, error and reach to a row.
func (c *Condensed) finish(row *Row, low *sum, lost bool) {
	row.Constant = low.value
	row.Error = inflate(low.partial*unit + low.penalty)
	if lost {
		row.Error = math.Inf(1)
	}
	total := math.Abs(row.Constant)
	for k, f := range row.Input {
		total += math.Abs(f) * c.region.size[k]
	}
	for i, f := range row.Units {
		total += math.Abs(f) * c.most[i]
	}
	row.reach = inflate(total)
}
