package fuzz

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/attack"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
)

// more are the techniques that need graphs of their own: alpha-CROWN in all its forms, bounds in calls of their own for
// every relu, and Fast-Lin with rows for some units only. A case gets alpha-CROWN always and one of the others; one of
// smooth activations only what knows them.
func (f *fuzz) more(s *compiled, eps float64) (all [][]bounds) {
	f.Helper()
	smooth := len(s.net.Smooths()) > 0
	if !smooth {
		all = append(all, f.alpha(s, eps))
	}
	switch s.Seed % 4 {
	case 0:
		all = append(all, f.staged(s, eps, bound.FastLin{}))
	case 1:
		all = append(all, f.staged(s, eps, bound.CROWN{}))
	case 2:
		all = append(all, f.staged(s, eps, bound.CROWNIBP()))
	default:
		if !smooth {
			all = append(all, f.screened(s, eps))
		}
	}
	out := all[:0]
	for _, b := range all {
		if b != nil {
			out = append(out, b)
		}
	}
	f.cases += len(out)
	return out
}

// alphaOptions go through the forms of alpha-CROWN, seed by seed.
func alphaOptions(seed uint64) bound.AlphaOptions {
	o := bound.AlphaOptions{Iterations: 3, Layers: true, Joint: seed%2 == 0, ShareRows: seed%4 == 0,
		FastLinStart: seed%3 == 0}
	switch seed % 5 {
	case 1:
		o.Intermediate = bound.IBP{}
	case 2:
		o.Intermediate = bound.FastLin{}
	case 3:
		o.Intermediate = bound.Best{}
	}
	return o
}

func (f *fuzz) alpha(s *compiled, eps float64) []bounds {
	o := alphaOptions(s.Seed)
	o.Ball, o.Batch = s.ballAt(eps), len(s.Labels)
	e, err := bound.NewAlphaEvaluator(f.backend, s.net, o)
	if err != nil {
		f.Fatalf("%v: %v", s.Case, err)
	}
	defer e.Close()
	out, err := bound.EvaluateAlpha(e, s.X, s.Labels)
	if err != nil {
		f.Fatalf("%v: %v", s.Case, err)
	}
	return read(fmt.Sprintf("%s (%+v)", e.Name(), alphaOptions(s.Seed)), out)
}

// read takes over an evaluator's results.
func read(technique string, out *bound.Output) []bounds {
	all := make([]bounds, len(out.Margins))
	for i := range all {
		all[i] = bounds{technique: technique, margins: out.Margins[i], lower: out.Lower[i], upper: out.Upper[i]}
	}
	return all
}

// staged allows less memory than one sample needs in one call; nil if the technique cannot be cut.
func (f *fuzz) staged(s *compiled, eps float64, technique bound.Technique) []bounds {
	whole, err := bound.Plan(technique, s.net, bound.PlanOptions{Batch: 1, Norm: s.Ball.Norm})
	if err != nil {
		f.Fatalf("%v: %v", s.Case, err)
	}
	o := bound.Options{Technique: technique, Ball: s.ballAt(eps), Batch: len(s.Labels), Memory: whole.Bytes - 1,
		Layers: true}
	if plan, err := bound.Plan(technique, s.net, bound.PlanOptions{Batch: 1, Norm: s.Ball.Norm,
		Memory: o.Memory}); err != nil || !plan.Staged {
		return nil
	}
	e, err := bound.NewEvaluator(f.backend, s.net, o)
	if err != nil {
		f.Fatalf("%v: %v", s.Case, err)
	}
	defer e.Close()
	out, err := bound.Evaluate(e, s.X, s.Labels)
	if err != nil {
		f.Fatalf("%v: %v", s.Case, err)
	}
	f.stagedCases++
	return read(technique.Name()+" in stages", out)
}

