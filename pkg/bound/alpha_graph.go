package bound

import (
	. "github.com/gomlx/gomlx/core/graph"

	arch "tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
	"tightrope/pkg/relax"
)

// Adam's constants (Kingma & Ba 2015).
const (
	adamBeta1 = 0.9
	adamBeta2 = 0.999
	adamTiny  = 1e-8 // of gradients of margins, as fractions of the sample's largest
)

// alphaPass is one set of rows with slopes of their own: the lower or upper bounds of a relu's input, or the spec rows.
type alphaPass struct {
	relu   int // whose input is bounded; -1: the spec rows
	negate bool
	shared bool  // one slope for all rows
	before []int // the relus that its slopes belong to
}

// alphaPasses lists the passes whose slopes are optimised, relu by relu, the spec rows last.
func alphaPasses(n *net.Network, o AlphaOptions) (passes []alphaPass) {
	relus := n.Activations()
	for k, vertex := range relus {
		if before := relusBefore(n, n.Vertices[vertex].Inputs[0]); o.Joint && len(before) > 0 {
			passes = append(passes, alphaPass{k, false, o.ShareRows, before}, alphaPass{k, true, o.ShareRows, before})
		}
	}
	return append(passes, alphaPass{relu: -1, before: relusBefore(n, len(n.Vertices)-1)})
}

// relusBefore lists the relus that a vertex depends on, itself included, by their order.
func relusBefore(n *net.Network, vertex int) (found []int) {
	needed := map[int]bool{vertex: true}
	for i := vertex; i >= 0; i-- {
		if needed[i] {
			for _, from := range n.Vertices[i].Inputs {
				needed[from] = true
			}
		}
	}
	for k, i := range n.Activations() {
		if needed[i] {
			found = append(found, k)
		}
	}
	return found
}

// alphaState is what one iteration reads and writes.
type alphaState struct {
	margins   *Node      // best bounds of the spec rows, [batch, rows]
	intervals []Interval // best bounds of each relu's input
	// slopes [batch, rows or 1, units...] of every pass and relu, then their first and second moments
	moving []*Node
}

func (s alphaState) slopes() []*Node { return s.moving[:len(s.moving)/3] }

func (s alphaState) nodes() []*Node {
	out := []*Node{s.margins}
	for _, i := range s.intervals {
		out = append(out, i.Lower, i.Upper)
	}
	return append(out, s.moving...)
}

// state reads an alphaState from a step's last arguments.
func (e *AlphaEvaluator) state(args []*Node) (s alphaState) {
	s.margins, args = args[0], args[1:]
	for range e.program.Network().Activations() {
		s.intervals, args = append(s.intervals, Interval{args[0], args[1]}), args[2:]
	}
	s.moving = args
	return s
}

func (e *AlphaEvaluator) problem(n *net.Symbolic, args []*Node) *Problem {
	return &Problem{Net: n, Region: region.AtEps(e.options.Ball, args[0], args[2]), Spec: args[1]}
}

// startGraph takes x, spec, eps and whether to start from Fast-Lin's slopes (0 or 1);
// it returns the logits and an alphaState with CROWN's bounds.
func (e *AlphaEvaluator) startGraph(n *net.Symbolic, args []*Node) []*Node {
	p := e.problem(n, args)
	known := e.options.Intermediate.Layers(p)
	p.Intermediate = known
	result := CROWN{}.Bound(p)
	s := alphaState{margins: result.Margins}
	var slopes []*Node
	for _, i := range known {
		s.intervals = append(s.intervals, full(i, args[0]))
		slopes = append(slopes, startSlope(full(i, args[0]), args[3]))
	}
	for _, pass := range e.passes {
		for _, k := range pass.before {
			s.moving = append(s.moving, e.repeat(p, pass, slopes[k]))
		}
	}
	slots := len(s.moving)
	for range 2 { // the moments
		for _, slope := range s.moving[:slots] {
			s.moving = append(s.moving, ZerosLike(slope))
		}
	}
	return append([]*Node{p.Net.Forward(args[0])}, s.nodes()...)
}

