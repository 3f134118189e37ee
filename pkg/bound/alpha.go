package bound

import (
	"fmt"
	"strings"

	"github.com/gomlx/compute"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/engine"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/net"
	"tightrope/pkg/technique"
)

// AlphaOptions of an [AlphaEvaluator]; the zero value optimises the slopes of the margins' rows for 100 iterations
// on CROWN's own intermediate bounds.
type AlphaOptions struct {
	Ball         ball.Ball // eps in pixel units
	Iterations   int       // 0: 100
	LearningRate float64   // of Adam; 0: 0.1
	Decay        float64   // of the learning rate, per iteration; 0: 0.98
	// Joint also optimises the slopes of every intermediate layer's own rows, so that l and u become tighter, too; the
	// spec rows of a sample share them. False: only the margins' slopes, on fixed intermediate bounds.
	Joint bool
	// ShareRows gives all rows of an intermediate layer the same slopes (where Joint): far less memory, looser bounds.
	ShareRows    bool
	Intermediate Technique // gives the fixed bounds, or those that Joint starts from; nil: CROWN{}
	// FastLinStart optimises a second time, starting from Fast-Lin's slopes u/(u-l), and keeps the better bound of each
	// row.
	FastLinStart bool
	// UntilCertified stops as soon as every bound of a batch is positive.
	UntilCertified bool
	Batch          int   // samples per call of the compiled graphs, at most; 0: 50
	Memory         int64 // bytes that a call may take (see [Plan]); 0: [DefaultMemory]
	Layers         bool  // also return the tightest bounds found of every relu's input
}

func (o AlphaOptions) withDefaults() AlphaOptions {
	if o.Iterations == 0 {
		o.Iterations = 100
	}
	if o.LearningRate == 0 {
		o.LearningRate = 0.1
	}
	if o.Decay == 0 {
		o.Decay = 0.98
	}
	if o.Intermediate == nil {
		o.Intermediate = CROWN{}
	}
	if o.Batch == 0 {
		o.Batch = 50
	}
	return o
}

func (o AlphaOptions) validate() error {
	if o.Iterations < 1 || o.Batch < 1 || !(o.LearningRate > 0) || !(o.Decay > 0 && o.Decay <= 1) {
		return fmt.Errorf("alpha-CROWN with %d iterations, learning rate %v, decay %v, batches of %d: use positive "+
			"numbers and a decay of at most 1", o.Iterations, o.LearningRate, o.Decay, o.Batch)
	}
	if IsEstimate(o.Intermediate) {
		return fmt.Errorf("alpha-CROWN on %s: estimated intermediate bounds prove nothing; use an exact technique",
			o.Intermediate.Name())
	}
	return o.Ball.Validate()
}

// AlphaEvaluator is alpha-CROWN (Xu et al. 2021): CROWN in which every unstable neuron and row has its own slope alpha
// in [0,1] of the lower line, optimised by projected gradient ascent (Adam) on the bounds. It starts from CROWN and
// keeps the best iterate of every row, so that it is never below CROWN. Every iterate is sound.
//
// One call of the compiled graph performs one iteration for all samples of a batch and all their rows; slopes and
// moments stay on the device.
type AlphaEvaluator struct {
	program     *engine.Program
	options     AlphaOptions
	passes      []alphaPass
	start, step *engine.Compiled
}

// NewAlphaEvaluator prepares alpha-CROWN for a network. It returns an error for invalid options or an invalid network.
func NewAlphaEvaluator(backend compute.Backend, network *net.Network, options AlphaOptions) (*AlphaEvaluator, error) {
	options = options.withDefaults()
	if err := options.validate(); err != nil {
		return nil, err
	}
	if smooth := network.Smooths(); len(smooth) > 0 {
		return nil, fmt.Errorf("%s optimises the slopes of relus, network %q has %s: use CROWN", options.Name(),
			network.Name, strings.Join(smooth, " and "))
	}
	program, err := engine.New(backend, network, options.Ball, options.Name()+" of")
	if err != nil {
		return nil, err
	}
	plan, err := Plan(options, network, PlanOptions{Batch: options.Batch, Memory: options.Memory,
		Norm: options.Ball.Norm})
	if err != nil {
		return nil, err
	}
	options.Batch = plan.Batch
	e := &AlphaEvaluator{program: program, options: options, passes: alphaPasses(network, options)}
	if e.start, err = program.Compile(e.startGraph); err != nil {
		return nil, err
	}
	e.step, err = program.Compile(e.stepGraph)
	return e, err
}

