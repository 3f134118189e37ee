package tight

import (
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// tanh is a layer with a role of its own.
type tanh struct{}

// Spec implements net.Layer: a relu's, for its shapes.
func (tanh) Spec() net.LayerSpec { return net.LayerSpec{Type: "relu"} }

// TestUnknownRole checks that the real network at x* is not evaluated, nor a neuron inspected, through a layer of
// unknown role.
func TestUnknownRole(t *testing.T) {
	b, eps := testbackend.Open(t), ball.Ball{Eps: 0.1}
	n, err := net.Named("mlp-2x4", []int{3}, 2)
	if err != nil {
		t.Fatal(err)
	}
	n.Init(1).Vertices[n.Relus()[0]].Layer = tanh{}
	m, err := NewMeasurement(b, n, bound.FastLin{}, eps, Options{})
	if err != nil {
		t.Fatal(err)
	}
	in, err := NewInspector(b, n, bound.CROWN{}, eps, Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, measured := m.Measure([]float64{0, 0.5, 1}, []int32{0})
	_, inspected := in.Inspect([]float64{0, 0.5, 1}, 0, 1, 0.1)
	for what, err := range map[string]error{"the measurement": measured, "the inspector": inspected} {
		if err == nil || !strings.Contains(err.Error(), "tight.tanh has 0 of the roles") {
			t.Errorf("%s gives the error %v, want one that names the layer", what, err)
		}
	}
}

// TestNeedsOptimum checks that techniques without an optimal input are refused by name.
func TestNeedsOptimum(t *testing.T) {
	b := testbackend.Open(t)
	n, err := net.Named("mlp-2x4", []int{3}, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, technique := range []bound.Technique{bound.IBP{}, bound.Zonotope{}, bound.Hybrid{}, bound.Best{}} {
		_, measured := NewMeasurement(b, n.Init(1), technique, ball.Ball{}, Options{})
		_, inspected := NewInspector(b, n, technique, ball.Ball{}, Options{})
		for _, err := range []error{measured, inspected} {
			if err == nil || !strings.Contains(err.Error(), technique.Name()) {
				t.Errorf("%s is refused with the error %v, want one that names it", technique.Name(), err)
			}
		}
	}
}
