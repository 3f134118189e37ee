package data

import "math/rand/v2"

// purpose separates the random streams that come from one seed, so that no two uses share numbers.
type purpose uint64

const (
	forSplit purpose = iota + 1
	forShuffle
	forAugment
)

// stream seeds a PCG for one purpose and a pair of counters (epoch and sample, say). Nearby seeds and counters give
// unrelated streams, because each passes through mix first.
func stream(seed uint64, use purpose, a, b uint64) rand.PCG {
	var pcg rand.PCG
	pcg.Seed(mix(seed^mix(uint64(use))), mix(a^mix(b)))
	return pcg
}

// mix is the output function of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// permutation is 0 .. n-1 in an order that depends on its arguments only.
func permutation(n int, seed uint64, use purpose, a uint64) []int {
	pcg := stream(seed, use, a, 0)
	return rand.New(&pcg).Perm(n)
}