// Name is the technique's name.
func (e *AlphaEvaluator) Name() string { return e.options.Name() }

func init() {
	graphs[technique.AlphaCROWN], graphs[technique.AlphaJoint] = AlphaOptions{}, AlphaOptions{Joint: true}
}

// Name is the technique's name.
func (o AlphaOptions) Name() string {
	if o.Joint {
		return technique.AlphaJoint.String()
	}
	return technique.AlphaCROWN.String()
}

// works implements works: the start, then in every iteration the rows whose slopes it optimises, with their gradient.
func (o AlphaOptions) works(m model) []Work {
	o = o.withDefaults()
	var all []Work
	if w, ok := o.Intermediate.(works); ok {
		all = w.works(m)
	}
	for _, pass := range alphaPasses(m.Network, o) {
		w := m.margins()
		if pass.relu >= 0 {
			vertex := m.Vertices[m.Activations()[pass.relu]].Inputs[0]
			w = m.pass(fmt.Sprintf("relu %d", pass.relu+1), WholeRows, vertex, size(m.ShapeOf(vertex)))
		}
		w.What += fmt.Sprintf(", %d iterations", o.Iterations)
		w.Pieces = 1
		w.FLOPs *= GradientCost * float64(o.Iterations)
		w.Live += 4 * w.Kept // the rows of the gradient, slopes and moments
		all = append(all, w)
	}
	return all
}

// Close frees the compiled graphs.
func (e *AlphaEvaluator) Close() { e.program.Close() }

// EvaluateAlpha bounds the margins of every sample, as [Evaluate] does: x holds len(labels) inputs, one after another.
func EvaluateAlpha[T ball.Number](e *AlphaEvaluator, x []T, labels []int32) (*Output, error) {
	if err := engine.Check(e.program, x, labels, e.options.Ball.Eps); err != nil {
		return nil, err
	}
	classes := e.program.Network().Classes()
	spec := make([]float64, 0, len(labels)*(classes-1)*classes)
	for _, y := range labels {
		spec = append(spec, otherClasses(int(y), classes)...)
	}
	out, err := e.bound(floats.Double(x), spec, len(labels), classes-1)
	if err != nil {
		return nil, err
	}
	for s, y := range labels { // a 0 in slot y
		m := out.Margins[s]
		out.Margins[s] = append(append(append(make([]float64, 0, classes), m[:y]...), 0), m[y:]...)
	}
	return out, nil
}

// otherClasses are the rows e_y - e_t for t != y in ascending order, [classes-1, classes] flat.
func otherClasses(y, classes int) (rows []float64) {
	for t := range classes {
		if t != y {
			row := make([]float64, classes)
			row[y], row[t] = 1, -1
			rows = append(rows, row...)
		}
	}
	return rows
}

// BoundRows bounds any linear functions of the logits: spec contains the rows of every sample, [samples, rows, classes]
// flat; Margins of the output contains their lower bounds, [sample][row]. It returns an error for inputs outside the
// box or not finite, and for rows of another length.
func (e *AlphaEvaluator) BoundRows(x, spec []float64, samples int) (*Output, error) {
	classes := e.program.Network().Classes()
	if samples < 1 || len(spec) == 0 || len(spec)%(samples*classes) != 0 {
		return nil, fmt.Errorf("%d spec values for %d samples of %d classes: give the same number of rows for each "+
			"sample", len(spec), samples, classes)
	}
	if err := engine.Check(e.program, x, make([]int32, samples), e.options.Ball.Eps); err != nil {
		return nil, err
	}
	return e.bound(x, spec, samples, len(spec)/(samples*classes))
}

func (e *AlphaEvaluator) bound(x, spec []float64, samples, rows int) (*Output, error) {
	out := &Output{}
	n, c := e.program.Network().InputSize(), rows*e.program.Network().Classes()
	for from := 0; from < samples; from += e.options.Batch {
		to := min(from+e.options.Batch, samples)
		a := &ascent{AlphaEvaluator: e, samples: to - from, rows: rows}
		if err := a.run(out, x[from*n:to*n], spec[from*c:to*c]); err != nil {
			return nil, err
		}
	}
	return out, nil
}
