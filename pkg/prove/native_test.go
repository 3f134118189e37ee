package prove

import (
	"math"
	"path/filepath"
	"testing"

	"tightrope/pkg/onnx"
	"tightrope/pkg/verify/cert"
)

// TestNative: the intervals of operations that are rewritten into relus and sums are those of the operations: outputs
// come near both ends where all inputs are equal, and never leave them.
func TestNative(t *testing.T) {
	for _, name := range []string{"abs0", "leakyrelu0", "leakyrelu1", "clip_inputs", "clip_attributes", "clip_upper",
		"hardsigmoid0", "hardsigmoid2", "maxpool_bare", "maxpool_padded", "maxpool_dilated", "maxpool_ceil",
		"maxpool_same"} {
		g, err := onnx.Read(filepath.Join("..", "onnx", "testdata", "cases", name+".onnx"), onnx.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f, err := onnx.Fold(g)
		if err != nil {
			t.Fatal(name, err)
		}
		c, err := cert.NewNetwork(f.Model)
		if err != nil {
			t.Fatal(err)
		}
		n := newNetwork(c)
		free := make([]int, n.inputs)
		lower, upper := make([]float64, n.inputs), make([]float64, n.inputs)
		for k := range free {
			free[k], lower[k], upper[k] = k, -2, 2
		}
		z := n.newZonotope(free)
		z.run(lower, upper)
		out := &z.forms[len(z.forms)-1]
		low, high := make([]float64, len(out.low)), make([]float64, len(out.low))
		for i := range low {
			low[i], high[i] = math.Inf(1), math.Inf(-1)
		}
		x, values := make([]float64, n.inputs), n.newValues()
		for at := -2.0; at <= 2; at += 1.0 / 128 {
			for k := range x {
				x[k] = at
			}
			for i, y := range n.forward(x, values) {
				low[i], high[i] = min(low[i], y), max(high[i], y)
			}
		}
		for i := range low {
			if low[i] < out.low[i]-1e-9 || high[i] > out.high[i]+1e-9 || low[i] > out.low[i]+0.02 ||
				high[i] < out.high[i]-0.02 {
				t.Errorf("%s: output %d of [%v, %v] is bounded by [%v, %v]", name, i, low[i], high[i], out.low[i],
					out.high[i])
				break
			}
		}
	}
}
