package bound

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/net"
	"tightrope/pkg/region"
	"tightrope/pkg/relax"
	"tightrope/pkg/technique"
)

// Hybrid is the hybrid zonotope of DiffAI (Mirman et al. 2018): centre + J (x' - x) + box. The errors that the input
// makes stay correlated by their Jacobian J; those that relus make join a box, one number for each unit, in which they
// are independent of each other; of a smooth activation no unit is stable. So its memory grows with the inputs, not
// with the neurons as DeepZ's does. The zero value takes DeepZ's strips of the smallest area. (docs/method.md, section
// 7)
type Hybrid struct {
	// Boxed encloses unstable neurons by the box [0, u], which ignores how they depend on the input. The bounds then
	// lie inside IBP's, which does not hold for strips. Smooth activations are enclosed by [f(l), f(u)].
	Boxed bool
}

func init() {
	graphs[technique.HybridZonotope], graphs[technique.HybridBoxed] = Hybrid{}, Hybrid{Boxed: true}
}

// Name implements Technique.
func (h Hybrid) Name() string {
	if h.Boxed {
		return technique.HybridBoxed.String()
	}
	return technique.HybridZonotope.String()
}

func (Hybrid) untraced() {}

// works implements works: a generator for every input, centre and box, pushed forward; the spec rows back to the last
// relus.
func (Hybrid) works(m model) []Work {
	w := m.pass("generators", Forward, m.last(), m.InputSize()+2)
	w.Live, w.Kept = 0, 0
	for i, v := range m.Vertices {
		if m.shared(i) {
			continue
		}
		units, in := float64(w.Rows*size(v.Out)), 0.0
		if from := v.Inputs[0]; !m.shared(from) {
			in = float64(w.Rows * size(m.ShapeOf(from)))
		}
		w.Live, w.Kept = max(w.Live, liveFactor*(units+in)), w.Kept+units
	}
	return []Work{w, m.tail()}
}

// shared reports whether a vertex is a linear function of the input, whose Jacobian all samples share.
func (m model) shared(vertex int) bool {
	return vertex == net.InputNode || len(relusBefore(m.Network, vertex)) == 0
}

// Layers implements Technique.
func (h Hybrid) Layers(p *Problem) []Interval { return h.walk(p).intervals }

// Bound implements Technique; the spec rows are merged with the layers after the last relus. The result has no trace.
func (h Hybrid) Bound(p *Problem) *Result {
	w := h.walk(p)
	activations := p.Net.Activations()
	var terms []*Node
	v := p.Net.Backward(p.last(), p.Spec, func(k int, rows *Node) *Node {
		a := w.at[activations[k]]
		terms = append(terms, region.PairSum(rows, a.centre), Neg(region.PairSum(Abs(rows), a.box)))
		w.input = sum(nonNil(w.input, w.onto(rows, a.jacobian)))
		return nil
	}, func(b *Node) { terms = append(terms, b) })
	if v != nil {
		terms = append(terms, region.PairSum(v, p.Region.Center()))
		w.input = sum(nonNil(w.input, v))
	}
	if w.input != nil {
		lo, _ := p.Region.Deviation(w.input)
		terms = append(terms, lo)
	}
	return &Result{Margins: sum(terms), Layers: w.intervals}
}

// walk propagates the ball through the network.
func (h Hybrid) walk(p *Problem) *hybridNet {
	w := &hybridNet{Problem: p, lines: p.parallel}
	if h.Boxed {
		w.lines = p.boxed
	}
	x := p.Region.Center()
	w.at = map[int]hybrid{net.InputNode: {x, identityLike(x, p.Net.Input), nil}}
	for i := range p.Net.Vertices {
		w.at[i] = net.Visit(p.Net.Network, i, w)
	}
	return w
}

// hybrid is centre + jacobian (x' - Center) + box b with b in [-1,1] for every unit.
type hybrid struct {
	centre   *Node // [batch, units...]
	jacobian *Node // [batch or 1, inputs, units...]
	box      *Node // [batch, units...], not negative; nil: 0, before the first relus
}

