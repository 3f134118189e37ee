package train

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/internal/floats"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// crossNetworks are of one hidden layer, as in the paper, and deeper, with a convolution and a way round.
func crossNetworks(t *testing.T) (all []*net.Network) {
	t.Helper()
	for _, text := range []string{"fc9 softplus fc3", "fc9 relu fc3", "fc9 sigmoid fc8 tanh fc3",
		"conv(3,2,1,1) softplus fc5 relu fc3"} {
		arch, err := net.ParseArch(text, []int{1, 2, 3}, 3)
		if err != nil {
			t.Fatal(err)
		}
		n, err := net.Build(arch)
		if err != nil {
			t.Fatal(err)
		}
		n.DType = dtypes.Float64
		n.Init(4)
		for _, p := range n.Params {
			for i := range p.Data {
				p.Data[i] *= 2
			}
		}
		all = append(all, n)
	}
	return all
}

// logitsAt are a network's logits at the blobs with one input moved by h, [9][3].
func logitsAt(t *testing.T, n *net.Network, input int, h float64) [][]float64 {
	t.Helper()
	x := make([][]float64, 9)
	for i, v := range blobs(9).X {
		if i%6 == 0 {
			x[i/6] = make([]float64, 6)
		}
		if x[i/6][i%6] = float64(v); i%6 == input {
			x[i/6][i%6] += h
		}
	}
	out := MustExecOnce(testbackend.Open(t), func(x *Node) *Node {
		return n.OnConstants(x.Graph()).Forward(Reshape(x, 9, 1, 2, 3))
	}, x)
	flat := make([]float64, 27)
	if err := floats.Read(flat, out); err != nil {
		t.Fatal(err)
	}
	logits := make([][]float64, 9)
	for i := range logits {
		logits[i] = flat[3*i : 3*i+3]
	}
	return logits
}

// TestCrossLipschitz compares the regularizer with its definition, the mean over samples and pairs of classes of the
// squared difference of gradients, by differences of logits.
func TestCrossLipschitz(t *testing.T) {
	const h = 1e-5
	for _, n := range crossNetworks(t) {
		want := 0.0
		for input := range 6 {
			up, down := logitsAt(t, n, input, h), logitsAt(t, n, input, -h)
			for i := range up {
				for l := range 3 {
					for m := range 3 {
						slope := (up[i][l] - down[i][l] - up[i][m] + down[i][m]) / (2 * h)
						want += slope * slope / (9 * 3 * 3)
					}
				}
			}
		}
		c := short()
		c.Method = Natural
		without, _ := lossAndGradient(t, n, c)(n.Tensors())
		c.CrossLipschitz = 0.25
		with, _ := lossAndGradient(t, n, c)(n.Tensors())
		if got := (with - without) / 0.25; math.Abs(got-want) > 1e-7*want || want < 0.01 {
			t.Errorf("%s: %.10g, by differences %.10g", n.Arch().Text(), got, want)
		}
	}
}

// TestCrossLipschitzGradient compares the gradient of the loss with the regularizer with differences, by every weight,
// in the losses of clean inputs and of bounds.
func TestCrossLipschitzGradient(t *testing.T) {
	networks := crossNetworks(t)
	for i, method := range []Method{Natural, IBP, Natural, CP} {
		c := short()
		c.Method, c.CrossLipschitz, c.Lambda, c.Gamma = method, 0.5, 0, 0
		checkGradientOf(t, networks[i], c)
	}
}

// TestCrossLipschitzTraining: training with the regularizer ends with a smaller one than training without, and a weight
// that is none is refused.
func TestCrossLipschitzTraining(t *testing.T) {
	size := func(weight float64) float64 {
		n := crossNetworks(t)[0]
		n.DType = dtypes.Float32
		c := short()
		c.Method, c.Epochs, c.CrossLipschitz = Natural, 6, weight
		n, _, err := Run(context.Background(), testbackend.Open(t), n, blobs(60), c, Options{})
		if err != nil {
			t.Fatal(err)
		}
		n.DType = dtypes.Float64
		c.CrossLipschitz = 0
		without, _ := lossAndGradient(t, n, c)(n.Tensors())
		c.CrossLipschitz = 1
		with, _ := lossAndGradient(t, n, c)(n.Tensors())
		return with - without
	}
	if plain, regularized := size(0), size(0.1); !(regularized < 0.8*plain) {
		t.Errorf("the regularizer is %v with a weight, %v without", regularized, plain)
	}
	c := short()
	c.CrossLipschitz = math.NaN()
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "cross-Lipschitz weight") {
		t.Errorf("weight NaN: error %v", err)
	}
}
