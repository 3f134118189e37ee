package attack

import (
	"fmt"
	"math"

	"tightrope/pkg/ball"
	"tightrope/pkg/record"
)

// NoRestarts, as a number of restarts, makes an attack start from the clean input only.
const NoRestarts = -1

// defaultRestarts is enough to find what another start finds on the networks of this project, at three times the work.
const defaultRestarts = 2

// The defaults of APGD, as in AutoAttack, and of Square, a fifth of AutoAttack's, for one processor.
const (
	defaultSteps   = 100
	defaultQueries = 1000
)

// Options of an attack; the zero value is one FGSM step at eps 0.
type Options struct {
	Ball     ball.Ball
	Method   Method
	Steps    int     // gradient steps; 0: 1 (FGSM), or 100 of APGD
	StepSize float64 // of PGD, in the ball's norm, pixel units; 0: eps for one step, else 2.5 eps/steps
	// Restarts are further runs from random points; 0: 2, or none for one step; NoRestarts: none. Square has none.
	Restarts int
	Queries  int // of Square and Auto: points that Square tries, at most; 0: 1000
	Loss     Loss
	Batch    int    // samples per call of the compiled graph; 0: 100
	Seed     uint64 // of the random starts and of Square
}

// PGD100 is the paper's evaluation: 100 steps of 0.01 by the sign of the cross-entropy's gradient, from the clean
// point.
func PGD100(b ball.Ball) Options {
	return Options{Ball: b, Steps: 100, StepSize: 0.01, Loss: CrossEntropy, Restarts: NoRestarts}
}

func (o Options) withDefaults() Options {
	if o.Steps == 0 {
		o.Steps = 1
		if o.Method == APGD || o.Method == Auto {
			o.Steps = defaultSteps
		}
	}
	if o.Queries == 0 && (o.Method == Squares || o.Method == Auto) {
		o.Queries = defaultQueries
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
	if o.Method < 0 || int(o.Method) >= len(methodNames) {
		return fmt.Errorf("%v of the attack is unknown: use one of the methods of this package", o.Method)
	}
	if o.Steps < 1 || o.Restarts < NoRestarts || o.Batch < 1 || o.Queries < 0 || !(o.StepSize >= 0) ||
		math.IsInf(o.StepSize, 0) {
		return fmt.Errorf("attack of %d steps of %v, %d restarts, %d queries, batches of %d: use at least 1 step, a "+
			"finite step size and no negative number (but NoRestarts)", o.Steps, o.StepSize, o.Restarts, o.Queries,
			o.Batch)
	}
	if o.StepSize > 0 && o.Method != PGD {
		return fmt.Errorf("a step size of %v with %v: it finds its own, leave the step size out", o.StepSize, o.Method)
	}
	if o.Loss < 0 || int(o.Loss) >= len(lossNames) {
		return fmt.Errorf("%v of the attack is unknown: use one of the losses of this package", o.Loss)
	}
	return nil
}

// stages are the attacks that are made one after the other, each on what the ones before have left.
func (o Options) stages() []Options {
	if o.Method != Auto {
		return []Options{o}
	}
	one, two, three := o, o, o
	one.Method, one.Loss, one.Queries = APGD, CrossEntropy, 0
	two.Method, two.Loss, two.Queries = APGD, DLR, 0
	three.Method, three.Loss, three.Steps, three.Restarts = Squares, Margin, 1, NoRestarts
	return []Options{one, two, three}
}

// restarts is the number of runs from random points.
func (o Options) restarts() int {
	switch {
	case o.Method == Squares || o.Restarts == NoRestarts || o.Restarts == 0 && o.Steps <= 1:
		return 0
	case o.Restarts == 0:
		return defaultRestarts
	}
	return o.Restarts
}

// Record describes, in the form of a record, how a number of images of a network with a number of classes were
// attacked.
func (o Options) Record(images, classes int) *record.Attack {
	o = o.withDefaults()
	r := &record.Attack{Loss: o.Loss.on(classes).String(), Steps: o.Steps, Restarts: o.restarts(), Images: images}
	switch o.Method {
	case PGD:
		r.StepSize = o.stepSize(o.Ball.Eps)
	case Squares:
		r.Loss, r.Steps = Margin.String(), o.Queries
	case Auto:
		r.Loss = ""
		for _, s := range o.stages() {
			r.Parts = append(r.Parts, *s.Record(images, classes))
		}
	}
	if o.Method != PGD {
		r.Method = o.Method.name(o.Loss)
	}
	return r
}

// Short returns a warning if all steps together are shorter than the ball's radius; otherwise "".
func (o Options) Short() string {
	o = o.withDefaults()
	if o.Method != PGD {
		return ""
	}
	if reach := float64(o.Steps) * o.stepSize(o.Ball.Eps); reach < o.Ball.Eps*(1-1e-9) {
		return fmt.Sprintf("%d steps of %g reach no farther than %g of the radius %g: use a larger step, or 0 for "+
			"one that fits",
			o.Steps, o.StepSize, reach, o.Ball.Eps)
	}
	return ""
}

// stepSize is the length of a step of PGD for a radius.
func (o Options) stepSize(eps float64) float64 {
	switch {
	case o.StepSize > 0:
		return o.StepSize
	case o.Steps == 1:
		return eps
	}
	return 2.5 * eps / float64(o.Steps)
}
