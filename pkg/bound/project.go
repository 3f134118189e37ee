package bound

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/relax"
	"tightrope/pkg/technique"
)

// Projected is Fast-Lin with the intermediate l, u of wide layers estimated by random projections (Wong et al. 2018),
// for training: K random vectors pushed forward instead of a row for every unit. The norms of all rows at once are, in
// mean over draws,
//
//	||v||_1 ~ median_k |v^T r_k|  with r_k standard Cauchy (l_inf balls; the adversaries of the relus in every ball),
//	||v||_2 ~ ||v^T R||_2 / sqrt(k)  with R standard Gaussian (l_2 balls).
//
// Layers of at most K units, the layers before the first relu and the spec rows are exact; so is everything for l_1,
// and for l_2 with a box, which have no projection. The bounds are ESTIMATES: they hold only on average and must not
// certify anything; [IsEstimate] tells. [Problem.Random] gives the draw.
type Projected struct {
	K int // number of random vectors; 0: 50
}

func (q Projected) vectors() int {
	if q.K <= 0 {
		return 50
	}
	return q.K
}

func init() { graphs[technique.Projected] = Projected{} }

// Name implements Technique.
func (q Projected) Name() string { return fmt.Sprintf("Fast-Lin (%d projections)", q.vectors()) }

// Estimate marks the bounds as estimates.
func (Projected) Estimate() bool { return true }

// works implements works: exact rows before the first relu and for narrow layers, else vectors pushed forward once for
// all layers.
func (q Projected) works(m model) []Work {
	var all []Work
	wide := -1
	for k, i := range m.Activations() {
		vertex := m.Vertices[i].Inputs[0]
		if size(m.ShapeOf(vertex)) <= q.vectors() || len(relusBefore(m.Network, vertex)) == 0 {
			all = append(all, m.units(fmt.Sprintf("relu %d", k+1), k))
		} else {
			wide = vertex
		}
	}
	if wide >= 0 {
		all = append(all, m.pass("random vectors", Forward, wide, q.vectors()))
	}
	return append(all, m.pass("centre", Forward, m.last(), 1), m.margins())
}

// Layers implements Technique.
func (q Projected) Layers(p *Problem) []Interval {
	if p.Random == nil {
		panic(fmt.Errorf("%s draws random vectors: set Problem.Random to a generator's state, a new one at every call",
			q.Name()))
	}
	return walkLinear(p, newProjection(p, q.vectors()).interval).intervals
}

// Bound implements Technique: the spec rows are exact on the estimated l, u.
func (q Projected) Bound(p *Problem) *Result { return FastLin{Intermediate: q}.Bound(p) }

// IsEstimate reports whether a technique's bounds hold only on average, so that they prove nothing.
func IsEstimate(t Technique) bool {
	e, ok := t.(interface{ Estimate() bool })
	return ok && e.Estimate()
}

// Estimate reports whether the intermediate bounds are estimates.
func (f FastLin) Estimate() bool { return IsEstimate(f.Intermediate) }

// Estimate reports whether the intermediate bounds are estimates.
func (c CROWN) Estimate() bool { return IsEstimate(c.Intermediate) }

// Estimate reports whether any of the techniques estimates.
func (b Best) Estimate() bool { return slices.ContainsFunc(b.of(), IsEstimate) }

// projection pushes random vectors through the linear network, as far as they are asked for.
type projection struct {
	k     int
	state *Node // of the random generator
	// Vectors at each vertex, [batch or 1, k, units...]. Cauchy vectors gather every part of a bound that is an l_1
	// norm, in one sum: the l_1 norm of all parts together is their sum. Gaussian ones carry the input's part for l_2.
	cauchy, gauss map[int]*Node
}

func newProjection(p *Problem, k int) *projection {
	return &projection{k: k, state: p.Random, cauchy: map[int]*Node{}, gauss: map[int]*Node{}}
}

func (s *projection) interval(w *linearNet, k int, centre *Node) Interval {
	vertex := w.inputOf(k)
	norm := w.Region.Norm()
	exact := norm == ball.L1 || norm == ball.L2 && w.Region.Boxed() || size(w.Net.ShapeOf(vertex)) <= s.k
	if exact || len(relusBefore(w.Net.Network, vertex)) == 0 {
		return w.interval(k, centre)
	}
	return s.estimate(w, k, centre)
}

// estimate is the interval of relu k's input by the random vectors.
func (s *projection) estimate(w *linearNet, k int, centre *Node) Interval {
	vertex, norm := w.inputOf(k), w.Region.Norm()
	cauchy := &randomVectors{linearNet: w, at: s.cauchy, start: func() *Node { return s.cauchyStart(w) },
		noise: func(k int) *Node { return s.cauchyRelu(w, k) }}
	radius := lowerMedian(Abs(cauchy.push(vertex)))
	if norm == ball.L2 {
		gauss := &randomVectors{linearNet: w, at: s.gauss, start: func() *Node { return s.gaussStart(w) }}
		v := gauss.push(vertex)
		square := MulScalar(ReduceSum(Square(v), 1), 1/float64(s.k))
		none := LessOrEqual(square, ZerosLike(square))
		radius = Add(radius, Where(none, ZerosLike(square), Sqrt(Where(none, OnesLike(square), square))))
	}
	return Interval{Sub(centre, radius), Add(centre, radius)}
}