// screened is Fast-Lin with rows for the units that its screen tells; nil for balls and networks that have none.
func (f *fuzz) screened(s *compiled, eps float64) []bounds {
	relus := len(s.net.Relus())
	if s.Ball.Norm != ball.Linf || relus < 2 {
		return nil
	}
	var scores [][]float64
	for k := 1; k < relus; k++ {
		values := s.once(f, eps, scores, func(p *bound.Problem) []*Node {
			return []*Node{bound.FastLin{}.Screen(p,
				k)}
		})
		scores = append(scores, values[0])
	}
	batch, classes := len(s.Labels), s.net.Classes()
	values := s.once(f, eps, scores, func(p *bound.Problem) (out []*Node) {
		r := bound.FastLin{}.Bound(p)
		out = []*Node{BroadcastToDims(r.Margins, batch, classes)}
		for _, l := range r.Layers {
			dims := append([]int{batch}, l.Lower.Shape().Dimensions[1:]...)
			out = append(out, BroadcastToDims(l.Lower, dims...), BroadcastToDims(l.Upper, dims...))
		}
		return out
	})
	f.screenedCases++
	all := make([]bounds, batch)
	for i := range all {
		all[i] = bounds{technique: "Fast-Lin, screened", margins: part(values[0], i, batch)}
		for k := 1; k < len(values); k += 2 {
			all[i].lower, all[i].upper = append(all[i].lower, part(values[k], i, batch)), append(all[i].upper,
				part(values[k+1], i, batch))
		}
	}
	return all
}

// once compiles a graph on the units that the scores ask for, and calls it.
func (s *compiled) once(f *fuzz, eps float64, scores [][]float64, build func(p *bound.Problem) []*Node) [][]float64 {
	picked := bound.NeededUnits(s.net, scores, bound.ScreenLevel(s.net, scores))
	exec, err := NewExec(f.backend, func(args []*Node) []*Node {
		p := s.problem(args[:len(args)-len(picked)])
		p.Needed = append([]*Node{nil}, args[len(args)-len(picked):]...)
		return build(p)
	})
	if err != nil {
		f.Fatal(err)
	}
	defer exec.Finalize()
	args := append([]any{}, s.args...)
	for _, units := range picked {
		args = append(args, tensors.FromFlatDataAndDimensions(units, len(units)))
	}
	return s.call(exec, args, eps)
}

// attacked runs the library's attack and returns its points, which must lie in the ball and have the margins that it
// tells.
func (f *fuzz) attacked(p *plain, s *compiled, eps float64) [][]float64 {
	o := attack.Options{Ball: s.ballAt(eps), Steps: 5, Restarts: 1, Batch: len(s.Labels), Loss: attack.Loss(s.Seed % 2),
		Seed: s.Seed}
	a, err := attack.New(f.backend, s.net, o)
	if err != nil {
		f.Fatalf("%v: %v", s.Case, err)
	}
	defer a.Close()
	r, err := attack.Run(a, s.X, s.Labels)
	if err != nil {
		f.Fatalf("%v: %v", s.Case, err)
	}
	for i, point := range r.X {
		f.judge(fault{s.Case, s.net.DType, "PGD", eps, i, outside(s.ballAt(eps), s.Sample(i), point, s.net.DType)})
	}
	return r.X
}

// outside tells how far a point lies outside a ball, beyond what rounding explains: each coordinate is x plus a step,
// rounded.
func outside(b ball.Ball, x, point []float64, dtype dtypes.DType) string {
	unit, _ := roundoff(dtype)
	lower, upper := b.Bounds(x)
	tol := 0.0
	for k, v := range point {
		own := 4 * unit * (abs(x[k]) + abs(v) + b.Eps)
		if tol += own; v < lower[k]-own*factor(b, k) || v > upper[k]+own*factor(b, k) {
			return fmt.Sprintf("coordinate %d of a point is %v, outside [%v, %v]", k, v, lower[k], upper[k])
		}
	}
	tol += float64(len(x)) * unit * b.Eps // of the norm's own sum
	if d := b.Distance(x, point); b.Norm != ball.Linf && d > b.Eps+tol {
		return fmt.Sprintf("a point has distance %v, more than eps", d)
	}
	return ""
}

// factor is the radius of a feature, at least 1.
func factor(b ball.Ball, k int) float64 {
	if b.Radii == nil {
		return 1
	}
	return max(1, b.Radii[k])
}
