package bound

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	engine "tightrope/pkg/backend"
	"tightrope/pkg/ball"
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

// Output of an [Evaluator], one entry a sample.
type Output struct {
	Logits  [][]float64   // [sample][class]
	Margins [][]float64   // lower bounds of logit[label] - logit[t], [sample][class t]; 0 at t = label
	Lower   [][][]float64 // [sample][relu][unit], where asked for
	Upper   [][][]float64
	XStar   [][][]float64 // [sample][class t][input], where asked for
}

// Certified tells whether every margin of a sample over another class is positive.
func (o *Output) Certified(sample int, label int32) bool {
	for t, m := range o.Margins[sample] {
		if int32(t) != label && !(m > 0) {
			return false
		}
	}
	return true
}

// Correct tells whether the clean sample is classified as its label.
func (o *Output) Correct(sample int, label int32) bool {
	for t, z := range o.Logits[sample] {
		if int32(t) != label && !(o.Logits[sample][label] > z) {
			return false
		}
	}
	return true
}

// Evaluator bounds the margins of one network on data, batch by batch, with one compiled graph; where one sample does
// not fit into the memory allowed, with one for each relu.
type Evaluator struct {
	net      *net.Network
	options  Options
	schedule *Schedule
	exec     *Exec   // nil where staged
	staged   *staged // nil where one call does all
	params   []any
	devices  *engine.Devices // nil: one
}

// NewEvaluator prepares a network's bounds on a backend. It returns an error for an invalid ball or network.
func NewEvaluator(backend compute.Backend, network *net.Network, options Options) (*Evaluator, error) {
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
	if err := options.Ball.Validate(); err != nil {
		return nil, err
	}
	if err := network.Validate(); err != nil {
		return nil, err
	}
	e := &Evaluator{net: network, options: options}
	for _, t := range network.Tensors() {
		e.params = append(e.params, t)
	}
	if err := e.plan(backend); err != nil {
		return nil, err
	}
	var err error
	if e.schedule.Staged {
		e.staged, err = newStaged(backend, e, e.schedule)
		return e, err
	}
	if e.devices, err = engine.NewDevices(backend, options.Devices); err != nil {
		return nil, err
	}
	if e.exec, err = NewExec(backend, e.graph); err == nil {
		e.share()
	}
	return e, err
}

// splitArguments is the number of the graph's arguments with a batch axis: x and labels.
const splitArguments = 2

// share has all devices work on each batch.
func (e *Evaluator) share() {
	if e.devices == nil {
		return
	}
	e.options.Batch = e.devices.RoundUp(e.options.Batch)
	e.exec.AutoSharding(e.devices.Mesh).WithInputShardingSpecs(e.devices.Specs(splitArguments)...).WithOutputShardingSpecs(e.devices.Whole)
}

// plan fits the batch into the memory; a technique without a cost model is run as it is.
func (e *Evaluator) plan(backend compute.Backend) (err error) {
	if _, ok := e.options.Technique.(works); !ok {
		e.schedule = &Schedule{Technique: e.options.Technique.Name(), Batch: e.options.Batch, Wanted: e.options.Batch}
		return nil
	}
	e.schedule, err = Plan(e.options.Technique, e.net, PlanOptions{Batch: e.options.Batch, Memory: e.options.Memory, Norm: e.options.Ball.Norm, Caches: engine.IsXLA(backend) && !engine.IsGPU(backend)})
	if err == nil {
		e.options.Batch = e.schedule.Batch
	}
	return err
}

// Schedule tells how the evaluator fits into its memory.
func (e *Evaluator) Schedule() *Schedule { return e.schedule }

// Close frees the compiled graphs.
func (e *Evaluator) Close() {
	if e.staged != nil {
		e.staged.close()
	} else {
		e.exec.Finalize()
	}
}

// graph takes x, labels, eps and the parameters.
func (e *Evaluator) graph(args []*Node) []*Node {
	x, labels, eps := args[0], args[1], args[2]
	s := e.net.On(args[3:])
	p := &Problem{Net: s, Region: region.AtEps(e.options.Ball, x, eps), Spec: Margins(labels, e.net.Classes(), x)}
	r := e.options.Technique.Bound(p)
	out := []*Node{s.Forward(x), r.Margins}
	if e.options.XStar && r.Trace != nil {
		out = append(out, r.Trace.XStar())
	}
	if e.options.Layers {
		for _, l := range r.Layers {
			out = append(out, l.Lower, l.Upper)
		}
	}
	return out
}

// Evaluate bounds the margins of every sample: x holds len(labels) inputs, one after another. Radius: the options' eps.
func Evaluate[T ball.Number](e *Evaluator, x []T, labels []int32) (*Output, error) {
	return EvaluateAt(e, x, labels, e.options.Ball.Eps)
}

