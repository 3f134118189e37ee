package verify

import (
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, seed+1)) }

func plainOf(t testing.TB, n *net.Network) *cert.Network {
	t.Helper()
	p, err := cert.NewNetwork(n.Model())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func argmax(z []float64) int {
	best := 0
	for i := range z {
		if z[i] > z[best] {
			best = i
		}
	}
	return best
}

// toyNetwork is the example of docs/method.md, section 8, with its one point.
func toyNetwork(t testing.TB) (*net.Network, *data.Set) {
	n := net.New("steps", 2)
	n.DType = dtypes.Float64
	for _, l := range []net.Layer{net.Dense{Units: 2}, net.ReLU{}, net.Dense{Units: 2}} {
		if _, err := n.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	copy(n.Params[0].Data, []float64{1, 1, 1, -1})
	copy(n.Params[1].Data, []float64{-0.5, 0})
	copy(n.Params[2].Data, []float64{0, 0, 1, -1})
	copy(n.Params[3].Data, []float64{0, 0.2})
	return n, &data.Set{Name: "toy", Shape: []int{2}, Classes: 2, X: []float32{0.5, 0.5}, Y: []int32{1}, Upper: 1}
}

// balance moves the last biases until the classes have the same mean logit over the images, so that margins are small.
func balance(t testing.TB, n *net.Network, set *data.Set) *cert.Network {
	t.Helper()
	plain := plainOf(t, n)
	bias := n.Params[len(n.Params)-1].Data
	for i := range set.Y {
		for k, z := range plain.Forward(sample64(set, i)) {
			bias[k] -= z / float64(len(set.Y))
		}
	}
	return plainOf(t, n)
}