// full gives an interval the batch's size, which it lacks where it does not depend on the sample.
func full(i Interval, x *Node) Interval {
	d := append([]int{x.Shape().Dimensions[0]}, i.Lower.Shape().Dimensions[1:]...)
	return Interval{BroadcastToDims(i.Lower, d...), BroadcastToDims(i.Upper, d...)}
}

// startSlope is CROWN's lower slope, or Fast-Lin's where the flag is 1.
func startSlope(i Interval, fastLin *Node) *Node {
	crown, parallel := relax.GraphCROWN(i.Lower, i.Upper), relax.GraphFastLin(i.Lower, i.Upper)
	return Add(crown.LowerSlope, Mul(fastLin, Sub(parallel.LowerSlope, crown.LowerSlope)))
}

// repeat gives every row of a pass its own copy of a relu's slopes: [batch, units...] -> [batch, rows or 1, units...].
func (e *AlphaEvaluator) repeat(p *Problem, pass alphaPass, slope *Node) *Node {
	d := slope.Shape().Dimensions
	rows := 1
	switch {
	case pass.relu < 0:
		rows = p.Spec.Shape().Dimensions[1]
	case !pass.shared:
		rows = size(p.Net.ShapeOf(p.inputOf(pass.relu)))
	}
	return BroadcastToDims(perRow(slope), append([]int{d[0], rows}, d[1:]...)...)
}

// stepGraph takes x, spec, eps, the step size, the second moment's correction and an alphaState; it returns the next
// state.
func (e *AlphaEvaluator) stepGraph(network *net.Symbolic, args []*Node) []*Node {
	s := e.state(args[5:])
	margins, intervals := e.relaxed(e.problem(network, args), s)
	next := alphaState{margins: Max(s.margins, margins)}
	for k, i := range intervals {
		next.intervals = append(next.intervals,
			Interval{Max(s.intervals[k].Lower, i.Lower), Min(s.intervals[k].Upper, i.Upper)})
	}
	n := len(s.slopes())
	next.moving = make([]*Node, 3*n)
	size := StopGradient(ReduceAndKeep(Abs(s.margins), ReduceMax, -1))
	size = Where(GreaterThan(size, ZerosLike(size)), size, OnesLike(size))
	for i, g := range Gradient(ReduceAllSum(Div(margins, size)), s.slopes()...) {
		first := Add(MulScalar(s.moving[n+i], adamBeta1), MulScalar(g, 1-adamBeta1))
		second := Add(MulScalar(s.moving[2*n+i], adamBeta2), MulScalar(Square(g), 1-adamBeta2))
		step := Div(Mul(args[3], first), AddScalar(Sqrt(Mul(args[4], second)), adamTiny))
		next.moving[i] = ClipScalar(Add(s.moving[i], step), 0, 1)
		next.moving[n+i], next.moving[2*n+i] = first, second
	}
	return next.nodes()
}

// relaxed bounds the spec rows, and every relu where the slopes are joint, at the state's slopes.
func (e *AlphaEvaluator) relaxed(p *Problem, s alphaState) (*Node, []Interval) {
	w := &rowNet{Problem: p, form: WholeRows} // every row has slopes of its own
	slopes := s.slopes()
	take := func(pass alphaPass) {
		w.slopes = map[int]*Node{}
		for _, k := range pass.before {
			w.slopes[k], slopes = slopes[0], slopes[1:]
		}
	}
	passes := e.passes
	for k := range p.Net.Activations() {
		i := s.intervals[k]
		if passes[0].relu == k {
			vertex := p.inputOf(k)
			take(passes[0])
			lower := w.lower(vertex, nil, false, nil)
			take(passes[1])
			upper := Neg(w.lower(vertex, nil, true, nil))
			i = Interval{p.shaped(lower, vertex), p.shaped(upper, vertex)}
			passes = passes[2:]
		}
		w.intervals = append(w.intervals, i)
		w.lines = append(w.lines, relax.GraphCROWN(i.Lower, i.Upper))
	}
	take(passes[0])
	return w.lower(p.last(), p.Spec, false, nil), w.intervals
}

func size(shape []int) int { return arch.Size(shape) }