type hybridNet struct {
	*Problem
	lines     enclosure      // parallel
	at        map[int]hybrid // of each vertex so far
	intervals []Interval
	input     *Node // rows at the input that margins have collected
}

// boxed gives two constant lines of activation k, but of a stable relu itself.
func (p *Problem) boxed(k int, l, u *Node) relax.GraphLines {
	if f := p.Net.SmoothAt(k); f != nil {
		return f.GraphBoxed(l, u)
	}
	return relax.GraphBoxed(l, u)
}

// Sum implements net.Visitor.
func (w *hybridNet) Sum(vertex int) hybrid {
	inputs := w.Net.Vertices[vertex].Inputs
	total := w.at[inputs[0]]
	for _, from := range inputs[1:] {
		more := w.at[from]
		total = hybrid{Add(total.centre, more.centre), Add(total.jacobian, more.jacobian),
			sum(nonNil(total.box, more.box))}
	}
	return total
}

// Linear implements net.Visitor.
func (w *hybridNet) Linear(vertex int, layer net.Linear) hybrid {
	p, in := w.Net.ParamsOf(vertex), w.at[w.Net.Vertices[vertex].Inputs[0]]
	out := hybrid{layer.AddBias(p, layer.Apply(p, in.centre)), applyRows(layer, p, in.jacobian), nil}
	if in.box != nil {
		out.box = layer.AbsApply(p, in.box)
	}
	return out
}

// Relu implements net.Visitor: everything is scaled by the slopes, and what lies between the lines joins the box.
func (w *hybridNet) Relu(vertex, k int) hybrid {
	in := w.at[w.Net.Vertices[vertex].Inputs[0]]
	if w.Intermediate != nil {
		w.intervals = append(w.intervals, w.Intermediate[k])
	} else {
		w.intervals = append(w.intervals, w.interval(in))
	}
	lines := w.lines(k, w.intervals[k].Lower, w.intervals[k].Upper)
	middle, half := lines.Strip()
	out := hybrid{Add(Mul(lines.UpperSlope, in.centre), middle), Mul(in.jacobian, perRow(lines.UpperSlope)), half}
	if in.box != nil {
		out.box = Add(Mul(lines.UpperSlope, in.box), half)
	}
	return out
}

// Smooth implements net.Visitor: as a relu, with parallel lines of its own.
func (w *hybridNet) Smooth(vertex, k int, _ *relax.Smooth) hybrid { return w.Relu(vertex, k) }

// interval bounds each unit.
func (w *hybridNet) interval(z hybrid) Interval {
	d := z.jacobian.Shape().Dimensions
	lo, hi := w.Region.Deviation(w.rows(TransposeAllAxes(Reshape(z.jacobian, d[0], d[1], -1), 0, 2, 1)))
	l, u := Add(z.centre, ReshapeLike(lo, z.centre)), Add(z.centre, ReshapeLike(hi, z.centre))
	if z.box == nil {
		return Interval{l, u}
	}
	return Interval{Sub(l, z.box), Add(u, z.box)}
}

// onto are rows over a vertex as rows over the input: [batch or 1, spec, units...] and the Jacobian give [batch, spec,
// input...].
func (w *hybridNet) onto(rows, jacobian *Node) *Node {
	r, j := rows.Shape().Dimensions, jacobian.Shape().Dimensions
	n := size(r[2:])
	spec := BroadcastToDims(Reshape(rows, r[0], r[1], n), w.batch(), r[1], n)
	all := BroadcastToDims(Reshape(jacobian, j[0], j[1], n), w.batch(), j[1], n)
	return w.rows(Dot(spec, all).General([]int{2}, []int{0}, []int{2}, []int{0}))
}

// rows gives rows over the flat input its shape: [batch or 1, spec, inputs] -> [batch or 1, spec, input...].
func (w *hybridNet) rows(flat *Node) *Node {
	d := flat.Shape().Dimensions
	return Reshape(flat, append([]int{d[0], d[1]}, w.Net.Input...)...)
}

// nonNil drops what is nil.
func nonNil(nodes ...*Node) (kept []*Node) {
	for _, n := range nodes {
		if n != nil {
			kept = append(kept, n)
		}
	}
	return kept
}