// randomVectors is one kind of random vectors on its way through the linear network.
type randomVectors struct {
	*linearNet
	at    map[int]*Node        // vectors at each vertex so far; nil stands for none
	start func() *Node         // at the input
	noise func(relu int) *Node // what each relu adds; nil: nothing
}

// push gives the vectors at a vertex: start at the input, through the slopes of the linear network, plus what
// each relu adds; nil stands for none.
func (d *randomVectors) push(vertex int) *Node {
	if v, ok := d.at[vertex]; ok {
		return v
	}
	if vertex == net.InputNode {
		d.at[vertex] = d.start()
	} else {
		d.at[vertex] = net.Visit(d.Net.Network, vertex, d)
	}
	return d.at[vertex]
}

// Linear implements net.Visitor.
func (d *randomVectors) Linear(vertex int, layer net.Linear) *Node {
	in := d.push(d.Net.Vertices[vertex].Inputs[0])
	if in == nil {
		return nil
	}
	return applyRows(layer, d.Net.ParamsOf(vertex), in)
}

// Relu implements net.Visitor.
func (d *randomVectors) Relu(vertex, k int) *Node {
	total := d.push(d.Net.Vertices[vertex].Inputs[0])
	if total != nil {
		total = Mul(total, perRow(d.lines[k].UpperSlope))
	}
	if d.noise != nil {
		total = plus(total, d.noise(k))
	}
	return total
}

// Smooth implements net.Visitor: parallel lines are as those of a relu.
func (d *randomVectors) Smooth(vertex, k int, _ *relax.Smooth) *Node { return d.Relu(vertex, k) }

// Sum implements net.Visitor.
func (d *randomVectors) Sum(vertex int) (total *Node) {
	for _, from := range d.Net.Vertices[vertex].Inputs {
		total = plus(total, d.push(from))
	}
	return total
}

// plus is a + b, where nil stands for 0.
func plus(a, b *Node) *Node {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return Add(a, b)
}

// cauchyStart is the l_inf ball's part.
func (s *projection) cauchyStart(w *linearNet) *Node {
	if w.Region.Norm() != ball.Linf {
		return nil
	}
	return w.Region.Scaled(s.drawCauchy(w.Region.X))
}

// cauchyRelu is the part of a relu's adversaries: beta/2 for each unit.
func (s *projection) cauchyRelu(w *linearNet, k int) *Node {
	return Mul(s.drawCauchy(w.half[k]), perRow(w.half[k]))
}

func (s *projection) gaussStart(w *linearNet) *Node {
	var r *Node
	s.state, r = RandomNormal(s.state, s.shape(w.Region.X))
	return w.Region.Scaled(r)
}

// drawCauchy is one draw for the whole batch, [1, k, units...], by the inverse of the distribution function.
func (s *projection) drawCauchy(like *Node) *Node {
	var u *Node
	s.state, u = RandomUniform(s.state, s.shape(like))
	angle := MulScalar(AddScalar(u, -0.5), math.Pi)
	return Div(Sin(angle), Cos(angle))
}

func (s *projection) shape(like *Node) shapes.Shape {
	return shapes.Make(like.DType(), append([]int{1, s.k}, like.Shape().Dimensions[1:]...)...)
}

// lowerMedian is the element of rank floor((k-1)/2) along axis 1 of x >= 0: [batch, k, units...] -> [batch, units...].
// (The mean of the two middle elements is biased upwards by 2.6 % at k = 50.) The gradient passes to the element that
// is picked, or equally to ties.
func lowerMedian(x *Node) *Node {
	median := BroadcastToDims(selectRank(StopGradient(x), (x.Shape().Dimensions[1]-1)/2), x.Shape().Dimensions...)
	picked := ConvertDType(Equal(StopGradient(x), median), x.DType())
	return ReduceSum(Mul(x, Div(picked, ReduceAndKeep(picked, ReduceSum, 1))), 1)
}

// selectRank is the element of x >= 0 of a rank (from 0) along axis 1, without gradient: [batch, 1, units...].
func selectRank(x *Node, rank int) *Node {
	if backend.IsXLA(x.Graph().Backend()) {
		return Slice(Sort(x, 1, true), AxisRange(), AxisRange(rank, rank+1))
	}
	return selectBits(x, rank) // 40 times faster than sorting on the pure-Go backend
}

// selectBits finds the element bit by bit: floats of one sign are ordered as the integers of the same bits.
func selectBits(x *Node, rank int) *Node {
	integer, top := dtypes.Int32, 30
	if x.DType() == dtypes.Float64 {
		integer, top = dtypes.Int64, 62
	}
	bits := Bitcast(x, integer)
	limit := Scalar(x.Graph(), integer, float64(rank))
	found := ZerosLike(ReduceAndKeep(bits, ReduceMin, 1))
	for bit := top; bit >= 0; bit-- {
		higher := Add(found, Scalar(x.Graph(), integer, math.Ldexp(1, bit)))
		below := ReduceAndKeep(ConvertDType(LessThan(bits, higher), integer), ReduceSum, 1)
		found = Where(LessOrEqual(below, limit), higher, found)
	}
	return Bitcast(found, x.DType())
}
