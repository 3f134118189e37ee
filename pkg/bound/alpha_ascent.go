package bound

import (
	"math"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/internal/engine"
	"tightrope/pkg/internal/floats"
)

// ascent is the optimisation of one batch.
type ascent struct {
	*AlphaEvaluator
	samples, rows int
	problem       []any             // x, spec, eps
	best          []*tensors.Tensor // margins [batch, rows], then l, u of each relu
	moving        []*tensors.Tensor // slopes, first and second moments, in turn over the passes
}

func (a *ascent) run(out *Output, x, spec []float64) error {
	batch, network := a.options.Batch, a.program.Network()
	spec = engine.PadRows(spec, len(spec)/a.samples, batch)
	a.problem = []any{
		a.program.Inputs(engine.PadRows(x, network.InputSize(), batch)),
		a.program.Floats(spec, batch, a.rows, network.Classes()),
		a.program.Scalar(a.options.Ball.Eps),
	}
	logits, err := a.begin(false)
	if err != nil {
		return err
	}
	defer a.free()
	if err := a.climb(); err != nil {
		return err
	}
	if a.options.FastLinStart {
		if err := a.restart(); err != nil {
			return err
		}
	}
	return a.collect(out, logits)
}

// begin evaluates the start: logits, best bounds, slopes; the moments are 0.
func (a *ascent) begin(fastLin bool) (logits *tensors.Tensor, err error) {
	flag := 0.0
	if fastLin {
		flag = 1
	}
	results, err := a.start.Call(append(slices.Clone(a.problem), a.program.Scalar(flag))...)
	if err != nil {
		return nil, err
	}
	best := 1 + 1 + 2*len(a.program.Network().Activations())
	a.best, a.moving = results[1:best], results[best:]
	return results[0], nil
}

// restart climbs again from Fast-Lin's slopes. Joint bounds tighten from the start again, but the best are kept.
func (a *ascent) restart() error {
	found := a.best
	floats.Free(a.moving)
	logits, err := a.begin(true)
	if err != nil {
		return err
	}
	logits.MustFinalizeAll()
	floats.Free(a.best)
	a.best = found
	return a.climb()
}

func (a *ascent) climb() error {
	o := a.options
	for i := range o.Iterations {
		if done, err := a.certified(); err != nil || done {
			return err
		}
		t := float64(i + 1)
		rate := o.LearningRate * math.Pow(o.Decay, float64(i)) / (1 - math.Pow(adamBeta1, t))
		if err := a.iterate(rate, 1/(1-math.Pow(adamBeta2, t))); err != nil {
			return err
		}
	}
	return nil
}

// iterate makes one step: rate includes the first moment's bias correction, second is the second moment's.
func (a *ascent) iterate(rate, second float64) error {
	args := append(slices.Clone(a.problem), a.program.Scalar(rate), a.program.Scalar(second))
	for _, t := range slices.Concat(a.best, a.moving) {
		args = append(args, t)
	}
	results, err := a.step.Call(args...)
	if err != nil {
		return err
	}
	a.free()
	a.best, a.moving = results[:len(a.best)], results[len(a.best):]
	return nil
}

func (a *ascent) certified() (bool, error) {
	if !a.options.UntilCertified {
		return false, nil
	}
	margins := make([]float64, a.best[0].Size())
	if err := floats.Read(margins, a.best[0]); err != nil {
		return false, err
	}
	for _, m := range margins {
		if !(m > 0) {
			return false, nil
		}
	}
	return true, nil
}

func (a *ascent) collect(out *Output, logits *tensors.Tensor) error {
	var values [][]float64
	for _, t := range append([]*tensors.Tensor{logits}, a.best...) {
		v := make([]float64, t.Size())
		if err := floats.Read(v, t); err != nil {
			return err
		}
		values = append(values, v)
	}
	logits.MustFinalizeAll()
	for s := range a.samples {
		out.Logits = append(out.Logits, sampleOf(values[0], s, a.options.Batch))
		out.Margins = append(out.Margins, sampleOf(values[1], s, a.options.Batch))
		if a.options.Layers {
			lower, upper := layersOf(values[2:], s, a.options.Batch)
			out.Lower, out.Upper = append(out.Lower, lower), append(out.Upper, upper)
		}
	}
	return nil
}

func (a *ascent) free() {
	floats.Free(a.best)
	floats.Free(a.moving)
}
