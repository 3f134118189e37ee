package bound

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/relax"
)

// A relu whose input has one sign in the whole region acts as z or 0, no matter which bounds established it: only the
// units that may be unstable need exact bounds, and so rows, for the margins to be exact. Two radii around the centre
// of Fast-Lin's linear network tell the others apart for next to nothing:
//
//   - the radii of the relus before, pushed through |W| (as the zonotope's would be if every unit had noise of its
//     own);
//   - for a dense layer W over the first one, M, with the relu's slopes D between: by Cauchy and Schwarz
//     sum_k |V_k| r_k <= sqrt(sum_k V_k^2 s_k) sqrt(sum_k r_k^2/s_k) for V = W D M and every s > 0, and the first
//     sum is the quadratic form of the matrix M diag(s) M^T, the same for all samples and small where there are more
//     inputs than units.
//
// On lpd_mlp_b_0.1 at eps 0.1 the second leaves 14 % of the units of layer two (5.8 % are unstable); on
// mnist_cnn_small_lpd the first leaves 7 % of the second convolution and about 30 % of the dense layer.

// mostScreened is the number of relus up to which [Screens] says yes: each is one call more, of a graph that grows.
// worthScreening are the operations for one sample's rows below which the calls cost more than they save.
const (
	mostScreened   = 4
	worthScreening = 8e6
)

// Screens reports whether Fast-Lin's margins of a network are computed faster with rows only for the units that
// [FastLin.Screen] reports.
func Screens(n *net.Network, norm ball.Norm) bool {
	if relus := len(n.Relus()); norm != ball.Linf || relus < 2 || relus > mostScreened || len(n.Smooths()) > 0 {
		return false // units of a smooth activation are never stable
	}
	flops := 0.0
	for _, w := range (model{Network: n, norm: norm}).unitRows()[1:] {
		flops += w.FLOPs
	}
	return flops >= worthScreening
}

// Screen computes which units of relu k's input need rows: [batch, units], positive where the interval of the cheap
// radius contains 0. p.Needed must list the units that the relus before k need.
func (FastLin) Screen(p *Problem, k int) *Node {
	w := &linearNet{Problem: p}
	vertex := p.inputOf(k)
	centre := p.Net.WalkTo(vertex, p.Region.Center(),
		func(j int, z *Node) *Node { return w.relax(w.interval(j, z), z) })[vertex]
	radius := w.cheap(vertex)
	score := Sub(MulScalar(radius, 1+doubt(radius)), Abs(centre))
	return Reshape(score, score.Shape().Dimensions[0], -1)
}

// doubt is the relative rounding of a radius that two graphs compute.
func doubt(x *Node) float64 {
	if x.DType() == dtypes.Float64 {
		return 1e-12
	}
	return 1e-4
}

// needed are the units of relu k whose bounds are found by rows; nil: all. Regions of other norms than l_inf may reach
// further down than up, or the other way: a single radius would be no bound.
func (w *linearNet) needed(k int) *pick {
	if k >= len(w.Needed) || w.Needed[k] == nil || w.Region.Norm() != ball.Linf {
		return nil
	}
	index, shape := w.Needed[k], w.Net.ShapeOf(w.inputOf(k))
	if index.Shape().Size() == w.Region.X.Shape().Dimensions[0]*size(shape) {
		return nil
	}
	return newPick(index, shape)
}

// screened bounds the units picked as interval does, the others by the cheap radius, through which no gradient passes.
func (w *linearNet) screened(vertex int, centre *Node, rows *pick) Interval {
	some := *w
	some.pick = rows
	_, exact := some.deviation(vertex, nil, nil)
	cheap := StopGradient(w.cheap(vertex))
	radius := rows.spread(Squeeze(exact, 1), Reshape(cheap, cheap.Shape().Dimensions[0], -1))
	radius = w.shaped(radius, vertex)
	return Interval{Sub(centre, radius), Add(centre, radius)}
}

// cheap is a radius of every unit of a vertex that is at least the exact one, [batch, units...].
func (w *linearNet) cheap(vertex int) *Node {
	radius := w.reach(vertex, map[int]*Node{})
	if gram := w.gram(vertex); gram != nil {
		radius = Min(radius, w.shaped(gram, vertex))
	}
	return radius
}

// reach is the radius of a vertex from those of the vertices before.
func (w *linearNet) reach(vertex int, known map[int]*Node) *Node {
	if vertex == net.InputNode {
		_, radius := w.Region.Hull()
		return radius
	}
	if known[vertex] == nil {
		known[vertex] = net.Visit(w.Net.Network, vertex, radii{w, known})
	}
	return known[vertex]
}

// radii pushes the radii of the vertices before a vertex through |W| and the relus' slopes.
type radii struct {
	*linearNet
	known map[int]*Node
}

