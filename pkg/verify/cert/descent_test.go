package cert

import (
	"math/rand/v2"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/graphgen"
)

// TestDescent: what the plain attack finds lies in the ball and is misclassified, it finds the valley of a small
// network, and on random ones something now and then; where the label wins by a rule it finds nothing.
func TestDescent(t *testing.T) {
	valley := plain(t, tent(t, 0.2)) // negative around 0
	if x := valley.NewDescent().Search(ball.Ball{Eps: 0.7}, []float64{0.5}, 0, 40); x == nil {
		t.Error("nothing in a valley")
	}
	found, proved := 0, 0
	for seed := range uint64(cases(60)) {
		c := graphgen.New(seed, graphgen.Options{Samples: 1})
		n, rng := plain(t, c.Network), rand.New(rand.NewPCG(seed, 3))
		b, x := ball.Ball{Eps: 0.3 * rng.Float64(), Box: ball.Unit}, c.Sample(0)
		for k := range x {
			x[k] = rng.Float64()
		}
		label := rng.IntN(n.Classes())
		point := n.NewDescent().Search(b, x, label, 20)
		r, err := NewRegion(n, b, x)
		if err != nil {
			t.Fatal(err)
		}
		bounds, err := r.Bounds(t.Context(), CROWN)
		if err != nil {
			t.Fatal(err)
		}
		robust := true
		for class, m := range r.Margins(bounds, CROWN, label) {
			robust = robust && (class == label || m > 0)
		}
		if point == nil {
			if robust {
				proved++
			}
			continue
		}
		found++
		logits, beaten := n.Forward(point), false
		for class, z := range logits {
			beaten = beaten || class != label && z >= logits[label]-1e-9
		}
		if robust || !beaten || !Contains(b, x, Clip(b, x, point)) {
			t.Errorf("%v: %v, misclassified %v, robust by CROWN %v", c, logits, beaten, robust)
		}
	}
	if found < 5 || proved < 5 {
		t.Errorf("%d found, %d robust: the test shows little", found, proved)
	}
}
