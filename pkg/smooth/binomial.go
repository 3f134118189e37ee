package smooth

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// LowerBound is the one-sided Clopper-Pearson bound: a probability of which, with confidence 1 - alpha, an event that
// happened in hits of n independent draws has at least this one. It is the alpha quantile of Beta(hits, n - hits + 1),
// rounded down: at it, so many hits or more have at most the probability alpha.
func LowerBound(hits, n int, alpha float64) float64 {
	if hits <= 0 {
		return 0
	}
	a, b := float64(hits), float64(n-hits+1)
	p := distuv.Beta{Alpha: a, Beta: b}.Quantile(alpha)
	for p > 0 && mathext.RegIncBeta(a, b, p) > alpha {
		p *= 1 - 0x1p-40
	}
	return p
}

// PValue is that of the two-sided binomial test whether the two classes with these counts are equally probable.
func PValue(first, second int) float64 {
	most := max(first, second)
	if most == 0 {
		return 1
	}
	// The probability of most or more of first + second fair draws.
	return min(1, 2*mathext.RegIncBeta(float64(most), float64(min(first, second)+1), 0.5))
}

// Radius is the l_2 radius, in pixel units, within which the smoothed class cannot change where its probability is at
// least p: sigma times the standard normal quantile of p (Cohen et al. 2019, Theorem 1 with a second class of
// probability 1 - p). It is 0 if p is at most a half, and infinite at 1.
func Radius(sigma, p float64) float64 {
	switch {
	case !(p > 0.5):
		return 0
	case p >= 1:
		return math.Inf(1)
	}
	return sigma * distuv.UnitNormal.Quantile(p)
}
