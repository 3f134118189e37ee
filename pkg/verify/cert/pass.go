package cert

import (
	"math"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/vector"
)

// lanes is how many rows a pass carries at once.
const lanes = vector.Lanes

// pass carries rows back from a vertex to the input, [lanes] at once, each in a lane of its own. Entering a vertex it
// knows of each row
//
//	row . value >= constant + sum over vertices of held_v . value_v
//
// for every input of the region, in exact arithmetic: what rounding changes in a held entry is subtracted from the
// constant, times the largest size of the value that it multiplies. At a relu the entry h over its output is replaced
// by a number nu over its input, at the cost min over l <= z <= u of h relu(z) - nu z, which is sound for every nu.
//
// Rows of convolutions see windows: only the units that some row reaches are worked on.
type pass struct {
	*Region
	*scratch
	bounds    *Bounds
	rule      Rule                              // of unstable units
	active    [][]float64                       // where not nil: lower lines exact at these values ([Region.Adapted])
	both      bool                              // slopes do not depend on the sign (Fast-Lin): bound the upper side too
	stop      func(relu, unit int, h []float64) // where not nil: the pass ends at unstable units, and at the input
	lines     [][]vector.Line                   // of each relu; nil: not made yet
	enclosing [][]lines                         // of each smooth activation; nil: not made yet
	low, high [lanes]sum                        // high is of the negated rows
	lost      [lanes]bool                       // a coefficient left the range of the error analysis: nothing is known
}

// scratch is the memory of a region's passes, of which one runs at a time.
type scratch struct {
	held  []slot // of each vertex
	spare slot   // what is added to a vertex that holds something already
	stamp int32  // of the rows that are carried
	rows  int    // lanes in use
}

// slot is what a vertex holds.
type slot struct {
	block []float64 // [units][lanes]
	units []int32   // that hold something, in no order; others count as 0
	seen  []int32   // the stamp with which a unit was listed
}

func newSlot(size int) slot {
	return slot{block: make([]float64, size*lanes), seen: make([]int32, size)}
}

// newPass makes a pass on bounds of the relus' inputs by a rule.
func (r *Region) newPass(b *Bounds, rule Rule) *pass {
	if r.scratch == nil {
		if s, ok := r.net.idle.Get().(*scratch); ok {
			r.scratch = s
		} else {
			r.scratch = r.net.newScratch()
		}
	}
	return &pass{Region: r, scratch: r.scratch, bounds: b, rule: rule}
}

// rest gives the memory of the region's passes to other regions.
func (r *Region) rest() {
	if r.scratch != nil {
		r.net.idle.Put(r.scratch)
		r.scratch = nil
	}
}

func (p *Network) newScratch() *scratch {
	s, most := &scratch{held: make([]slot, len(p.vertices))}, 0
	for i := range p.vertices {
		s.held[i] = newSlot(p.vertices[i].size)
		most = max(most, p.vertices[i].size)
	}
	s.spare = newSlot(most)
	return s
}

// begin clears the pass.
func (p *pass) begin() {
	p.low, p.high, p.lost = [lanes]sum{}, [lanes]sum{}, [lanes]bool{}
	p.rows = 0
	if p.stamp == math.MaxInt32 {
		p.forget()
	}
	p.stamp++
	for i := range p.held {
		p.held[i].units = p.held[i].units[:0]
	}
}

// forget clears the stamps, before one of them comes again.
func (s *scratch) forget() {
	for i := range s.held {
		clear(s.held[i].seen)
	}
	s.stamp = 0
}

// put adds to an entry of a row on a vertex.
func (p *pass) put(vertex, unit, lane int, value float64) {
	s := &p.held[vertex]
	p.rows = max(p.rows, lane+1)
	s.list(unit, p.stamp)
	s.block[unit*lanes+lane] += value
}

// list adds a unit, with zeros, unless it is listed.
func (s *slot) list(unit int, stamp int32) {
	if s.seen[unit] != stamp {
		s.seen[unit] = stamp
		s.units = append(s.units, int32(unit))
		clear(s.block[unit*lanes : (unit+1)*lanes])
	}
}

// listAll lists all units of an empty slot, with zeros.
func (s *slot) listAll(stamp int32, size int) {
	for j := range size {
		s.seen[j] = stamp
		s.units = append(s.units, int32(j))
	}
	clear(s.block[:size*lanes])
}

// lane is one row on a vertex, with its zeros.
func (p *pass) lane(vertex, lane int, out []float64) []float64 {
	clear(out)
	s := &p.held[vertex]
	for _, j := range s.units {
		out[j] = s.block[int(j)*lanes+lane]
	}
	return out
}

