package bound

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/net"
	"tightrope/pkg/region"
	"tightrope/pkg/relax"
	"tightrope/pkg/technique"
)

// FastLip is Fast-Lip (Weng et al. 2018, the paper of Fast-Lin): a local Lipschitz bound. Between an input x and any x'
// of the ball each relu is a secant, relu(z') - relu(z) = s (z' - z), whose slope s is 1 where the neuron is active all
// over the ball, 0 if it is inactive, and in [0, 1] where it is unstable; a smooth activation's slope lies between
// the least and the largest of its derivative on the neuron's interval. So the margin at x' is that at x plus g^T (x' -
// x), where g lies between two rows that interval arithmetic pushes back from the margin, and
//
//	margin(x') >= margin(x) - eps max{ ||g||_q : lower <= g <= upper },  1/p + 1/q = 1.
//
// (docs/method.md, "Lipschitz bounds")
type FastLip struct {
	Intermediate Technique // bounds of the relus; nil: Fast-Lin's, as in Weng et al.
}

func init() { graphs[technique.FastLip] = FastLip{} }

// Name implements Technique.
func (f FastLip) Name() string {
	if f.Intermediate == nil {
		return technique.FastLip.String()
	}
	return fmt.Sprintf("%v (%s)", technique.FastLip, f.Intermediate.Name())
}

func (FastLip) untraced() {}

// layersBy is the technique that bounds the relus.
func (f FastLip) layersBy() Technique {
	if f.Intermediate == nil {
		return FastLin{}
	}
	return f.Intermediate
}

// works implements works: the margins at x, and two rows for each of them.
func (f FastLip) works(m model) []Work {
	rows := m.margins()
	rows.FLOPs, rows.Live, rows.Kept = 2*rows.FLOPs, 2*rows.Live, 2*rows.Kept
	return append(m.intermediate(f.layersBy()), m.pass("values", Forward, m.last(), 1), rows)
}

// units implements rowwise.
func (f FastLip) units() unitwise { return unitsOf(f.layersBy()) }

// Layers implements Technique.
func (f FastLip) Layers(p *Problem) []Interval { return f.layersBy().Layers(p) }

// Bound implements Technique.
func (f FastLip) Bound(p *Problem) *Result {
	w := &slopeNet{Problem: p, layers: p.layers(f), rows: map[int]slopes{p.last(): {centre: p.Spec}}}
	margins := p.marginsAtX()
	if g, ok := w.backward(); ok {
		lower, upper := g.between()
		margins = Add(margins, p.Region.Fall(lower, upper))
	}
	return &Result{Margins: margins, Layers: w.layers}
}

// marginsAtX are the spec rows at the inputs themselves, [batch, spec].
func (p *Problem) marginsAtX() *Node { return region.PairSum(p.Spec, p.Net.Forward(p.Region.X)) }

// slopes are rows that are known up to a radius, both [batch or 1, spec, units...].
type slopes struct {
	centre, radius *Node // radius nil: 0
}

func (s slopes) between() (lower, upper *Node) {
	if s.radius == nil {
		return s.centre, s.centre
	}
	return Sub(s.centre, s.radius), Add(s.centre, s.radius)
}

func (s slopes) plus(t slopes) slopes {
	return slopes{Add(s.centre, t.centre), sum(present(s.radius, t.radius))}
}

// present are the nodes that are not nil.
func present(nodes ...*Node) (all []*Node) {
	for _, n := range nodes {
		if n != nil {
			all = append(all, n)
		}
	}
	return all
}

// slopeNet pushes intervals of rows back through the network.
type slopeNet struct {
	*Problem
	layers []Interval
	rows   map[int]slopes // over each vertex that has some
}

// backward gives the rows at the input; false if no path reaches it.
func (w *slopeNet) backward() (slopes, bool) {
	for i := w.last(); i >= 0; i-- {
		if _, ok := w.rows[i]; !ok {
			continue
		}
		before := net.Visit(w.Net.Network, i, w)
		for _, from := range w.Net.Vertices[i].Inputs {
			if old, ok := w.rows[from]; ok {
				w.rows[from] = old.plus(before)
			} else {
				w.rows[from] = before
			}
		}
	}
	g, ok := w.rows[net.InputNode]
	return g, ok
}

// Linear implements net.Visitor.
func (w *slopeNet) Linear(vertex int, layer net.Linear) slopes {
	p, s := w.Net.ParamsOf(vertex), w.rows[vertex]
	out := slopes{centre: layer.Adjoint(p, s.centre)}
	if s.radius != nil {
		out.radius = layer.AbsAdjoint(p, s.radius)
	}
	return out
}

// Relu implements net.Visitor: rows times a slope that is 1, 0, or anything between.
func (w *slopeNet) Relu(vertex, k int) slopes {
	lower, upper := w.rows[vertex].between()
	active := perRow(GreaterOrEqual(w.layers[k].Lower, ZerosLike(w.layers[k].Lower)))
	inactive := perRow(LessOrEqual(w.layers[k].Upper, ZerosLike(w.layers[k].Upper)))
	zero := ZerosLike(Mul(lower, perRow(w.layers[k].Lower)))
	dims := zero.Shape().Dimensions
	masked := func(row, between *Node) *Node {
		on := Where(BroadcastToDims(active, dims...), Add(row, zero), Add(between, zero))
		return Where(BroadcastToDims(inactive, dims...), zero, on)
	}
	lower, upper = masked(lower, MinScalar(lower, 0)), masked(upper, MaxScalar(upper, 0))
	return slopes{MulScalar(Add(lower, upper), 0.5), MulScalar(Sub(upper, lower), 0.5)}
}

// Smooth implements net.Visitor: rows times the slope of a secant, which is not negative.
func (w *slopeNet) Smooth(vertex, k int, f *relax.Smooth) slopes {
	least, most := f.GraphSecants(w.layers[k].Lower, w.layers[k].Upper)
	least, most = perRow(least), perRow(most)
	lower, upper := w.rows[vertex].between()
	lower, upper = Min(Mul(lower, least), Mul(lower, most)), Max(Mul(upper, least), Mul(upper, most))
	return slopes{MulScalar(Add(lower, upper), 0.5), MulScalar(Sub(upper, lower), 0.5)}
}

// Sum implements net.Visitor.
func (w *slopeNet) Sum(vertex int) slopes { return w.rows[vertex] }
