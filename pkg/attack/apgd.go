package attack

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/bound"
	"tightrope/pkg/internal/engine"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// The constants of Croce and Hein 2020, section 3.2.
const (
	momentum  = 0.75 // alpha: the weight of a step in the next move
	rising    = 0.75 // rho: the fraction of steps that must raise the loss
	firstPart = 22   // percent of all steps: the first checkpoint
	shrinking = 3    // percent by which the parts between checkpoints shrink
	leastPart = 6    // percent
)

// apgd is auto-PGD: projected gradient descent with momentum. Its step, at first twice the radius, is halved at a
// checkpoint where the loss rose too seldom, or where neither step nor best loss changed since the last one; it then
// continues from the best point.
type apgd struct {
	program *engine.Program
	step    *engine.Compiled
	options Options
	windows []int // by step: those since the last checkpoint; 0: no checkpoint
}

func newAPGD(p *engine.Program, o Options) (s *apgd, err error) {
	s = &apgd{program: p, options: o, windows: windows(o.Steps)}
	s.step, err = p.Compile(s.graph)
	return s, err
}

// windows are the lengths of the parts that end at each step, 0 if none ends: [steps + 1]. (Croce and Hein 2020,
// section 3.2)
func windows(steps int) []int {
	w := make([]int, steps+1)
	last := 0
	for before, at := 0, firstPart; at <= 100; before, at = at, at+max(at-before-shrinking, leastPart) {
		if k := (at*steps + 99) / 100; k > last {
			w[k], last = k-last, k
		}
	}
	return w
}

// climber is what an ascent knows of each sample, as nodes: all [batch], but for points and gradients [batch,
// input...].
type climber struct {
	x, previous       *Node // now and a step before
	bestX, bestSlope  *Node // where the loss was largest, and its gradient there
	size              *Node // length of a step, in the ball's norm
	loss, bestLoss    *Node // at the step before, and the largest
	checked           *Node // the largest at the last checkpoint
	ups               *Node // steps since then that raised the loss
	halved            *Node // 1 where that checkpoint halved the step, and before the first
	margin, adversary *Node // the least margin, and where
}

func (c *climber) fields() []**Node {
	return []**Node{&c.x, &c.previous, &c.bestX, &c.bestSlope, &c.size, &c.loss, &c.bestLoss, &c.checked, &c.ups,
		&c.halved, &c.margin, &c.adversary}
}

// graph takes clean, labels, eps, turn, the weight of a step in the move, the length of the part that ends here, and
// the climber; it returns the climber one step on.
func (a *apgd) graph(s *net.Symbolic, args []*Node) (next []*Node) {
	clean, labels, eps, turn, share, window := args[0], args[1], args[2], args[3], args[4], args[5]
	c := &climber{}
	for i, f := range c.fields() {
		*f = args[6+i]
	}
	slope := a.score(s, c, labels, turn)
	slope = c.check(slope, window)
	r := region.AtEps(a.options.Ball, clean, eps)
	to := r.Project(Add(c.x, Mul(perSample(c.size, c.x), r.SteepestWithin(c.x, slope))))
	move := Add(Mul(share, Sub(to, c.x)), Mul(OneMinus(share), Sub(c.x, c.previous)))
	c.x, c.previous = r.Project(Add(c.x, move)), c.x
	for _, f := range c.fields() {
		next = append(next, *f)
	}
	return next
}