// run carries the rows from their vertex to the input.
func (p *pass) run(vertex int) {
	for i := vertex; i > input; i-- {
		if len(p.held[i].units) == 0 {
			continue
		}
		p.guard(i)
		v := &p.net.vertices[i]
		switch v.kind {
		case affineVertex:
			p.affine(i, v)
		case sumVertex:
			for _, f := range v.from {
				p.accept(f, &p.held[i])
			}
		case reluVertex:
			if v.curve != nil {
				p.smooth(i, v)
			} else {
				p.relu(i, v)
			}
		}
	}
	if len(p.held[input].units) == 0 {
		return
	}
	p.guard(input)
	if p.stop == nil {
		p.minima()
	}
}

// guard marks the rows whose entries on a vertex are beyond the range of the error analysis.
func (p *pass) guard(vertex int) {
	var ok [lanes]float64
	vector.Range(&ok, p.held[vertex].block, p.held[vertex].units, largest)
	for q := range ok {
		p.lost[q] = p.lost[q] || ok[q] != 1
	}
}

// lower is at most the least value of the row in a lane over the region; -Inf where nothing is known.
func (p *pass) lower(lane int) float64 {
	if p.lost[lane] {
		return math.Inf(-1)
	}
	return p.low[lane].lower()
}

// upper is at least its largest value, after a pass for both sides; +Inf where nothing is known.
func (p *pass) upper(lane int) float64 {
	if p.lost[lane] {
		return math.Inf(1)
	}
	return -p.high[lane].lower()
}

// minima adds the least values over the input.
func (p *pass) minima() {
	s := &p.held[input]
	if p.ball.Norm != ball.Linf {
		p.eachMinimum()
		return
	}
	var least, most vector.Ends
	vector.Extremes(&least, &most, s.block, s.units, p.Region.lower, p.Region.upper, p.size)
	for q := range lanes {
		slack := gamma(len(s.units))*inflate(least.Size[q]) + underflow
		p.low[q].add(down(least.Sum[q]-slack), 0)
		p.high[q].add(down(-most.Sum[q]-slack), 0)
	}
}

// eachMinimum is minima for the balls whose minimum is found row by row.
func (p *pass) eachMinimum() {
	g := make([]float64, len(p.x))
	for q := range p.rows {
		if p.lost[q] {
			continue
		}
		p.low[q].add(p.minimum(p.lane(input, q, g)), 0)
		if p.both {
			for k := range g {
				g[k] = -g[k]
			}
			p.high[q].add(p.minimum(g), 0)
		}
	}
}

// affine carries g over W a + b to W^T g over a. The error of every entry is at most gamma sum_i |g_i||W_ij|, so all
// together cost gamma sum_i |g_i| reach_i, the bias's share included.
func (p *pass) affine(i int, v *vertex) {
	s := &p.held[i]
	var dot, size [lanes]float64
	vector.Weigh(&dot, &size, s.block, s.units, v.bias, p.reach[i])
	for q := range lanes {
		penalty := gamma(len(s.units)+1) * inflate(size[q])
		p.low[q].add(dot[q], penalty)
		p.high[q].add(-dot[q], penalty)
	}
	to := p.target(v.from[0])
	v.weight.addTransposed(s, to, p.stamp)
	p.arrive(v.from[0], to)
}

// target is where entries over a vertex may be written: its own slot while it holds nothing.
func (p *pass) target(vertex int) *slot {
	if len(p.held[vertex].units) == 0 {
		return &p.held[vertex]
	}
	p.spare.units = p.spare.units[:0]
	clear(p.spare.seen)
	return &p.spare
}

// arrive adds what was written elsewhere to a vertex.
func (p *pass) arrive(vertex int, from *slot) {
	if from == &p.spare {
		p.accept(vertex, from)
	}
}

// accept adds rows to what a vertex holds; each addition rounds.
func (p *pass) accept(vertex int, from *slot) {
	s := &p.held[vertex]
	var size [lanes]float64
	for _, j := range from.units {
		s.list(int(j), p.stamp)
		to := s.block[int(j)*lanes:][:lanes]
		for q, f := range from.block[int(j)*lanes:][:lanes] {
			to[q] += f
			size[q] += math.Abs(to[q]) * p.sizes[vertex][j]
		}
	}
	for q := range lanes {
		p.low[q].penalty += unit * inflate(size[q])
		p.high[q].penalty += unit * inflate(size[q])
	}
}
