// Package bound computes sound bounds of a whole network over a ball of inputs:
// interval.go (IBP), fastlin.go, crown.go (CROWN and CROWN-IBP), one technique a file.
//
// A technique is graph code: it maps a [Problem] to a [Result] whose nodes are
// differentiable in the network's parameters. [Evaluator] runs one on data.
package bound

import (
	"fmt"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// Interval bounds the input z of one relu layer: Lower <= z <= Upper, each [batch, units...] (l, u in the paper).
type Interval struct{ Lower, Upper *Node }

// Problem asks for lower bounds of spec^T logits over a region: problem C of docs/method.md, section 2.
type Problem struct {
	Net    *net.Symbolic
	Region *region.Region
	Spec   *Node // rows over the logits, [batch or 1, spec, classes]; [Margins] makes the usual ones
	// Intermediate are the bounds of every relu, in topological order, if they are already known; nil: the technique
	// computes its own.
	Intermediate []Interval
	// Needed lists, per relu, the units that get exact bounds; it must include every unit that [FastLin.Screen]
	// reports: indices sample*units + unit, ascending, [rows] int32; nil or missing: all units. The others are bounded
	// by a cheaper radius that proves them stable, so that the margins are the same. Only Fast-Lin's own bounds
	// (l_inf) use it.
	Needed []*Node
	// Random is the state of a random generator (graph.RNGState), for techniques that estimate ([Projected]); nil: they
	// panic. It must be an input of the graph, with a new value for every call; otherwise every call repeats the same
	// draw.
	Random *Node
}

// Result of a technique.
type Result struct {
	Margins *Node      // lower bounds p_C of the spec rows, [batch, spec]
	Layers  []Interval // bounds of each relu's input, in topological order
	// Trace of the backward pass for the spec rows; nil for IBP, which has none.
	Trace *Trace
}

// Trace is the optimum of the relaxed problem, row by row: what the tightness indicators look at.
type Trace struct {
	Relus  []Choice // in topological order
	Input  *Node    // v, the gradient at the input, [batch, spec, input...]
	region *region.Region
}

// Choice is the line that the optimum uses at each neuron of one relu layer.
type Choice struct {
	H     *Node // gradient h at the relu's output, [batch or 1, spec, units...]
	Slope *Node // D, broadcasts to H's shape with the batch's size
	// Intercept is delta*: the lower line's (relu: 0) where h >= 0, the upper line's where h < 0 (docs/method.md,
	// section 5).
	Intercept *Node
}

// XStar is the input x* at which the relaxed problem is optimal, [batch, spec, input...].
func (t *Trace) XStar() *Node { return t.region.ArgMin(t.Input) }

// Technique bounds a network. Implementations build graph code and panic on programming errors only.
type Technique interface {
	// Name is the standard name, e.g. "Fast-Lin".
	Name() string
	// Layers bounds the input of every relu.
	Layers(p *Problem) []Interval
	// Bound bounds the spec rows.
	Bound(p *Problem) *Result
}

// untraced is a technique whose results have no [Trace], and so no optimal input x*.
type untraced interface{ untraced() }

func (IBP) untraced()      {}
func (Zonotope) untraced() {}
func (Best) untraced()     {}

// hasOptimum reports whether a technique's results have a trace.
func hasOptimum(t Technique) bool {
	_, none := t.(untraced)
	return !none
}

// WithOptimum returns a technique whose results have a [Trace], for code that needs the optimal input x*; nil stands
// for FastLin{}. It returns an error for a technique without a trace: IBP, zonotopes and the best of several.
func WithOptimum(t Technique) (Technique, error) {
	if t == nil {
		return FastLin{}, nil
	}
	if !hasOptimum(t) {
		return nil, fmt.Errorf("%s has no optimal input x*: use Fast-Lin, CROWN or CROWN-IBP", t.Name())
	}
	return t, nil
}

// Margins are the spec rows e_y - e_t for every class t, with a zero row at t = y:
// labels [batch] (int32) -> [batch, classes, classes].
func Margins(labels *Node, classes int, like *Node) *Node {
	y := OneHot(labels, classes, like.DType())
	eye := ConvertDType(Diagonal(labels.Graph(), classes), like.DType())
	return Sub(InsertAxes(y, 1), InsertAxes(eye, 0))
}

// OtherMargins are the spec rows e_y - e_t for the other classes only, t = y+1, y+2, ... modulo the number of classes:
// labels [batch] (int32) -> [batch, classes-1, classes].
func OtherMargins(labels *Node, classes int, like *Node) *Node {
	g := labels.Graph()
	steps := AddScalar(Iota(g, shapes.Make(labels.DType(), 1, classes-1), 1), 1)
	others := ModScalar(Add(InsertAxes(labels, 1), steps), classes)
	return Sub(InsertAxes(OneHot(labels, classes, like.DType()), 1), OneHot(others, classes, like.DType()))
}

// layers gives the problem's own intermediate bounds, or those of a technique.
func (p *Problem) layers(t Technique) []Interval {
	if p.Intermediate != nil {
		return p.Intermediate
	}
	return t.Layers(p)
}

// last is the vertex of the logits.
func (p *Problem) last() int { return len(p.Net.Vertices) - 1 }

// shaped reshapes [batch, units] to the shape of a vertex, [batch, units...].
func (p *Problem) shaped(x *Node, vertex int) *Node {
	return Reshape(x, append([]int{x.Shape().Dimensions[0]}, p.Net.ShapeOf(vertex)...)...)
}

// inputOf is the vertex whose value activation k reads.
func (p *Problem) inputOf(k int) int {
	return p.Net.Vertices[p.Net.Activations()[k]].Inputs[0]
}

// inputInterval bounds the input itself: what a relu that reads the network's input gets.
func (p *Problem) inputInterval() Interval { return Interval{p.Region.Lower, p.Region.Upper} }

// perRow inserts the spec axis: [batch, units...] -> [batch, 1, units...].
func perRow(x *Node) *Node { return InsertAxes(x, 1) }

// sum adds nodes that broadcast to each other; nil for none.
func sum(terms []*Node) *Node {
	var total *Node
	for _, t := range terms {
		if total == nil {
			total = t
		} else {
			total = Add(total, t)
		}
	}
	return total
}
