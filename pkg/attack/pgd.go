package attack

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/bound"
	"tightrope/pkg/internal/engine"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// pgd is projected gradient descent.
type pgd struct {
	program *engine.Program
	step    *engine.Compiled
	options Options
}

func newPGD(p *engine.Program, o Options) (s *pgd, err error) {
	s = &pgd{program: p, options: o}
	s.step, err = p.Compile(s.graph)
	return s, err
}

// graph takes clean, current, labels, eps, step size, best margin, best point and turn;
// it scores the current point and moves on: next point, best margin, best point.
func (a *pgd) graph(s *net.Symbolic, args []*Node) []*Node {
	clean, x, labels, eps, size, best, bestX := args[0], args[1], args[2], args[3], args[4], args[5], args[6]
	logits := s.Forward(x)
	margins := region.PairSum(bound.OtherMargins(labels, s.Classes(), x), logits)
	worst := ReduceMin(margins, -1)
	gradient := Gradient(ReduceAllSum(a.options.Loss.objective(logits, margins, worst, args[7])), x)[0]
	gradient = Where(IsFinite(gradient), gradient, ZerosLike(gradient)) // so that x stays finite
	worst = unlessOverflow(worst, logits)
	better := LessThan(worst, best)
	region := region.AtEps(a.options.Ball, clean, eps)
	next := region.Project(Add(x, Mul(size, region.SteepestWithin(x, gradient))))
	return []*Node{next, Min(worst, best), Where(perSample(better, x), x, bestX)}
}

// run implements search.
func (a *pgd) run(b batch, eps float64, f *found) error {
	in := a.options.Ball
	in.Eps = eps
	loss, classes := a.options.Loss, a.program.Network().Classes()
	fromImage := loss.fromImage(classes)
	for run := range fromImage + a.options.restarts() {
		start := b.starts(in, a.options.Seed, run-fromImage+1)
		turn := float64(loss.turn(run, classes))
		if err := a.ascend(b, start, eps, turn, f); err != nil {
			return err
		}
	}
	return nil
}

// ascend runs all steps from a start.
func (a *pgd) ascend(b batch, start []float64, eps, turn float64, f *found) error {
	scalar := a.program.Scalar
	fixed := []any{scalar(eps), scalar(a.options.stepSize(eps)),
		a.program.Floats(f.margin, len(f.margin)), a.program.Inputs(f.points)}
	c, x, y := a.program.Inputs(b.X), a.program.Inputs(start), engine.Labels(b.Labels)
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
	if err := floats.Read(f.margin, fixed[2].(*tensors.Tensor)); err != nil {
		return err
	}
	return floats.Read(f.points, fixed[3].(*tensors.Tensor))
}
