package verify

import (
	"math/rand/v2"
	"testing"

	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/toy"
	"tightrope/pkg/verify/cert"
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, seed+1)) }

func plainOf(t testing.TB, n *net.Network) *cert.Network {
	t.Helper()
	p, err := cert.NewNetwork(n)
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

// toyNetwork is METHOD's second toy with its one point.
func toyNetwork(testing.TB) (*net.Network, *data.Set) {
	return toy.Steps(), &data.Set{Name: "toy", Shape: []int{2}, Classes: 2, X: []float32{0.5, 0.5}, Y: []int32{1}, Upper: 1}
}
