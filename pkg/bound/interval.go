package bound

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
	"tightrope/pkg/relax"
	"tightrope/pkg/technique"
)

// IBP is interval bound propagation (Gowal et al. 2018). For l_2 and l_1 the layers before the first relu use the dual
// norm of their rows (Appendix F); later layers use intervals as usual.
type IBP struct{}

func init() { graphs[technique.IBP] = IBP{} }

// Name implements Technique.
func (IBP) Name() string { return technique.IBP.String() }

// works implements works: centre and radius pushed forward; for l_2 and l_1 rows up to the first relus, and the spec
// rows back to the last ones.
func (IBP) works(m model) []Work {
	forward := m.pass("intervals", Forward, m.last(), 2)
	if m.norm == ball.Linf {
		return []Work{forward, m.tail()}
	}
	return append(m.firstRows(), forward, m.tail())
}

// tail counts the spec rows up to the relus that they meet first.
func (m model) tail() Work {
	w := Work{What: "margins", Form: WholeRows, Rows: m.spec, Pieces: m.spec, relu: -1}
	open := map[int]bool{m.last(): true}
	for i := m.last(); i >= 0; i-- {
		if !open[i] || net.IsActivation(m.Vertices[i].Layer) {
			continue
		}
		w.FLOPs += float64(m.spec) * m.flops(i)
		for _, from := range m.Vertices[i].Inputs {
			open[from] = true
			w.Kept += float64(m.spec * size(m.ShapeOf(from)))
		}
	}
	w.Live = liveFactor * w.Kept
	return w
}

// firstRows counts the rows of the units before any relu.
func (m model) firstRows() (all []Work) {
	for k, i := range m.Activations() {
		vertex := m.Vertices[i].Inputs[0]
		if len(relusBefore(m.Network, vertex)) == 0 {
			w := m.pass(fmt.Sprintf("relu %d", k+1), WholeRows, vertex, size(m.ShapeOf(vertex)))
			w.Pieces = 1
			all = append(all, w)
		}
	}
	return all
}

// Layers implements Technique.
func (IBP) Layers(p *Problem) []Interval {
	w := &intervalNet{Problem: p, memo: map[int]centred{}}
	var out []Interval
	for k := range p.Net.Activations() {
		out = append(out, w.interval(p.inputOf(k)))
	}
	return out
}

// Bound implements Technique; the spec rows are merged with the layers after the last relus.
func (t IBP) Bound(p *Problem) *Result {
	layers := p.layers(t)
	var terms []*Node
	v := p.Net.Backward(p.last(), p.Spec, func(k int, h *Node) *Node {
		a := p.after(k, layers[k])
		terms = append(terms, Sub(region.PairSum(h, a.centre), region.PairSum(Abs(h), a.radius)))
		return nil
	}, func(b *Node) { terms = append(terms, b) })
	if v != nil {
		terms = append(terms, p.Region.Min(v))
	}
	return &Result{Margins: sum(terms), Layers: layers}
}

// centred is an interval as centre and radius, [batch, units...].
type centred struct{ centre, radius *Node }

func (c centred) interval() Interval {
	return Interval{Sub(c.centre, c.radius), Add(c.centre, c.radius)}
}

// after is the interval of activation k's output for that of its input.
func (p *Problem) after(k int, i Interval) centred {
	l, u := MaxScalar(i.Lower, 0), MaxScalar(i.Upper, 0)
	if f := p.Net.SmoothAt(k); f != nil {
		l, u = f.GraphRange(i.Lower, i.Upper)
	}
	return centred{MulScalar(Add(l, u), 0.5), MulScalar(Sub(u, l), 0.5)}
}

// intervalNet finds the interval of each vertex once.
type intervalNet struct {
	*Problem
	memo map[int]centred
}

func (w *intervalNet) at(vertex int) centred {
	if c, ok := w.memo[vertex]; ok {
		return c
	}
	c := w.find(vertex)
	w.memo[vertex] = c
	return c
}

// interval is the interval of a vertex by its ends.
func (w *intervalNet) interval(vertex int) Interval {
	c := w.at(vertex)
	ends := w.Net.Elementwise(vertex, func(x []*Node) []*Node {
		i := centred{x[0], x[1]}.interval()
		return []*Node{i.Lower, i.Upper}
	}, c.centre, c.radius)
	return Interval{ends[0], ends[1]}
}

func (w *intervalNet) find(vertex int) centred {
	if vertex == net.InputNode {
		centre, radius := w.Region.Hull()
		return centred{centre, radius}
	}
	if w.Region.Norm() != ball.Linf && w.linear(vertex) {
		return w.byRows(vertex)
	}
	return net.Visit(w.Net.Network, vertex, w)
}

// Linear implements net.Visitor.
func (w *intervalNet) Linear(vertex int, layer net.Linear) centred {
	p, in := w.Net.ParamsOf(vertex), w.at(w.Net.Vertices[vertex].Inputs[0])
	return centred{layer.AddBias(p, layer.Apply(p, in.centre)), layer.AbsApply(p, in.radius)}
}

// Relu implements net.Visitor.
func (w *intervalNet) Relu(vertex, k int) centred {
	from := w.Net.Vertices[vertex].Inputs[0]
	in := w.at(from)
	out := w.Net.Elementwise(from, func(x []*Node) []*Node {
		c := w.after(k, centred{x[0], x[1]}.interval())
		return []*Node{c.centre, c.radius}
	}, in.centre, in.radius)
	return centred{out[0], out[1]}
}

// Smooth implements net.Visitor.
func (w *intervalNet) Smooth(vertex, k int, _ *relax.Smooth) centred { return w.Relu(vertex, k) }

// Sum implements net.Visitor.
func (w *intervalNet) Sum(vertex int) centred {
	var centres, radii []*Node
	for _, from := range w.Net.Vertices[vertex].Inputs {
		c := w.at(from)
		centres, radii = append(centres, c.centre), append(radii, c.radius)
	}
	return centred{w.Net.Total(vertex, centres...), w.Net.Total(vertex, radii...)}
}

// linear reports whether no activation lies between the input and a vertex.
func (w *intervalNet) linear(vertex int) bool {
	if vertex == net.InputNode {
		return true
	}
	v := w.Net.Vertices[vertex]
	if net.IsActivation(v.Layer) {
		return false
	}
	for _, from := range v.Inputs {
		if !w.linear(from) {
			return false
		}
	}
	return true
}

// byRows bounds a linear function of the input exactly, by the dual norm of its rows.
func (w *intervalNet) byRows(vertex int) centred {
	rows := w.Net.Backward(vertex, nil, nil, nil)
	lo, hi := w.Region.Deviation(rows)
	// Activations may stand before the vertex without being read by it: what they give is not used.
	unread := func(_ int, z *Node) *Node { return z }
	centre := w.Net.WalkTo(vertex, w.Region.Center(), unread)[vertex]
	c := centred{MulScalar(Add(lo, hi), 0.5), MulScalar(Sub(hi, lo), 0.5)}
	return centred{Add(centre, w.shaped(c.centre, vertex)), w.shaped(c.radius, vertex)}
}
