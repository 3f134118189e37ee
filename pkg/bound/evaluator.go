package bound

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/internal/engine"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// Options of an [Evaluator]; the zero value bounds margins by Fast-Lin at eps 0 (l_inf, no box).
type Options struct {
	Technique Technique // nil: FastLin{}
	Ball      ball.Ball // eps in pixel units
	Batch     int       // samples per call of the compiled graph, at most; 0: 50
	Memory    int64     // bytes that a call may take (see [Plan]); 0: [DefaultMemory]
	Layers    bool      // also return the bounds of every relu's input
	XStar     bool      // also return the optimal inputs x*
	// Devices is the number of devices that share a batch, which is rounded to a multiple of it; 0: 1. Bounds that are
	// computed relu by relu use one.
	Devices int
}

// Output of an [Evaluator], one entry per sample.
type Output struct {
	Logits  [][]float64   // [sample][class]
	Margins [][]float64   // lower bounds of logit[label] - logit[t], [sample][class t]; 0 at t = label
	Lower   [][][]float64 // [sample][relu][unit], where asked for
	Upper   [][][]float64
	XStar   [][][]float64 // [sample][class t][input], where asked for
}

// Certified reports whether every margin of a sample over another class is positive.
func (o *Output) Certified(sample int, label int32) bool {
	for t, m := range o.Margins[sample] {
		if int32(t) != label && !(m > 0) {
			return false
		}
	}
	return true
}

// Correct reports whether the clean sample is classified as its label.
func (o *Output) Correct(sample int, label int32) bool {
	for t, z := range o.Logits[sample] {
		if int32(t) != label && !(o.Logits[sample][label] > z) {
			return false
		}
	}
	return true
}

// Evaluator bounds the margins of one network on data, batch by batch, with one compiled graph or, if one sample does
// not fit into the allowed memory, with one graph for each relu.
type Evaluator struct {
	program  *engine.Program
	options  Options
	schedule *Schedule
	whole    *engine.Compiled // nil if staged
	staged   *staged          // nil if one call does all
}

// NewEvaluator prepares a network's bounds on a backend. It returns an error for an invalid ball or network.
func NewEvaluator(b compute.Backend, network *net.Network, options Options) (*Evaluator, error) {
	if options.Technique == nil {
		options.Technique = FastLin{}
	}
	if options.Batch <= 0 {
		options.Batch = 50
	}
	if IsEstimate(options.Technique) {
		return nil, fmt.Errorf("%s estimates its bounds at random, which proves nothing: train with it, evaluate "+
			"with an exact technique such as Fast-Lin", options.Technique.Name())
	}
	options.XStar = options.XStar && hasOptimum(options.Technique)
	program, err := engine.New(b, network, options.Ball, options.Technique.Name()+" of")
	if err != nil {
		return nil, err
	}
	e := &Evaluator{program: program, options: options}
	if err := e.plan(b); err != nil {
		return nil, err
	}
	if e.schedule.Staged {
		e.staged, err = newStaged(e, e.schedule)
		return e, err
	}
	return e, e.compile(b)
}

// splitArguments is the number of the graph's arguments with a batch axis: x and labels.
const splitArguments = 2

// compile makes the graph that does all, which all devices share.
func (e *Evaluator) compile(b compute.Backend) error {
	devices, err := backend.NewDevices(b, e.options.Devices)
	if err != nil {
		return err
	}
	e.options.Batch = devices.RoundUp(e.options.Batch)
	if e.whole, err = e.program.Compile(e.graph); err != nil {
		return err
	}
	e.whole.Share(devices, splitArguments)
	return nil
}

// plan fits the batch into the memory; a technique without a cost model is run as it is.
func (e *Evaluator) plan(b compute.Backend) (err error) {
	o := e.options
	if _, ok := o.Technique.(works); !ok {
		e.schedule = &Schedule{Technique: o.Technique.Name(), Batch: o.Batch, Wanted: o.Batch}
		return nil
	}
	e.schedule, err = Plan(o.Technique, e.program.Network(), PlanOptions{Batch: o.Batch, Memory: o.Memory,
		Norm: o.Ball.Norm, Caches: backend.IsXLA(b) && !backend.IsGPU(b)})
	if err == nil {
		e.options.Batch = e.schedule.Batch
	}
	return err
}

