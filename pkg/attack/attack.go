// Package attack searches a ball for inputs that a network misclassifies: FGSM, PGD, APGD, Square, and the last three
// in turn. A margin that an attack reaches is an upper bound of the exact minimum; that an attack finds nothing proves
// nothing.
package attack

import (
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/engine"
	"tightrope/pkg/net"
)

// Result holds the worst point that was found for each sample.
type Result struct {
	// Margin is the smallest logit[label] - logit[t] over other classes t, at X; -Inf where logits there are not
	// finite.
	Margin []float64
	X      [][]float64 // worst input found, in the ball
	Stages []Stage     // of Auto three, else one
}

// Stage is the result of one of several attacks that ran in turn.
type Stage struct {
	Attacked int // samples that were left for it
	Found    int // samples among them whose class it changed
}

// Success reports whether the attack changed a sample's class (a tie counts).
func (r *Result) Success(sample int) bool { return !(r.Margin[sample] > 0) }

// Attacker attacks one network with one compiled graph for each stage.
type Attacker struct {
	program  *engine.Program
	searches []search
	options  Options
}

// search is one attack on a batch.
type search interface {
	// run lowers what was found in the ball of radius eps around a batch.
	run(b batch, eps float64, f *found) error
}

// batch are some samples, with the place of each among all, for its random numbers.
type batch struct {
	engine.Batch
	places []int
}

// found are the least margins [batch] and the points [batch, input...] where they are.
type found struct{ margin, points []float64 }

// broken reports whether all of the first samples are misclassified.
func (f *found) broken(samples int) bool {
	for _, m := range f.margin[:samples] {
		if m > 0 {
			return false
		}
	}
	return true
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
	for _, stage := range options.stages() {
		s, err := newSearch(program, stage)
		if err != nil {
			return nil, err
		}
		a.searches = append(a.searches, s)
	}
	return a, nil
}

// newSearch prepares the search of one stage.
func newSearch(p *engine.Program, o Options) (s search, err error) {
	switch o.Method {
	case APGD:
		return newAPGD(p, o)
	case Squares:
		return newSquare(p, o)
	}
	return newPGD(p, o)
}

// Use replaces the network by another one of the same architecture and precision, without compiling again. It returns
// an error for any other network, and for one that is not valid.
func (a *Attacker) Use(network *net.Network) error { return a.program.Use(network) }

// Close frees the compiled graphs.
func (a *Attacker) Close() { a.program.Close() }

// Run attacks every sample at the options' radius: x holds len(labels) inputs, one after another, [samples, input...].
// It returns an error for inputs outside the box or not finite, and labels that are not classes.
func Run[T ball.Number](a *Attacker, x []T, labels []int32) (*Result, error) {
	return RunAt(a, x, labels, a.options.Ball.Eps)
}

// RunAt is [Run] with another radius, in pixel units, without compiling again.
func RunAt[T ball.Number](a *Attacker, x []T, labels []int32, eps float64) (*Result, error) {
	if err := engine.Check(a.program, x, labels, eps); err != nil {
		return nil, err
	}
	out := &Result{Margin: make([]float64, len(labels)), X: make([][]float64, len(labels))}
	left := make([]int, len(labels))
	for i := range left {
		left[i], out.Margin[i] = i, math.Inf(1)
	}
	for _, s := range a.searches {
		if err := stage(a, s, x, labels, left, eps, out); err != nil {
			return nil, err
		}
		left = out.left(left)
	}
	return out, nil
}

// stage runs one search on the samples that are left.
func stage[T ball.Number](a *Attacker, s search, x []T, labels []int32, left []int, eps float64, out *Result) error {
	n := a.program.Network().InputSize()
	var some []T
	var y []int32
	for _, i := range left {
		some, y = append(some, x[i*n:(i+1)*n]...), append(y, labels[i])
	}
	err := engine.Batches(some, y, a.options.Batch, func(b engine.Batch) error {
		f := &found{margin: make([]float64, len(b.Labels)), points: make([]float64, len(b.X))}
		for i := range f.margin {
			f.margin[i] = math.Inf(1)
		}
		places := engine.PadRows(left[b.First:b.First+b.Samples], 1, len(b.Labels))
		if err := s.run(batch{b, places}, eps, f); err != nil {
			return err
		}
		out.take(places[:b.Samples], f, n)
		return nil
	})
	if err == nil {
		out.Stages = append(out.Stages, Stage{len(left), len(left) - len(out.left(left))})
	}
	return err
}

// take keeps what was found where it is less than before.
func (r *Result) take(places []int, f *found, n int) {
	for k, i := range places {
		if r.X[i] == nil || f.margin[k] < r.Margin[i] {
			r.Margin[i], r.X[i] = f.margin[k], f.points[k*n:(k+1)*n]
		}
	}
}

// left are those of some samples that no attack has changed.
func (r *Result) left(of []int) (left []int) {
	for _, i := range of {
		if !r.Success(i) {
			left = append(left, i)
		}
	}
	return left
}

// starts are the points from which a run begins, [batch, input...]: the clean ones, or random points of the ball by
// seed, sample and restart (from 1).
func (b batch) starts(in ball.Ball, seed uint64, restart int) []float64 {
	if restart < 1 {
		return b.X
	}
	n := len(b.X) / len(b.Labels)
	start := make([]float64, 0, len(b.X))
	for i, place := range b.places {
		rng := rand.New(rand.NewPCG(seed, uint64(place)<<16|uint64(restart)))
		start = append(start, in.Sample(b.X[i*n:(i+1)*n], rng)...)
	}
	return start
}

// unlessOverflow is the margin, or -Inf where a logit is not finite: such a point has no class, so it counts as
// misclassified.
func unlessOverflow(worst, logits *Node) *Node {
	overflow := LogicalNot(ReduceLogicalAnd(IsFinite(logits), -1))
	return Where(overflow, BroadcastToShape(Infinity(worst.Graph(), worst.DType(), -1), worst.Shape()), worst)
}

// perSample is a condition or number of each sample, [batch], for its inputs, like x [batch, input...].
func perSample(v, x *Node) *Node {
	d := x.Shape().Dimensions
	dims := make([]int, len(d))
	for i := range dims {
		dims[i] = 1
	}
	dims[0] = d[0]
	return BroadcastToDims(Reshape(v, dims...), d...)
}