// score evaluates the climber's point: what is best there is kept. It returns the gradient.
func (a *apgd) score(s *net.Symbolic, c *climber, labels, turn *Node) *Node {
	logits := s.Forward(c.x)
	margins := region.PairSum(bound.OtherMargins(labels, s.Classes(), c.x), logits)
	worst := ReduceMin(margins, -1)
	loss := a.options.Loss.objective(logits, margins, worst, turn)
	slope := Gradient(ReduceAllSum(loss), c.x)[0]
	slope = Where(IsFinite(slope), slope, ZerosLike(slope)) // so that x stays finite
	worst = unlessOverflow(worst, logits)
	lower := LessThan(worst, c.margin)
	c.margin, c.adversary = Min(worst, c.margin), Where(perSample(lower, c.x), c.x, c.adversary)
	c.ups = Add(c.ups, ConvertDType(GreaterThan(loss, c.loss), c.ups.DType()))
	better := GreaterThan(loss, c.bestLoss)
	c.loss, c.bestLoss = loss, Where(better, loss, c.bestLoss)
	c.bestX = Where(perSample(better, c.x), c.x, c.bestX)
	c.bestSlope = Where(perSample(better, c.x), slope, c.bestSlope)
	return slope
}

// check halves the steps that were too long where a part ends, and takes these samples back to their best points. It
// returns the gradient at the points.
func (c *climber) check(slope, window *Node) *Node {
	zero := ZerosLike(c.ups)
	ends := BroadcastToDims(GreaterThan(window, ZerosLike(window)), c.ups.Shape().Dimensions...)
	seldom := LessThan(c.ups, BroadcastToDims(MulScalar(window, rising), c.ups.Shape().Dimensions...))
	stuck := LogicalAnd(Equal(c.halved, zero), LessOrEqual(c.bestLoss, c.checked))
	halve := LogicalAnd(ends, LogicalOr(seldom, stuck))
	c.size = Where(halve, MulScalar(c.size, 0.5), c.size)
	c.halved = Where(ends, ConvertDType(halve, c.ups.DType()), c.halved)
	c.checked, c.ups = Where(ends, c.bestLoss, c.checked), Where(ends, zero, c.ups)
	back := perSample(halve, c.x)
	c.x = Where(back, c.bestX, c.x)
	return Where(back, c.bestSlope, slope)
}

// run implements search.
func (a *apgd) run(b batch, eps float64, f *found) error {
	in := a.options.Ball
	in.Eps = eps
	loss, classes := a.options.Loss, a.program.Network().Classes()
	fromImage := loss.fromImage(classes)
	for run := range fromImage + a.options.restarts() {
		start := b.starts(in, a.options.Seed, run-fromImage+1)
		if err := a.ascend(b, start, eps, float64(loss.turn(run, classes)), f); err != nil {
			return err
		}
	}
	return nil
}

// climber is the state at a start, in the order of its fields.
func (a *apgd) climber(b batch, start []float64, eps float64, f *found) []any {
	n := len(b.Labels)
	each := func(v float64) any {
		all := make([]float64, n)
		for i := range all {
			all[i] = v
		}
		return a.program.Floats(all, n)
	}
	in := func(x []float64) any { return a.program.Inputs(x) }
	none := math.Inf(-1)
	return []any{in(start), in(start), in(start), in(make([]float64, len(start))), each(2 * eps), each(math.Inf(1)),
		each(none), each(none), each(0), each(1), a.program.Floats(f.margin, n), in(f.points)}
}

// ascend runs all steps from a start.
func (a *apgd) ascend(b batch, start []float64, eps, turn float64, f *found) error {
	scalar := a.program.Scalar
	fixed := []any{a.program.Inputs(b.X), engine.Labels(b.Labels), scalar(eps), scalar(turn)}
	state := a.climber(b, start, eps, f)
	for k, window := range a.windows { // the last step only scores
		share := momentum
		if k == 0 {
			share = 1
		}
		args := append(append([]any{}, fixed...), scalar(share), scalar(float64(window)))
		out, err := a.step.Call(append(args, state...)...)
		if err != nil {
			return err
		}
		for i, old := range state {
			old.(*tensors.Tensor).MustFinalizeAll()
			state[i] = out[i]
		}
	}
	last := len(state)
	if err := floats.Read(f.margin, state[last-2].(*tensors.Tensor)); err != nil {
		return err
	}
	return floats.Read(f.points, state[last-1].(*tensors.Tensor))
}
