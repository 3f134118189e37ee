package recipe

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"tightrope/pkg/attack"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/measure"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/tight"
	"tightrope/pkg/train"
)

// The results of the network at the epoch that the validation chose ([train.Best]), beside record.Test and
// record.Validation, which are of the last epoch.
const (
	ChosenTest       = "test-chosen"
	ChosenValidation = "validation-chosen"
)

// chosenFile is the model at the chosen epoch, in the run's folder.
const chosenFile = "best.safetensors"

func chosenPath(r *record.Run) string { return filepath.Join(r.Dir, chosenFile) }

// removeChosen deletes what a run that is replaced has left.
func removeChosen(r *record.Run) error {
	if err := os.Remove(chosenPath(r)); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

// evaluate measures the network after the last epoch, and at the chosen one.
func (s *run) evaluate(ctx context.Context, n *net.Network, history []train.Epoch) error {
	s.record.Results = map[string]record.SplitResult{}
	test := head(s.splits.Test, s.Eval.TestSamples)
	if err := s.measure(ctx, n, s.splits.Validation, record.Validation, nil); err != nil {
		return err
	}
	if err := s.test(ctx, n, test); err != nil {
		return err
	}
	if err := s.chosen(ctx, test, history); err != nil {
		return err
	}
	return s.curveAndTightness(ctx, n, head(test, s.Eval.CurveSample))
}

func (s *run) verifyOptions() measure.Options {
	return measure.Options{Ball: s.Ball(), Technique: s.Train.Certifier(), Progress: s.options.Progress,
		Compiled: s.options.Evaluations, Devices: s.options.Devices, Memory: s.options.Memory}
}

// measure records the errors on a split, with an attack where one is given; an empty split is left out.
func (s *run) measure(ctx context.Context, n *net.Network, set *data.Set, split string, a *attack.Options) error {
	if set.Len() == 0 {
		return nil
	}
	o := s.verifyOptions()
	o.Attack = a
	e, err := measure.Evaluate(ctx, s.backend, n, set, o)
	if err != nil {
		return err
	}
	s.record.Results[split] = SplitResult(e)
	if text := e.Overflow(); text != "" {
		s.notes = append(s.notes, split+": "+text)
	}
	if text := e.Underflow(); text != "" {
		s.notes = append(s.notes, split+": "+text)
	}
	return nil
}

// test measures the network on the test split, and attacks it on as much of that as the recipe says.
func (s *run) test(ctx context.Context, n *net.Network, test *data.Set) error {
	a := s.Attack()
	if a == nil || s.Eval.PGDSamples == 0 || s.Eval.PGDSamples >= test.Len() {
		return s.measure(ctx, n, test, record.Test, a)
	}
	const attacked = "attacked"
	if err := s.measure(ctx, n, test.Head(s.Eval.PGDSamples), attacked, a); err != nil {
		return err
	}
	part := s.record.Results[attacked]
	delete(s.record.Results, attacked)
	if err := s.measure(ctx, n, test, record.Test, nil); err != nil {
		return err
	}
	whole := s.record.Results[record.Test]
	whole.PGDError, whole.PGDSteps, whole.Attack = part.PGDError, part.PGDSteps, part.Attack
	s.record.Results[record.Test] = whole
	s.notes = append(s.notes, fmt.Sprintf("the PGD error is over the first %d test samples", part.Samples))
	return nil
}

// chosen measures the network at the epoch that the validation chose.
func (s *run) chosen(ctx context.Context, test *data.Set, history []train.Epoch) error {
	best := train.Best(history)
	switch {
	case best < 0:
		return nil
	case best == len(history)-1:
		s.record.Results[ChosenTest], s.record.Results[ChosenValidation] = s.record.Results[record.Test],
			s.record.Results[record.Validation]
		return nil
	}
	n, err := net.Load(chosenPath(s.folder), nil)
	if err != nil {
		return err
	}
	if err := s.measure(ctx, n, s.splits.Validation, ChosenValidation, nil); err != nil {
		return err
	}
	return s.measure(ctx, n, test, ChosenTest, nil)
}

func head(s *data.Set, n int) *data.Set {
	if n == 0 {
		return s
	}
	return s.Head(n)
}

// SplitResult is the record of an evaluation.
func SplitResult(e measure.Errors) record.SplitResult {
	r := record.SplitResult{
		Samples: e.Samples, StandardError: e.Percent(e.Standard), CertifiedError: e.Percent(e.Uncertified),
		Technique: e.Technique, Eps: e.Ball.Eps, Channels: e.Ball.Channels(), Norm: e.Ball.Norm.String(),
	}
	if e.Ball.Box != nil {
		r.Box = &[2]float64{e.Ball.Box.Lower, e.Ball.Box.Upper}
	}
	if e.Attack != nil {
		r.PGDError, r.PGDSteps, r.Attack = e.Percent(e.Attacked), e.Attack.Steps, e.Attack
	}
	return r
}

// curveAndTightness measures the errors over eps and the two indicators, layer by layer.
func (s *run) curveAndTightness(ctx context.Context, n *net.Network, set *data.Set) error {
	points, err := measure.Curve(ctx, s.backend, n, set, s.verifyOptions(), s.Eval.Curve)
	if err != nil {
		return err
	}
	for _, p := range points {
		s.record.Curve = append(s.record.Curve,
			record.CurvePoint{Eps: p.Ball.Eps, StandardError: p.Percent(p.Standard),
				CertifiedError: p.Percent(p.Uncertified)})
	}
	m, err := tight.NewMeasurement(s.backend, n, s.traced(), s.Ball(), s.Train.Tight)
	if err != nil {
		return err
	}
	defer m.Close()
	report, err := m.Measure(floats.Double(set.X), set.Y)
	if err != nil {
		return err
	}
	for k, l := range report.Layers {
		kind := n.Vertices[n.Activations()[k]].Layer.Spec().Type
		s.record.Tightness = append(s.record.Tightness, record.LayerTightness{
			Layer: fmt.Sprintf("%s %d", kind, k+1), D: l.D, R: l.R, Units: l.Units, UnstablePerSample: l.Unstable,
			TightPerSample: l.Tight})
	}
	return nil
}

// traced is the technique whose tightness is measured: the certifier, or CROWN-IBP where that is IBP, which has no
// optimal input.
func (s *run) traced() bound.Technique {
	if c := s.Train.Certifier(); c != (bound.IBP{}) {
		return c
	}
	return bound.CROWNIBP()
}
