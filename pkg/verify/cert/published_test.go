package cert

import (
	"testing"
	"time"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/testmodels"
)

func readModel(t testing.TB, name string) *Network {
	t.Helper()
	p, err := NewNetwork(testmodels.Network(t, name).Model())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func sample(s *data.Set, i int) []float64 {
	x := make([]float64, s.Dim())
	for k, v := range s.Sample(i) {
		x[k] = float64(v)
	}
	return x
}

// TestPublished proves Fast-Lin's published certified errors again, image by image, with outward rounding.
func TestPublished(t *testing.T) {
	for _, c := range []struct {
		model  string
		images int
		failed int
	}{{"lpd_mlp_b_0.1", 10000, 1832}, {"adv_mlp_b_0.1", 10000, 7134}} {
		t.Run(c.model, func(t *testing.T) {
			if testing.Short() {
				t.Skip("15 seconds a network: run without -short")
			}
			n, set := readModel(t, c.model), testmodels.MNIST(t)
			start := time.Now()
			failed := 0
			for i := range c.images {
				r, err := NewRegion(n, ball.Ball{Eps: 0.1, Box: ball.Unit}, sample(set, i))
				if err != nil {
					t.Fatal(err)
				}
				b, err := r.Bounds(t.Context(), FastLin)
				if err != nil {
					t.Fatal(err)
				}
				y := int(set.Y[i])
				for class, m := range r.Margins(b, FastLin, y) {
					if class != y && !(m > 0) {
						failed++
						break
					}
				}
			}
			t.Logf("%d images in %v: %d not proved", c.images, time.Since(start), failed)
			if failed != c.failed {
				t.Errorf("%d images not proved, published: %d", failed, c.failed)
			}
		})
	}
}