// Linear implements net.Visitor.
func (r radii) Linear(vertex int, layer net.Linear) *Node {
	p := r.Net.ParamsOf(vertex)
	return layer.AbsApply(p, r.reach(r.Net.Vertices[vertex].Inputs[0], r.known))
}

// Relu implements net.Visitor.
func (r radii) Relu(_, k int) *Node {
	width := Sub(r.intervals[k].Upper, r.intervals[k].Lower)
	return Add(Mul(r.lines[k].UpperSlope, MulScalar(width, 0.5)), r.half[k])
}

// Smooth implements net.Visitor: parallel lines are as those of a relu.
func (r radii) Smooth(vertex, k int, _ *relax.Smooth) *Node { return r.Relu(vertex, k) }

// Sum implements net.Visitor.
func (r radii) Sum(vertex int) *Node {
	var terms []*Node
	for _, from := range r.Net.Vertices[vertex].Inputs {
		terms = append(terms, r.reach(from, r.known))
	}
	return sum(terms)
}

// gram is the radius by Cauchy and Schwarz, [batch, units]; nil if the vertex is not a dense layer over the first
// relu, whose input is one too, of far fewer units than inputs.
func (w *linearNet) gram(vertex int) *Node {
	before := relusBefore(w.Net.Network, vertex)
	if len(before) != 1 || before[0] != 0 || len(w.Net.ShapeOf(vertex)) != 1 {
		return nil
	}
	first := w.inputOf(0)
	n, inputs := size(w.Net.ShapeOf(first)), w.Net.InputSize()
	if len(w.Net.ShapeOf(first)) != 1 || inputs < 2*n {
		return nil
	}
	var over *Node // rows over the relu's output, [1, units, n]
	if w.Net.Backward(vertex, nil, func(_ int, h *Node) *Node { over = h; return nil }, nil) != nil {
		return nil // a path around the relu
	}
	m := Reshape(w.Net.Backward(first, nil, nil, nil), n, inputs)
	half := Dot(Reshape(w.half[0], -1, n), Abs(Squeeze(over, 0))).General([]int{1}, nil, []int{1}, nil)
	return Add(half, w.cauchySchwarz(m, Mul(over, perRow(w.lines[0].UpperSlope))))
}

// cauchySchwarz bounds sum_k |(rows m)_k| r_k for rows [batch, units, n] and m [n, inputs]: [batch, units].
func (w *linearNet) cauchySchwarz(m, rows *Node) *Node {
	d := rows.Shape().Dimensions
	flat := Reshape(rows, d[0]*d[1], d[2])
	// Rows and columns are fractions of their largest entry here: squares of small numbers would be lost.
	rowSize, size := largestOr1(flat, -1), Reshape(largestOr1(Reshape(m, -1), -1), 1, 1)
	flat, m = Div(flat, rowSize), Div(m, size)
	// s_k is 1 over the column's root mean square, which is about where the bound is tightest.
	rms := Sqrt(ReduceAndKeep(Square(m), ReduceMean, 0))
	rms = MaxScalar(Max(rms, MulScalar(ReduceAllMax(rms), 1e-3)), tinyFloat)
	gram := Dot(Div(m, rms), m).General([]int{1}, nil, []int{1}, nil)
	form := ReduceSum(Mul(Dot(flat, gram).Product(), flat), -1)
	// What rounding may have taken from the sum: |gram_ij| <= sqrt(gram_ii gram_jj).
	root := Sqrt(ReduceSum(Div(Square(m), rms), -1))
	most := Square(Dot(Abs(flat), root).Product())
	form = MaxScalar(Add(form, MulScalar(most, 4*float64(d[2])*epsilon(m))), 0)
	_, radius := w.Region.Hull()
	r := Reshape(radius, -1, m.Shape().Dimensions[1])
	spent := Sqrt(ReduceSum(Mul(Square(r), rms), -1))
	root = Mul(Sqrt(form), Squeeze(Mul(rowSize, size), -1))
	return Mul(Reshape(root, d[0], d[1]), InsertAxes(spent, -1))
}

// largestOr1 is the largest size of an entry along an axis, which is kept, or 1 where all are 0.
func largestOr1(x *Node, axis int) *Node {
	size := ReduceAndKeep(Abs(x), ReduceMax, axis)
	return Where(GreaterThan(size, ZerosLike(size)), size, OnesLike(size))
}

// tinyFloat keeps divisors above 0.
const tinyFloat = 1e-30

// epsilon is the unit of rounding of a node's precision.
func epsilon(x *Node) float64 {
	if x.DType() == dtypes.Float64 {
		return 0x1p-53
	}
	return 0x1p-24
}
