package train

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
)

// TestWrong compares the fraction of misclassified clean samples with the network's own answers: on all samples where
// the loss needs their logits, else on the first eighth of the batch, rounded up.
func TestWrong(t *testing.T) {
	n, set := tiny(t, dtypes.Float64), blobs(12)
	share := func(samples int) float64 {
		count := 0
		for i := range samples {
			if int32(answer(n, set.X[6*i:6*i+6])) != set.Y[i] {
				count++
			}
		}
		return float64(count) / float64(samples)
	}
	if share(2) == share(12) {
		t.Fatal("the samples do not tell the first two from all")
	}
	plain := Config{Epochs: 1, Eps: 0.1, Box: ball.Unit, Method: IBP}
	mixed := plain
	mixed.Kappa = Range{Start: 0.5, End: 0.5}
	natural := Config{Epochs: 1, Eps: 0.1, Box: ball.Unit, Method: Natural}
	for i, c := range []Config{plain, mixed, natural} {
		want := share([]int{2, 12, 12}[i])
		if got := lossOf(t, c).Wrong; math.Abs(got-want) > 1e-12 {
			t.Errorf("configuration %d: %g of the samples are misclassified, want %g", i, got, want)
		}
	}
}

// answer is the class that a network of dense layers and relus gives an input.
func answer(n *net.Network, x []float32) int {
	values := make([]float64, len(x))
	for i, v := range x {
		values[i] = float64(v)
	}
	for k := 0; k < len(n.Params); k += 2 {
		w, b := n.Params[k].Data, n.Params[k+1].Data
		out := make([]float64, len(b))
		for i := range out {
			out[i] = b[i]
			for j, v := range values {
				out[i] += w[i*len(values)+j] * v
			}
			if k+2 < len(n.Params) {
				out[i] = max(0, out[i])
			}
		}
		values = out
	}
	best := 0
	for i, v := range values {
		if v > values[best] {
			best = i
		}
	}
	return best
}
