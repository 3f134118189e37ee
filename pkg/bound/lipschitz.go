package bound

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
	"tightrope/pkg/relax"
	"tightrope/pkg/technique"
)

// Lipschitz is the oldest certificate (Szegedy et al. 2014; the margin of Tsuzuku et al. 2018): the product of the
// layers' operator norms in the norm of the ball bounds how far the output of a layer moves, a sum of vertices adds
// their constants, relus keep them, and other activations multiply them by their largest slope. Of the margins only the
// way back to the last activations is exact:
//
//	margin(x') >= margin(x) - r sum_k ||h_k||_q L_k,
//
// where r is the radius of the ball, h_k the row over activation k's output, and L_k the constant of that output.
// Operator norms are upper bounds (see [operatorNorm]). The constants hold everywhere, whatever the radius.
type Lipschitz struct{}

func init() { graphs[technique.Lipschitz] = Lipschitz{} }

// Name implements Technique.
func (Lipschitz) Name() string { return technique.Lipschitz.String() }

func (Lipschitz) untraced() {}

// works implements works; the norms of the weights cost the same for any number of samples, and are not counted.
func (Lipschitz) works(m model) []Work {
	return []Work{m.pass("values", Forward, m.last(), 1), m.tail()}
}

// Layers implements Technique: a unit moves no farther than its whole layer, in any of the norms.
func (Lipschitz) Layers(p *Problem) []Interval {
	constants, reach := lipschitzConstants(p), p.Region.Reach()
	_, z := p.Net.PreActivations(p.Region.X)
	var out []Interval
	for k := range p.Net.Activations() {
		dims := []int{p.batch()}
		for range p.Net.ShapeOf(p.inputOf(k)) {
			dims = append(dims, 1)
		}
		radius := Reshape(Mul(reach, constants[p.inputOf(k)]), dims...)
		out = append(out, Interval{Sub(z[k], radius), Add(z[k], radius)})
	}
	return out
}

// Bound implements Technique.
func (t Lipschitz) Bound(p *Problem) *Result {
	constants, reach, activations := lipschitzConstants(p), p.Region.Reach(), p.Net.Activations()
	margins := p.marginsAtX()
	v := p.Net.Backward(p.last(), p.Spec, func(k int, h *Node) *Node {
		far := Mul(reach, constants[activations[k]])
		margins = Sub(margins, Mul(dualNorm(p.Region.Norm(), h), far))
		return nil
	}, nil)
	if v != nil {
		margins = Add(margins, p.Region.Fall(v, v))
	}
	return &Result{Margins: margins, Layers: p.layers(t)}
}

// dualNorm is the norm dual to the ball's of rows [batch or 1, spec, units...]: [batch or 1, spec].
func dualNorm(norm ball.Norm, rows *Node) *Node {
	d := rows.Shape().Dimensions
	v := Reshape(rows, d[0], d[1], -1)
	switch norm {
	case ball.Linf:
		return ReduceSum(Abs(v), -1)
	case ball.L2:
		return region.L2(v)
	}
	return largest(Abs(v))
}

// largest is the largest entry over the last axis. Its gradient is that of the first one, where ReduceMax would count
// every tie in full: all positions of a convolution have the same sums of weights.
func largest(v *Node) *Node {
	axis := v.Rank() - 1
	first := OneHot(ArgMax(v, axis), v.Shape().Dimensions[axis], v.DType())
	return ReduceSum(Mul(v, StopGradient(first)), axis)
}

// lipschitzConstants are those of every vertex as functions of the input, in the ball's norm on both sides; scalars.
func lipschitzConstants(p *Problem) map[int]*Node {
	w := &constantNet{Problem: p, at: map[int]*Node{net.InputNode: Scalar(p.Region.X.Graph(), p.Region.X.DType(), 1)}}
	for i := range p.Net.Vertices {
		w.at[i] = net.Visit(p.Net.Network, i, w)
	}
	return w.at
}

// constantNet finds the constant of each vertex from those of the vertices before.
type constantNet struct {
	*Problem
	at map[int]*Node
}

// Linear implements net.Visitor.
func (w *constantNet) Linear(vertex int, layer net.Linear) *Node {
	before := w.at[w.Net.Vertices[vertex].Inputs[0]]
	return Mul(before, operatorNorm(layer, w.Net.ParamsOf(vertex), w.Region.Norm(), before))
}

// Relu implements net.Visitor.
func (w *constantNet) Relu(vertex, _ int) *Node { return w.at[w.Net.Vertices[vertex].Inputs[0]] }

// Smooth implements net.Visitor.
func (w *constantNet) Smooth(vertex, k int, f *relax.Smooth) *Node {
	return MulScalar(w.Relu(vertex, k), f.Steepest)
}

// Sum implements net.Visitor.
func (w *constantNet) Sum(vertex int) *Node {
	var terms []*Node
	for _, from := range w.Net.Vertices[vertex].Inputs {
		terms = append(terms, w.at[from])
	}
	return sum(terms)
}
