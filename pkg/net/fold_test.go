package net

import (
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/internal/testbackend"
)

// normed has a batch normalisation after a convolution, one after a dense layer, and one after a relu, which cannot be
// merged.
func normed(t *testing.T) *Network {
	n := parse(t, "conv(3,3,1,1) bn relu conv(2,2,2,0) relu bn fc6 bn relu fc3", 2, 6, 6).Init(4)
	rng := rand.New(rand.NewPCG(8, 8))
	for i, v := range n.Vertices {
		if _, ok := v.Layer.(BatchNorm); ok {
			b := BatchNorm{Epsilon: 1e-3}
			for range v.Out[0] {
				b.Mean, b.Variance = append(b.Mean, rng.NormFloat64()), append(b.Variance, rng.Float64())
			}
			n.Vertices[i].Layer = b
		}
	}
	for _, p := range n.Params {
		for i := range p.Data {
			p.Data[i] += float64(float32(0.3 * rng.NormFloat64()))
		}
	}
	n.DType = dtypes.Float64
	return n
}

func logits(t *testing.T, n *Network, x *tensors.Tensor) []float64 {
	out := MustExecOnce(testbackend.Open(t), func(x *Node) *Node { return n.OnConstants(x.Graph()).Forward(x) }, x)
	return flat64(t, out)
}

func TestFold(t *testing.T) {
	n := normed(t)
	x := random(rand.New(rand.NewPCG(1, 1)), 4, 2, 6, 6)
	want := logits(t, n, x)
	folded, err := Fold(n)
	if err != nil {
		t.Fatal(err)
	}
	if len(folded.Vertices) != len(n.Vertices)-2 {
		t.Errorf("%d layers are left of %d, want 2 merged: %s", len(folded.Vertices), len(n.Vertices),
			folded.Arch().Text())
	}
	near(t, "the folded network", logits(t, folded, x), want)
	near(t, "the network that was folded", logits(t, n, x), want)
}

// TestFoldKeepsSharedLayers has a skip connection that reads the convolution before its normalisation.
func TestFoldKeepsSharedLayers(t *testing.T) {
	n := New("", 1, 3, 3)
	for _, step := range []struct {
		layer  Layer
		inputs []int
	}{{Conv{2, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}}, nil}, {BatchNorm{}, nil}, {Addition{}, []int{0, 1}},
		{Flatten{}, nil}, {Dense{2}, nil}} {
		if _, err := n.Append(step.layer, step.inputs...); err != nil {
			t.Fatal(err)
		}
	}
	n.DType = dtypes.Float64
	folded, err := Fold(n.Init(3))
	if err != nil {
		t.Fatal(err)
	}
	x := random(rand.New(rand.NewPCG(1, 1)), 4, 1, 3, 3)
	if len(folded.Vertices) != len(n.Vertices) {
		t.Error("a layer that two others read was merged")
	}
	near(t, "the folded network", logits(t, folded, x), logits(t, n, x))
}

// TestStatisticsInFiles keeps statistics through a file, and takes them from PyTorch's tensors.
func TestStatisticsInFiles(t *testing.T) {
	n := normed(t)
	x := random(rand.New(rand.NewPCG(1, 1)), 4, 2, 6, 6)
	path := filepath.Join(t.TempDir(), "n.safetensors")
	if err := Save(path, n); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "the loaded network", logits(t, got, x), logits(t, n, x))

	values := n.NamedTensors("")
	for i, v := range n.Vertices {
		if b, ok := v.Layer.(BatchNorm); ok {
			group := n.ParamsOf(i)[0].Name[:1]
			values = append(values, NamedTensor{group + ".running_mean",
				tensors.FromFlatDataAndDimensions(b.Mean, len(b.Mean))},
				NamedTensor{group + ".running_var", tensors.FromFlatDataAndDimensions(b.Variance, len(b.Variance))},
				NamedTensor{group + ".num_batches_tracked", tensors.FromScalar(int64(7))})
		}
	}
	if err := WriteTensors(path, values, nil); err != nil {
		t.Fatal(err)
	}
	arch := n.Arch()
	for i := range arch.Layers {
		arch.Layers[i].Mean, arch.Layers[i].Variance = nil, nil
	}
	if got, err = Load(path, &arch); err != nil {
		t.Fatal(err)
	}
	near(t, "the network of a state dict", logits(t, got, x), logits(t, n, x))
}
