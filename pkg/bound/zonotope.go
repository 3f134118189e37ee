package bound

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/net"
	"tightrope/pkg/relax"
	"tightrope/pkg/technique"
)

// Zonotope is DeepZ (Singh et al. 2018): Fast-Lin's parallelograms propagated forward, with every generator explicit.
// The input's generators keep their Jacobian, so that the dual norm of the ball bounds their part; every unstable
// neuron adds one generator of its own. Equal to Fast-Lin where l, u agree, at the cost of one forward pass for every
// input and neuron: a check on Fast-Lin, for small networks.
type Zonotope struct{}

func init() { graphs[technique.DeepZ] = Zonotope{} }

// Name implements Technique.
func (Zonotope) Name() string { return technique.DeepZ.String() }

// works implements works: a generator for every input and every neuron, pushed forward to the logits.
func (Zonotope) works(m model) []Work {
	w := m.pass("generators", Forward, m.last(), m.InputSize()+m.HiddenUnits())
	return []Work{w}
}

// Layers implements Technique.
func (Zonotope) Layers(p *Problem) []Interval {
	w := &zonotopeNet{Problem: p}
	w.walk()
	return w.intervals
}

// Bound implements Technique; the result has no trace.
func (Zonotope) Bound(p *Problem) *Result { return (&zonotopeNet{Problem: p}).result() }

func (w *zonotopeNet) result() *Result {
	out := w.walk()
	d := w.Spec.Shape().Dimensions
	spec := BroadcastToDims(w.Spec, w.batch(), d[1], d[2])
	// [batch or 1, generators, classes] -> [batch, spec, generators]
	lo, _ := w.deviation(out, func(generators *Node) *Node {
		g := BroadcastToDims(generators, w.batch(), generators.Shape().Dimensions[1], d[2])
		return Dot(spec, g).General([]int{2}, []int{0}, []int{2}, []int{0})
	})
	centre := Squeeze(Dot(spec, InsertAxes(out.centre, -1)).General([]int{2}, []int{0}, []int{1}, []int{0}), -1)
	return &Result{Margins: Add(centre, lo), Layers: w.intervals}
}

// zonotope is centre + input part + sum of generators with coefficients in [-1,1].
type zonotope struct {
	centre *Node // [batch, units...]
	// generators by the relu that made them, [batch, generators, units...]; key net.InputNode: the
	// Jacobian with respect to the input, [batch or 1, inputs, units...].
	generators map[int]*Node
}

type zonotopeNet struct {
	*Problem
	at        map[int]zonotope // of each vertex so far
	intervals []Interval
	enclose   enclosure
}

// walk propagates the ball through the network, to the logits.
func (w *zonotopeNet) walk() zonotope {
	w.at = map[int]zonotope{net.InputNode: w.input()}
	for i := range w.Net.Vertices {
		w.at[i] = net.Visit(w.Net.Network, i, w)
	}
	return w.at[w.last()]
}

// Sum implements net.Visitor.
func (w *zonotopeNet) Sum(vertex int) zonotope {
	inputs := w.Net.Vertices[vertex].Inputs
	total := w.at[inputs[0]]
	for _, from := range inputs[1:] {
		total = total.plus(w.at[from])
	}
	return total
}

func (w *zonotopeNet) input() zonotope {
	x := w.Region.X
	return zonotope{w.Region.Center(), map[int]*Node{net.InputNode: identityLike(x, w.Net.Input)}}
}

// identityLike is one row for each unit of a shape: [1, units, shape...].
func identityLike(x *Node, shape []int) *Node {
	n := size(shape)
	eye := ConvertDType(Diagonal(x.Graph(), n), x.DType())
	return Reshape(eye, append([]int{1, n}, shape...)...)
}

// Linear implements net.Visitor.
func (w *zonotopeNet) Linear(vertex int, layer net.Linear) zonotope {
	p, in := w.Net.ParamsOf(vertex), w.at[w.Net.Vertices[vertex].Inputs[0]]
	out := zonotope{layer.AddBias(p, layer.Apply(p, in.centre)), map[int]*Node{}}
	for from, g := range in.generators {
		out.generators[from] = applyRows(layer, p, g)
	}
	return out
}

// applyRows is W g for every row: [batch, rows, in...] -> [batch, rows, out...].
func applyRows(layer net.Linear, p net.Params, rows *Node) *Node {
	d := rows.Shape().Dimensions
	y := layer.Apply(p, Reshape(rows, append([]int{d[0] * d[1]}, p.In...)...))
	return Reshape(y, append([]int{d[0], d[1]}, p.Out...)...)
}

// Relu implements net.Visitor: everything is scaled by the slopes, and each neuron gets a generator of length beta/2.
func (w *zonotopeNet) Relu(vertex, k int) zonotope {
	in := w.at[w.Net.Vertices[vertex].Inputs[0]]
	if w.Intermediate != nil {
		w.intervals = append(w.intervals, w.Intermediate[k])
	} else {
		w.intervals = append(w.intervals, w.interval(in))
	}
	lines := w.enclose.or(w.parallel)(k, w.intervals[k].Lower, w.intervals[k].Upper)
	middle, half := lines.Strip()
	out := zonotope{Add(Mul(lines.UpperSlope, in.centre), middle), map[int]*Node{}}
	for from, g := range in.generators {
		out.generators[from] = Mul(g, perRow(lines.UpperSlope))
	}
	out.generators[k] = Mul(identityLike(half, w.Net.ShapeOf(vertex)), perRow(half))
	return out
}

// Smooth implements net.Visitor: as a relu, with parallel lines of its own.
func (w *zonotopeNet) Smooth(vertex, k int, _ *relax.Smooth) zonotope { return w.Relu(vertex, k) }

func (w *zonotopeNet) interval(z zonotope) Interval {
	lo, hi := w.deviation(z, func(generators *Node) *Node {
		d := generators.Shape().Dimensions
		return TransposeAllAxes(Reshape(generators, d[0], d[1], -1), 0, 2, 1)
	})
	return Interval{Add(z.centre, ReshapeLike(lo, z.centre)), Add(z.centre, ReshapeLike(hi, z.centre))}
}

// deviation is how far rows over a zonotope's units can move from the centre, [batch, rows] each; onto maps
// generators [batch or 1, generators, units...] to their coefficients in each row, [batch or 1, rows, generators].
func (w *zonotopeNet) deviation(z zonotope, onto func(*Node) *Node) (lo, hi *Node) {
	jacobian := onto(z.generators[net.InputNode])
	d := jacobian.Shape().Dimensions
	lo, hi = w.Region.Deviation(Reshape(jacobian, append([]int{d[0], d[1]}, w.Net.Input...)...))
	for k := range w.intervals {
		if g := z.generators[k]; g != nil {
			radius := ReduceSum(Abs(onto(g)), -1)
			lo, hi = Sub(lo, radius), Add(hi, radius)
		}
	}
	return lo, hi
}

func (z zonotope) plus(y zonotope) zonotope {
	out := zonotope{Add(z.centre, y.centre), map[int]*Node{}}
	for k, g := range z.generators {
		out.generators[k] = g
	}
	for k, g := range y.generators {
		if old := out.generators[k]; old != nil {
			g = Add(old, g)
		}
		out.generators[k] = g
	}
	return out
}

func (p *Problem) batch() int { return p.Region.X.Shape().Dimensions[0] }
