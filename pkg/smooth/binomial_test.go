package smooth

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// atLeast is the probability of so many hits or more in n draws, as a sum of its terms.
func atLeast(hits, n int, p float64) (sum float64) {
	for k := hits; k <= n; k++ {
		choose, _ := math.Lgamma(float64(n + 1))
		a, _ := math.Lgamma(float64(k + 1))
		b, _ := math.Lgamma(float64(n - k + 1))
		sum += math.Exp(choose - a - b + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
	}
	return sum
}

// TestLowerBound: at the bound so many hits or more have the probability alpha, and no more; it is the closed form
// where all draws are hits, 0 if none is, and grows with the hits.
func TestLowerBound(t *testing.T) {
	for _, n := range []int{1, 2, 10, 100, 1000, 100_000} {
		for _, alpha := range []float64{1e-6, 0.001, 0.05, 0.5} {
			last := 0.0
			for _, share := range []float64{0, 0.01, 0.3, 0.5, 0.9, 0.999, 1} {
				hits := int(math.Round(share * float64(n)))
				p := LowerBound(hits, n, alpha)
				if p < last || p > float64(hits)/float64(n) && alpha < 0.5 {
					t.Errorf("%d of %d hits, alpha %g: bound %v after %v", hits, n, alpha, p, last)
				}
				last = p
				if hits == 0 {
					if p != 0 {
						t.Errorf("no hit of %d: bound %v", n, p)
					}
					continue
				}
				if tail := atLeast(hits, n, p); math.Abs(tail-alpha) > 1e-6*alpha+1e-12*float64(n)*alpha {
					t.Errorf("%d of %d hits, alpha %g: at %v they have the probability %v", hits, n, alpha, p, tail)
				}
				if want := math.Pow(alpha, 1/float64(n)); hits == n && math.Abs(p-want) > 1e-12 {
					t.Errorf("all of %d hits, alpha %g: bound %v, want %v", n, alpha, p, want)
				}
			}
		}
	}
}

// TestCoverage: for every probability the bound exceeds it with at most the probability alpha, counted exactly over all
// outcomes, and for some with nearly that: it is not looser than it must be.
func TestCoverage(t *testing.T) {
	const n = 50
	for _, alpha := range []float64{0.001, 0.05} {
		most := 0.0
		for _, p := range []float64{0.01, 0.2, 0.5, 0.55, 0.8, 0.9, 0.95, 0.99, 0.999} {
			wrong := 0.0
			for hits := range n + 1 {
				if LowerBound(hits, n, alpha) > p {
					wrong += distuv.Binomial{N: n, P: p}.Prob(float64(hits))
				}
			}
			if wrong > alpha*(1+1e-9) {
				t.Errorf("alpha %g, p %g: the bound is wrong with probability %v", alpha, p, wrong)
			}
			most = max(most, wrong)
		}
		if most < alpha/2 {
			t.Errorf("alpha %g: the bound is wrong with at most %v: it is too loose", alpha, most)
		}
	}
}

// TestPValue compares the two-sided test with the sum of its terms.
func TestPValue(t *testing.T) {
	for _, c := range [][2]int{{0, 0}, {1, 0}, {3, 1}, {50, 50}, {60, 40}, {100, 0}, {400, 600}} {
		want := 1.0
		if n := c[0] + c[1]; n > 0 {
			want = min(1, 2*atLeast(max(c[0], c[1]), n, 0.5))
		}
		if got := PValue(c[0], c[1]); math.Abs(got-want) > 1e-9*want {
			t.Errorf("%v: %v, want %v", c, got, want)
		}
	}
}

// TestRadius: the normal distribution at radius over sigma is the probability.
func TestRadius(t *testing.T) {
	for _, p := range []float64{0.5001, 0.6, 0.9, 0.999, 1 - 1e-9} {
		r := Radius(0.25, p)
		if back := distuv.UnitNormal.CDF(r / 0.25); math.Abs(back-p) > 1e-12 {
			t.Errorf("p %v: radius %v, back %v", p, r, back)
		}
	}
	if Radius(1, 0.5) != 0 || Radius(1, 0.1) != 0 || Radius(1, math.NaN()) != 0 || !math.IsInf(Radius(1, 1), 1) {
		t.Errorf("%v %v %v", Radius(1, 0.5), Radius(1, 0.1), Radius(1, 1))
	}
}