// Schedule returns the plan by which the evaluator stays within its memory.
func (e *Evaluator) Schedule() *Schedule { return e.schedule }

// DType is the precision of the bounds.
func (e *Evaluator) DType() dtypes.DType { return e.program.Network().DType }

// Use replaces the network by another one of the same architecture and precision, without compiling again. It returns
// an error for any other network, and for one that is not valid.
func (e *Evaluator) Use(network *net.Network) error { return e.program.Use(network) }

// Close frees the compiled graphs.
func (e *Evaluator) Close() { e.program.Close() }

// graph takes x, labels and eps.
func (e *Evaluator) graph(s *net.Symbolic, args []*Node) []*Node {
	x, labels, eps := args[0], args[1], args[2]
	p := &Problem{Net: s, Region: region.AtEps(e.options.Ball, x, eps), Spec: Margins(labels, s.Classes(), x)}
	r := e.options.Technique.Bound(p)
	out := e.results(p, r)
	if e.options.Layers {
		for _, l := range r.Layers {
			out = append(out, l.Lower, l.Upper)
		}
	}
	return out
}

// results are the logits, the margins, and where asked for x*.
func (e *Evaluator) results(p *Problem, r *Result) []*Node {
	out := []*Node{p.Net.Forward(p.Region.X), r.Margins}
	if e.options.XStar {
		out = append(out, r.Trace.XStar())
	}
	return out
}

// Evaluate bounds the margins of every sample: x holds len(labels) inputs, one after another, [samples, input...].
// Radius: the options' eps. It returns an error for inputs outside the box or not finite, and labels that are no
// classes.
func Evaluate[T ball.Number](e *Evaluator, x []T, labels []int32) (*Output, error) {
	return EvaluateAt(e, x, labels, e.options.Ball.Eps)
}

// EvaluateAt is [Evaluate] with another radius, in pixel units, without compiling again.
func EvaluateAt[T ball.Number](e *Evaluator, x []T, labels []int32, eps float64) (*Output, error) {
	if err := engine.Check(e.program, x, labels, eps); err != nil {
		return nil, err
	}
	out := &Output{}
	err := engine.Batches(x, labels, e.options.Batch, func(b engine.Batch) error { return e.chunk(out, b, eps) })
	if err != nil {
		return nil, err
	}
	return out, nil
}

// chunk bounds one batch.
func (e *Evaluator) chunk(out *Output, b engine.Batch, eps float64) error {
	call := e.call
	if e.staged != nil {
		call = e.staged.call
	}
	values, err := call(e.program.Inputs(b.X), engine.Labels(b.Labels), e.program.Scalar(eps))
	if err != nil {
		return err
	}
	e.collect(out, values, b.Samples)
	return nil
}

// call bounds one batch with the one graph.
func (e *Evaluator) call(x, labels, eps any) ([][]float64, error) {
	return e.whole.Values(x, labels, eps)
}

func (e *Evaluator) collect(out *Output, values [][]float64, samples int) {
	k := e.program.Network().Classes()
	for s := range samples {
		out.Logits = append(out.Logits, values[0][s*k:(s+1)*k])
		out.Margins = append(out.Margins, values[1][s*k:(s+1)*k])
		rest := values[2:]
		if e.options.XStar {
			out.XStar = append(out.XStar, split(sampleOf(rest[0], s, e.options.Batch), k))
			rest = rest[1:]
		}
		if e.options.Layers {
			lower, upper := layersOf(rest, s, e.options.Batch)
			out.Lower, out.Upper = append(out.Lower, lower), append(out.Upper, upper)
		}
	}
}

// layersOf are a sample's bounds of every relu's input, of which values holds l and u in turn.
func layersOf(values [][]float64, sample, batch int) (lower, upper [][]float64) {
	for i := 0; i+1 < len(values); i += 2 {
		lower = append(lower, sampleOf(values[i], sample, batch))
		upper = append(upper, sampleOf(values[i+1], sample, batch))
	}
	return lower, upper
}

// sampleOf is one sample's part of a batch.
func sampleOf(values []float64, sample, batch int) []float64 {
	n := len(values) / batch
	return values[sample*n : (sample+1)*n]
}

func split(x []float64, parts int) [][]float64 {
	n := len(x) / parts
	out := make([][]float64, parts)
	for i := range out {
		out[i] = x[i*n : (i+1)*n]
	}
	return out
}