// EvaluateAt is [Evaluate] with another radius, in pixel units, without compiling again.
func EvaluateAt[T ball.Number](e *Evaluator, x []T, labels []int32, eps float64) (*Output, error) {
	b := e.options.Ball
	b.Eps = eps
	if err := b.Validate(); err != nil {
		return nil, err
	}
	if err := CheckSamples(e.net, b, x, labels); err != nil {
		return nil, err
	}
	out := &Output{}
	n := e.net.InputSize()
	for from := 0; from < len(labels); from += e.options.Batch {
		to := min(from+e.options.Batch, len(labels))
		if err := e.chunk(out, Float64s(x[from*n:to*n]), labels[from:to], eps); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CheckSamples checks that x holds one finite input in the box for every label, and that labels are classes of the
// network.
func CheckSamples[T ball.Number](n *net.Network, b ball.Ball, x []T, labels []int32) error {
	size := n.InputSize()
	if len(x) != size*len(labels) {
		return fmt.Errorf("%d values for %d samples: network %q wants %d values %v a sample",
			len(x), len(labels), n.Name, size, n.Input)
	}
	for i, y := range labels {
		if y < 0 || int(y) >= n.Classes() {
			return fmt.Errorf("label %d of sample %d: network %q has classes 0 to %d", y, i, n.Name, n.Classes()-1)
		}
		if err := ball.CheckInput(b, x[i*size:(i+1)*size]); err != nil {
			return fmt.Errorf("sample %d: %w", i, err)
		}
	}
	return nil
}

// chunk bounds one batch, padded to the full size by its first sample so that the shape never changes.
func (e *Evaluator) chunk(out *Output, x []float64, labels []int32, eps float64) error {
	n := e.net.InputSize()
	xs, ys := make([]float64, 0, e.options.Batch*n), make([]int32, 0, e.options.Batch)
	xs, ys = append(xs, x...), append(ys, labels...)
	for len(ys) < e.options.Batch {
		xs, ys = append(xs, x[:n]...), append(ys, labels[0])
	}
	dims := append([]int{e.options.Batch}, e.net.Input...)
	x0, y0, eps0 := FloatTensor(xs, e.net.DType, dims...), tensors.FromFlatDataAndDimensions(ys, e.options.Batch), FloatTensor([]float64{eps}, e.net.DType)
	var values [][]float64
	var err error
	if e.staged != nil {
		values, err = e.staged.call(x0, y0, eps0)
	} else {
		values, err = e.run(e.exec, []any{x0, y0, eps0})
	}
	if err != nil {
		return err
	}
	e.collect(out, values, len(labels))
	return nil
}

// run calls a graph with the parameters after the arguments given, and reads its results.
func (e *Evaluator) run(exec *Exec, args []any) ([][]float64, error) {
	spread, err := e.devices.Spread(append(args, e.params...), splitArguments)
	if err != nil {
		return nil, err
	}
	results, err := exec.Call(spread...)
	if err != nil {
		return nil, fmt.Errorf("%s of network %q: %w", e.options.Technique.Name(), e.net.Name, err)
	}
	if e.devices != nil {
		for _, t := range spread { // the copies; what they were made of is kept
			t.(*tensors.Tensor).MustFinalizeAll()
		}
	}
	values := make([][]float64, len(results)/e.devices.Count()) // every device has all of them
	for i, t := range results[:len(values)] {
		values[i] = make([]float64, t.Size())
		if err := ReadFloats(values[i], t); err != nil {
			return nil, err
		}
	}
	free(results)
	return values, nil
}

func (e *Evaluator) collect(out *Output, values [][]float64, samples int) {
	k := e.net.Classes()
	for s := range samples {
		out.Logits = append(out.Logits, values[0][s*k:(s+1)*k])
		out.Margins = append(out.Margins, values[1][s*k:(s+1)*k])
		rest := values[2:]
		if len(rest)%2 == 1 && e.options.XStar {
			out.XStar = append(out.XStar, split(sampleOf(rest[0], s, e.options.Batch), k))
			rest = rest[1:]
		}
		if e.options.Layers {
			e.collectLayers(out, rest, s)
		}
	}
}

func (e *Evaluator) collectLayers(out *Output, values [][]float64, sample int) {
	var lower, upper [][]float64
	for i := 0; i+1 < len(values); i += 2 {
		lower = append(lower, sampleOf(values[i], sample, e.options.Batch))
		upper = append(upper, sampleOf(values[i+1], sample, e.options.Batch))
	}
	out.Lower, out.Upper = append(out.Lower, lower), append(out.Upper, upper)
}

// sampleOf is one sample's part of a batch; bounds that do not depend on the sample have a batch of 1.
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

// Float64s converts inputs to float64.
func Float64s[T ball.Number](x []T) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// FloatTensor makes a tensor of a network's precision; no dimensions make a scalar.
func FloatTensor(x []float64, dtype dtypes.DType, dimensions ...int) *tensors.Tensor {
	if dtype == dtypes.Float64 {
		return tensors.FromFlatDataAndDimensions(x, dimensions...)
	}
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return tensors.FromFlatDataAndDimensions(y, dimensions...)
}

// ReadFloats copies a float tensor of either precision.
func ReadFloats(dst []float64, t *tensors.Tensor) error {
	if t.DType() == dtypes.Float64 {
		return tensors.ConstFlatData(t, func(flat []float64) { copy(dst, flat) })
	}
	return tensors.ConstFlatData(t, func(flat []float32) {
		for i, v := range flat {
			dst[i] = float64(v)
		}
	})
}
