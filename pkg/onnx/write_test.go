package onnx

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"tightrope/pkg/model"
	"tightrope/pkg/verify/cert"
)

// written are networks with every kind of layer.
var written = []struct {
	text  string
	input []int
}{
	{"fc7 relu fc3", []int{5}},
	{"bn relu fc7 bn relu fc3", []int{4}},
	{"conv(3,3,2,1) bn relu avgpool(2,1,1) conv(2,2,1,0) relu flatten fc6 relu fc4", []int{2, 7, 6}},
	{"conv(4,4,2,1) relu flatten fc10", []int{1, 8, 8}},
	{"conv(2,3,1,1) sigmoid avgpool(2) tanh fc5 softplus fc3", []int{1, 4, 4}},
}

// randomNetwork makes a network with random weights and statistics.
func randomNetwork(t *testing.T, text string, input []int, rng *rand.Rand, wide bool) *model.Model {
	t.Helper()
	arch, err := model.Named(text, input, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range arch.Layers {
		if s := &arch.Layers[i]; s.Type == "batchnorm" {
			probe, err := model.New(model.Arch{Input: input, Layers: append(append([]model.LayerSpec{},
				arch.Layers[:i+1]...), model.LayerSpec{Type: "flatten"}, model.LayerSpec{Type: "dense", Units: 2})})
			if err != nil {
				t.Fatal(err)
			}
			for range probe.Layers[i].Out[0] {
				s.Mean = append(s.Mean, float64(float32(rng.NormFloat64())))
				s.Variance = append(s.Variance, float64(float32(0.3+rng.Float64())))
			}
		}
	}
	m, err := model.New(arch)
	if err != nil {
		t.Fatal(err)
	}
	m.Float64 = wide
	for _, l := range m.Layers {
		for _, p := range l.Params {
			for k := range p.Data {
				if p.Data[k] = rng.NormFloat64(); !wide {
					p.Data[k] = float64(float32(p.Data[k]))
				}
			}
		}
	}
	return m
}

// compareWritten writes a network, reads it again, and compares the graph's output with the network's.
func compareWritten(t *testing.T, m *model.Model, rng *rand.Rand) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := Write(path, m); err != nil {
		t.Fatal(err)
	}
	g, err := Read(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	n, err := cert.NewNetwork(m)
	if err != nil {
		t.Fatal(err)
	}
	folded, err := Fold(g)
	if err != nil {
		t.Fatal(err)
	}
	tolerance := 1e-9 // for float64, that for float32: the constants are rounded
	if !m.Float64 {
		tolerance = 1e-5
	}
	for range 5 {
		x := make([]float64, model.Size(m.Input))
		for i := range x {
			x[i] = rng.Float64()
		}
		want := n.Forward(x)
		got, err := NewEvaluator[float64](g).Run(x)
		if err != nil {
			t.Fatal(err)
		}
		for k := range want {
			if !(math.Abs(got[k]-want[k]) <= tolerance*max(1, math.Abs(want[k]))) {
				t.Errorf("%s: output %d is %v, the network's %v", m.Arch().Text(), k, got[k], want[k])
			}
		}
		compareFolded(t, g, folded, x)
	}
}

// TestWrite: what is written is read again as the same function, for every kind of layer in both precisions.
func TestWrite(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, c := range written {
		for _, wide := range []bool{false, true} {
			compareWritten(t, randomNetwork(t, c.text, c.input, rng, wide), rng)
		}
	}
}

// TestWriteResidual writes sums of two and three branches, one of which is the input, and a normalisation.
func TestWriteResidual(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	m, err := model.New(model.Arch{Name: "residual", Input: []int{4}, Layers: []model.LayerSpec{
		{Type: "normalize", Mean: []float64{0.1307, 0, -2, 0.5}, Std: []float64{0.3081, 1, 3, 0.1}},
		{Type: "dense", Units: 4}, {Type: "relu"}, {Type: "add", Inputs: []int{2, -1, 0}},
		{Type: "dense", Units: 4}, {Type: "add", Inputs: []int{4, 3}}, {Type: "dense", Units: 3},
	}})
	if err != nil {
		t.Fatal(err)
	}
	m.Float64 = true
	for _, l := range m.Layers {
		for _, p := range l.Params {
			for k := range p.Data {
				p.Data[k] = rng.NormFloat64()
			}
		}
	}
	compareWritten(t, m, rng)
}
