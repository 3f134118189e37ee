package ball

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Sample draws a point [n] of the ball around x [n]. It favours the boundary (vertices for l_inf, sparse points for
// l_1), where the minima of networks tend to be.
func (b Ball) Sample(x []float64, rng *rand.Rand) []float64 {
	delta := make([]float64, len(x))
	switch b.Norm {
	case Linf:
		b.sampleLinf(delta, rng)
	case L2:
		b.sampleL2(delta, rng)
	case L1:
		b.sampleL1(delta, rng)
	}
	lower, upper := b.Bounds(x)
	for i := range delta {
		delta[i] = min(max(x[i]+delta[i], lower[i]), upper[i])
	}
	return delta
}

func (b Ball) sampleLinf(delta []float64, rng *rand.Rand) {
	vertex := rng.IntN(2) == 0
	for i := range delta {
		u := 2*rng.Float64() - 1
		if vertex {
			u = math.Copysign(1, u)
		}
		delta[i] = u * b.Eps
		if b.Radii != nil {
			delta[i] *= b.Radii[i]
		}
	}
}

func (b Ball) sampleL2(delta []float64, rng *rand.Rand) {
	norm := 0.0
	for i := range delta {
		delta[i] = rng.NormFloat64()
		norm += delta[i] * delta[i]
	}
	scale := b.Eps / max(math.Sqrt(norm), 1e-300)
	if rng.IntN(2) == 0 {
		scale *= math.Pow(rng.Float64(), 1/float64(len(delta)))
	}
	for i := range delta {
		delta[i] *= scale
	}
}

// sampleL1 is uniform on a face of the cross-polytope of a few random coordinates.
func (b Ball) sampleL1(delta []float64, rng *rand.Rand) {
	k := 1 + rng.IntN(len(delta))
	cuts := make([]float64, k+1)
	for i := 1; i < k; i++ {
		cuts[i] = rng.Float64()
	}
	cuts[k] = 1
	slices.Sort(cuts)
	for i, at := range rng.Perm(len(delta))[:k] {
		delta[at] = math.Copysign(b.Eps*(cuts[i+1]-cuts[i]), rng.Float64()-0.5)
	}
}

// Distance is ||y-x||_p of two points [n] (scaled by Radii if given): y is within the radius if this is at most Eps.
func (b Ball) Distance(x, y []float64) float64 {
	d := 0.0
	for i := range x {
		a := math.Abs(y[i] - x[i])
		switch b.Norm {
		case Linf:
			if b.Radii != nil {
				a /= b.Radii[i]
			}
			d = max(d, a)
		case L2:
			d += a * a
		case L1:
			d += a
		}
	}
	if b.Norm == L2 {
		return math.Sqrt(d)
	}
	return d
}
