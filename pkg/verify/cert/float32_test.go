package cert

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/net"
)

// flipping is a network of large weights in float32 whose two logits at x = 1 are nearly equal sums that cancel: the
// sign of the margin is below the rounding of float32.
func flipping(rng *rand.Rand) *net.Network {
	units := 6
	n := net.New("flipping", 1)
	for _, l := range []net.Layer{net.Dense{Units: units}, net.ReLU{}, net.Dense{Units: 2}} {
		if _, err := n.Append(l); err != nil {
			panic(err)
		}
	}
	for i := range units {
		n.Params[0].Data[i] = float64(float32(1e4 * rng.Float64()))
		n.Params[1].Data[i] = float64(float32(1e4 * rng.Float64()))
		n.Params[2].Data[i] = float64(float32(rng.NormFloat64()))
		n.Params[2].Data[units+i] = n.Params[2].Data[i]
	}
	x := []*big.Float{num(1)}
	n.Params[2].Data[rng.IntN(units)] += rng.NormFloat64() * 1e-3
	for i := range n.Params[2].Data {
		n.Params[2].Data[i] = float64(float32(n.Params[2].Data[i]))
	}
	m, _ := trueMargin(n, x, 0, 1).Float64()
	// leaves what float32 cannot hold: a margin of either sign, a few 1e-7 of the sums
	n.Params[3].Data[1] = float64(float32(m))
	return n
}

// TestFloat32Flips: the graph's bounds in float32 certify margins that are not positive; the checker refuses all of
// them.
func TestFloat32Flips(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	flips := 0
	b, _, err := backend.Open(backend.Go) // compiles 400 networks in no time
	if err != nil {
		t.Fatal(err)
	}
	for range 400 {
		n := flipping(rng)
		truth := trueMargin(n, []*big.Float{num(1)}, 0, 1).Sign() > 0
		e, err := bound.NewEvaluator(b, n, bound.Options{Ball: ball.Ball{Eps: 0}, Batch: 1})
		if err != nil {
			t.Fatal(err)
		}
		out, err := bound.Evaluate(e, []float64{1}, []int32{0})
		e.Close()
		if err != nil {
			t.Fatal(err)
		}
		if truth || !out.Certified(0, 0) {
			continue
		}
		flips++
		p := plain(t, n)
		for _, c := range proofs(t, p, ball.Ball{Eps: 0}, []float64{1}, 0, rng) {
			if _, err := Check(t.Context(), p, c); !errors.Is(err, ErrRefused) {
				t.Errorf("%s: a margin of %v was confirmed (%v)", c.Stage, trueMargin(n, []*big.Float{num(1)}, 0, 1),
					err)
			}
		}
	}
	t.Logf("%d networks that float32 certifies wrongly, all refused", flips)
	if flips < 20 {
		t.Errorf("only %d networks flip in float32: the hunt is too weak", flips)
	}
}
