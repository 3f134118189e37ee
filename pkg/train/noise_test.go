package train

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
)

// TestNoise: a deviation that is next to nothing gives the natural loss, a large one another, the same noise is drawn
// for the same seed, and resuming continues it.
func TestNoise(t *testing.T) {
	loss := func(sigma float64) float64 {
		return lossOf(t, Config{Epochs: 1, Eps: 0.1, Method: Noise, Sigma: sigma}).Loss
	}
	natural := lossOf(t, Config{Epochs: 1, Eps: 0.1, Method: Natural}).Loss
	if near := loss(1e-9); math.Abs(near-natural) > 1e-6 {
		t.Errorf("loss %v with noise of 1e-9, %v without", near, natural)
	}
	if far := loss(1); math.Abs(far-natural) < 1e-3 || far != loss(1) {
		t.Errorf("loss %v, then %v with noise of 1, %v without", far, loss(1), natural)
	}
	c := short()
	c.Method, c.Sigma = Noise, 0.2
	n := tiny(t, dtypes.Float32)
	a, _ := mustRun(t, n, blobs(60), c, Options{})
	if b, _ := mustRun(t, n, blobs(60), c, Options{Resume: saved(t, interrupted(t, n, c, 8))}); !equalWeights(a, b) {
		t.Error("a resumed run gives other weights")
	}
	c.Sigma = 0.3
	if b, _ := mustRun(t, n, blobs(60), c, Options{}); equalWeights(a, b) {
		t.Error("another deviation gives the same weights")
	}
}

// TestNoiseChecked: a deviation goes with the method, and the other way round.
func TestNoiseChecked(t *testing.T) {
	for _, c := range []struct {
		method Method
		sigma  float64
		want   string
	}{{Noise, 0, "--sigma"}, {Noise, -1, "at least 0"}, {Noise, math.Inf(1), "finite"},
		{CP, 0.1, "only --method noise"}, {Noise, 0.1, ""}, {Natural, 0, ""}} {
		err := Config{Epochs: 1, Eps: 0.1, Method: c.method, Sigma: c.sigma}.Validate()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, sigma %v: %v, want %q", c.method, c.sigma, err, c.want)
		}
	}
}
