package tight

import (
	"math"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// TestAnatomySumsToTheIndicators: the neurons' gaps sum to d, their distances to n r, and only unstable neurons have
// any.
func TestAnatomySumsToTheIndicators(t *testing.T) {
	n, err := net.Named("mlp-2x12", []int{1, 1, 5}, 3)
	if err != nil {
		t.Fatal(err)
	}
	n.Init(7)
	backend := testbackend.Open(t)
	x := []float64{0.1, 0.4, 0.9, 0.5, 0.3}
	for _, technique := range []bound.Technique{nil, bound.CROWN{}} {
		in, err := NewInspector(backend, n, technique, ball.Ball{Box: ball.Unit}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		e, err := bound.NewEvaluator(backend, n,
			bound.Options{Technique: technique, Ball: ball.Ball{Eps: 0.3, Box: ball.Unit}, Batch: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		out, err := bound.Evaluate(e, x, []int32{1})
		if err != nil {
			t.Fatal(err)
		}
		unstable := 0
		for _, class := range []int{0, 2} {
			a, err := in.Inspect(x, 1, class, 0.3)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(a.Bound-out.Margins[0][class]) > 1e-5 || a.Class != class {
				t.Errorf("bound over class %d is %v, the evaluator's %v", a.Class, a.Bound, out.Margins[0][class])
			}
			gaps, distances := 0.0, 0.0
			for _, u := range a.Neurons {
				gaps, distances = gaps+u.Gap, distances+u.Distance
				if u.Gap < -1e-5 || !u.Unstable && (math.Abs(u.Gap) > 1e-5 || u.Distance != 0 || u.Tight) {
					t.Errorf("%+v", u)
				}
			}
			unstable += len(a.Unstable())
			if math.Abs(gaps-a.D()) > 1e-5 || math.Abs(distances/24-a.R) > 1e-6 {
				t.Errorf("gaps sum to %v, d = %v; distances to 24 times %v, r = %v", gaps, a.D(), distances/24, a.R)
			}
		}
		if unstable == 0 {
			t.Error("no neuron is unstable: the test shows nothing")
		}
		worst, err := in.Inspect(x, 1, -1, 0.3)
		if err != nil || worst.Bound > min(out.Margins[0][0], out.Margins[0][2])+1e-5 {
			t.Errorf("class -1 gives %+v, %v", worst, err)
		}
	}
}

func TestInspectorRefuses(t *testing.T) {
	n, err := net.Named("mlp-1x4", []int{1, 1, 2}, 2)
	if err != nil {
		t.Fatal(err)
	}
	backend := testbackend.Open(t)
	_, errIBP := NewInspector(backend, n, bound.IBP{}, ball.Ball{}, Options{})
	in, err := NewInspector(backend, n, nil, ball.Ball{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	_, errClass := in.Inspect([]float64{0, 0}, 1, 1, 0.1)
	_, errEps := in.Inspect([]float64{0, 0}, 1, -1, math.NaN())
	_, errSize := in.Inspect([]float64{0}, 1, -1, 0.1)
	for want, err := range map[string]error{"no optimal input": errIBP, "smallest bound": errClass, "radius": errEps,
		"values": errSize} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want one line with %q", err, want)
		}
	}
}
