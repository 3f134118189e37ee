// Package attack searches a ball for inputs that a network misclassifies: FGSM
// and PGD. What it finds is an upper bound of the exact margin; what it does not find proves nothing.
package attack

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/internal/engine"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/region"
)

// NoRestarts is the number of restarts of an attack that runs from the clean input only.
const NoRestarts = -1

// defaultRestarts is enough to find what another start finds on the networks of this project, at three times the work.
const defaultRestarts = 2

// Options of an attack; the zero value is one FGSM step at eps 0.
type Options struct {
	Ball     ball.Ball
	Steps    int     // gradient steps; 0: 1 (FGSM)
	StepSize float64 // length of a step in the ball's norm, pixel units; 0: eps for one step, else 2.5 eps/steps
	// Restarts are further runs from random points; 0: 2, or none for one step; NoRestarts: none.
	Restarts int
	Loss     Loss
	Batch    int    // samples per call of the compiled graph; 0: 100
	Seed     uint64 // of the random starts
}

// PGD100 is the paper's evaluation: 100 steps of 0.01 by the sign of the cross-entropy's gradient, from the clean
// point.
func PGD100(b ball.Ball) Options {
	return Options{Ball: b, Steps: 100, StepSize: 0.01, Loss: CrossEntropy, Restarts: NoRestarts}
}

func (o Options) withDefaults() Options {
	if o.Steps == 0 {
		o.Steps = 1
	}
	if o.Batch == 0 {
		o.Batch = 100
	}
	return o
}

func (o Options) validate() error {
	if err := o.Ball.Validate(); err != nil {
		return err
	}
	if o.Steps < 1 || o.Restarts < NoRestarts || o.Batch < 1 || !(o.StepSize >= 0) || math.IsInf(o.StepSize, 0) {
		return fmt.Errorf("attack of %d steps of %v, %d restarts, batches of %d: use at least 1 step, a finite step "+
			"size and no negative number (but NoRestarts)", o.Steps, o.StepSize, o.Restarts, o.Batch)
	}
	if o.Loss < 0 || int(o.Loss) >= len(lossNames) {
		return fmt.Errorf("%v of the attack is unknown: use one of the losses of this package", o.Loss)
	}
	return nil
}

// restarts is the number of runs from random points.
func (o Options) restarts() int {
	switch {
	case o.Restarts == NoRestarts || o.Restarts == 0 && o.Steps <= 1:
		return 0
	case o.Restarts == 0:
		return defaultRestarts
	}
	return o.Restarts
}

// Record tells how so many images of a network of so many classes were attacked, in the form of a record.
func (o Options) Record(images, classes int) *record.Attack {
	o = o.withDefaults()
	return &record.Attack{Loss: o.Loss.on(classes).String(), Steps: o.Steps, StepSize: o.stepSize(o.Ball.Eps),
		Restarts: o.restarts(), Images: images}
}

// Short says in words that all steps together do not cross the ball's radius; "" where they do.
func (o Options) Short() string {
	o = o.withDefaults()
	if reach := float64(o.Steps) * o.stepSize(o.Ball.Eps); reach < o.Ball.Eps*(1-1e-9) {
		return fmt.Sprintf("%d steps of %g reach no farther than %g of the radius %g: use a larger step, or 0 for "+
			"one that fits",
			o.Steps, o.StepSize, reach, o.Ball.Eps)
	}
	return ""
}

// stepSize is the length of a step for a radius.
func (o Options) stepSize(eps float64) float64 {
	switch {
	case o.StepSize > 0:
		return o.StepSize
	case o.Steps == 1:
		return eps
	}
	return 2.5 * eps / float64(o.Steps)
}

// Result holds the worst point that was found for each sample.
type Result struct {
	// Margin is the smallest logit[label] - logit[t] over other classes t, at X; -Inf where logits there are not
	// finite.
	Margin []float64
	X      [][]float64 // worst input found, in the ball
}

// Success reports whether the attack changed a sample's class (a tie counts).
func (r *Result) Success(sample int) bool { return !(r.Margin[sample] > 0) }

// Attacker attacks one network with one compiled graph.
type Attacker struct {
	program *engine.Program
	step    *engine.Compiled
	options Options
}

// New prepares an attack. It returns an error for an invalid ball, network or option.
func New(backend compute.Backend, network *net.Network, options Options) (*Attacker, error) {
	options = options.withDefaults()
	if err := options.validate(); err != nil {
		return nil, err
	}
	program, err := engine.New(backend, network, options.Ball, "attack on")
	if err != nil {
		return nil, err
	}
	a := &Attacker{program: program, options: options}
	a.step, err = program.Compile(a.graph)
	return a, err
}

// Use puts another network of the same architecture and precision in the place of the attack's own, without compiling
// again. It returns an error for any other network, and for one that is not valid.
func (a *Attacker) Use(network *net.Network) error { return a.program.Use(network) }

// Close frees the compiled graph.
func (a *Attacker) Close() { a.program.Close() }

