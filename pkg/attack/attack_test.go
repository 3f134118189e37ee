package attack

import (
	"math/rand/v2"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

func randomNetwork(t *testing.T) *net.Network {
	n, err := net.Build(net.Arch{Name: "random", Input: []int{6}, Layers: []net.LayerSpec{{Type: "dense", Units: 12}, {Type: "relu"}, {Type: "dense", Units: 12}, {Type: "relu"}, {Type: "dense", Units: 3}}})
	if err != nil {
		t.Fatal(err)
	}
	return n.Init(3)
}

func randomSamples(n, dim int) ([]float64, []int32) {
	rng := rand.New(rand.NewPCG(5, 6))
	x, y := make([]float64, n*dim), make([]int32, n)
	for i := range x {
		x[i] = rng.Float64()
	}
	for i := range y {
		y[i] = int32(rng.IntN(3))
	}
	return x, y
}

// TestPGDStaysInTheBallAndAboveTheBound checks feasibility of every point, the
// margin that is reported, that more steps are no worse than the clean point, and soundness of Fast-Lin.
func TestPGDStaysInTheBallAndAboveTheBound(t *testing.T) {
	network := randomNetwork(t)
	x, y := randomSamples(20, 6)
	for _, b := range []ball.Ball{{Eps: 0.2}, {Eps: 0.2, Box: ball.Unit}, {Norm: ball.L2, Eps: 0.4, Box: ball.Unit}, {Norm: ball.L1, Eps: 0.7}} {
		a, err := New(testbackend.Open(t), network, Options{Ball: b, Steps: 20, Restarts: 2, Loss: Margin, Batch: 8})
		if err != nil {
			t.Fatal(err)
		}
		result, err := Run(a, x, y)
		if err != nil {
			t.Fatal(err)
		}
		e, err := bound.NewEvaluator(testbackend.Open(t), network, bound.Options{Ball: b, Batch: 20})
		if err != nil {
			t.Fatal(err)
		}
		lower, err := bound.Evaluate(e, x, y)
		if err != nil {
			t.Fatal(err)
		}
		clean, err := bound.EvaluateAt(e, x, y, 0)
		if err != nil {
			t.Fatal(err)
		}
		moved := 0
		for i := range y {
			if d := b.Distance(x[i*6:(i+1)*6], result.X[i]); d > b.Eps*(1+1e-5) {
				t.Errorf("%v: sample %d: distance %v > eps %v", b.Norm, i, d, b.Eps)
			}
			if smallest(lower.Margins[i], y[i]) > result.Margin[i]+1e-5 {
				t.Errorf("%v: sample %d: bound %v above the attack's margin %v", b.Norm, i, smallest(lower.Margins[i], y[i]), result.Margin[i])
			}
			if result.Margin[i] > smallest(clean.Margins[i], y[i])+1e-5 {
				t.Errorf("%v: sample %d: attack is worse than the clean point", b.Norm, i)
			}
			if result.Margin[i] < smallest(clean.Margins[i], y[i])-1e-3 {
				moved++
			}
		}
		if moved < 15 {
			t.Errorf("%v: the attack lowered only %d of %d margins", b.Norm, moved, len(y))
		}
		a.Close()
		e.Close()
	}
}

func smallest(margins []float64, label int32) float64 {
	m := 1e300
	for t, v := range margins {
		if int32(t) != label {
			m = min(m, v)
		}
	}
	return m
}

func TestBadInput(t *testing.T) {
	network := randomNetwork(t)
	if _, err := New(testbackend.Open(t), network, Options{Ball: ball.Ball{Eps: -1}}); err == nil || !strings.Contains(err.Error(), "eps = -1") {
		t.Errorf("eps -1: %v", err)
	}
	a, err := New(testbackend.Open(t), network, Options{Ball: ball.Ball{Eps: 0.1}})
	if err != nil {
		t.Fatal(err)
	}
	x, _ := randomSamples(1, 6)
	if _, err := Run(a, x, []int32{3}); err == nil || !strings.Contains(err.Error(), "label 3") {
		t.Errorf("label 3 of 3 classes: %v", err)
	}
}