// graph takes clean, current, labels, eps, step size, best margin, best point and turn;
// it scores the current point and moves on: next point, best margin, best point.
func (a *Attacker) graph(s *net.Symbolic, args []*Node) []*Node {
	clean, x, labels, eps, size, best, bestX := args[0], args[1], args[2], args[3], args[4], args[5], args[6]
	logits := s.Forward(x)
	margins := region.PairSum(bound.OtherMargins(labels, s.Classes(), x), logits)
	worst := ReduceMin(margins, -1)
	gradient := Gradient(a.options.Loss.objective(logits, margins, worst, args[7]), x)[0]
	gradient = Where(IsFinite(gradient), gradient, ZerosLike(gradient)) // so that x stays finite
	worst = unlessOverflow(worst, logits)
	better := LessThan(worst, best)
	region := region.AtEps(a.options.Ball, clean, eps)
	next := region.Project(Add(x, Mul(size, region.Steepest(gradient))))
	perSample := append([]int{a.options.Batch}, ones(len(s.Input))...)
	mask := BroadcastToDims(Reshape(better, perSample...), x.Shape().Dimensions...)
	return []*Node{next, Min(worst, best), Where(mask, x, bestX)}
}

// unlessOverflow is the margin, or -Inf where a logit is not finite: such a point has no class, so it counts as
// misclassified.
func unlessOverflow(worst, logits *Node) *Node {
	overflow := LogicalNot(ReduceLogicalAnd(IsFinite(logits), -1))
	return Where(overflow, BroadcastToShape(Infinity(worst.Graph(), worst.DType(), -1), worst.Shape()), worst)
}

func ones(n int) []int {
	d := make([]int, n)
	for i := range d {
		d[i] = 1
	}
	return d
}

// Run attacks every sample at the options' radius: x holds len(labels) inputs, one after another, [samples, input...].
// It returns an error for inputs outside the box or not finite, and labels that are no classes.
func Run[T ball.Number](a *Attacker, x []T, labels []int32) (*Result, error) {
	return RunAt(a, x, labels, a.options.Ball.Eps)
}

// RunAt is [Run] with another radius, in pixel units, without compiling again.
func RunAt[T ball.Number](a *Attacker, x []T, labels []int32, eps float64) (*Result, error) {
	if err := engine.Check(a.program, x, labels, eps); err != nil {
		return nil, err
	}
	out := &Result{}
	err := engine.Batches(x, labels, a.options.Batch, func(b engine.Batch) error { return a.chunk(out, b, eps) })
	if err != nil {
		return nil, err
	}
	return out, nil
}

// chunk attacks one batch.
func (a *Attacker) chunk(out *Result, batch engine.Batch, eps float64) error {
	b := a.options.Ball
	b.Eps = eps
	n := a.program.Network().InputSize()
	margin, points := make([]float64, len(batch.Labels)), make([]float64, len(batch.X))
	for i := range margin {
		margin[i] = math.Inf(1)
	}
	loss, classes := a.options.Loss, a.program.Network().Classes()
	fromImage := loss.fromImage(classes)
	for run := range fromImage + a.options.restarts() {
		start := batch.X
		if run >= fromImage {
			start = a.randomStarts(batch.X, b, batch.First, run-fromImage+1)
		}
		turn := float64(loss.turn(run, classes))
		if err := a.ascend(batch.X, start, batch.Labels, b.Eps, turn, margin, points); err != nil {
			return err
		}
	}
	for i := range batch.Samples {
		out.Margin = append(out.Margin, margin[i])
		out.X = append(out.X, points[i*n:(i+1)*n])
	}
	return nil
}

// randomStarts draws a point of the ball for each sample, by seed, sample and restart.
func (a *Attacker) randomStarts(clean []float64, b ball.Ball, first, restart int) []float64 {
	n := a.program.Network().InputSize()
	start := make([]float64, 0, len(clean))
	for i := 0; i < len(clean)/n; i++ {
		rng := rand.New(rand.NewPCG(a.options.Seed, uint64(first+i)<<16|uint64(restart)))
		start = append(start, b.Sample(clean[i*n:(i+1)*n], rng)...)
	}
	return start
}

// ascend runs all steps from a start and keeps the worst points in margin and points.
func (a *Attacker) ascend(clean, start []float64, labels []int32, eps, turn float64, margin,
	points []float64) error {
	scalar := a.program.Scalar
	fixed := []any{scalar(eps), scalar(a.options.stepSize(eps)),
		a.program.Floats(margin, len(margin)), a.program.Inputs(points)}
	c, x, y := a.program.Inputs(clean), a.program.Inputs(start), engine.Labels(labels)
	which := scalar(turn)
	for range a.options.Steps + 1 { // the last one only scores
		out, err := a.step.Call(c, x, y, fixed[0], fixed[1], fixed[2], fixed[3], which)
		if err != nil {
			return err
		}
		for _, old := range []any{x, fixed[2], fixed[3]} {
			old.(*tensors.Tensor).MustFinalizeAll()
		}
		x, fixed[2], fixed[3] = out[0], out[1], out[2]
	}
	if err := floats.Read(margin, fixed[2].(*tensors.Tensor)); err != nil {
		return err
	}
	return floats.Read(points, fixed[3].(*tensors.Tensor))
}
