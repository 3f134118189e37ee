package cert

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestCurveCost: the cost of replacing h by nu is at most h f(z) - nu z at every z of the interval, in exact
// arithmetic, whatever h and nu; and nearly that somewhere, if nu/h is a slope.
func TestCurveCost(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	for name, f := range curves {
		for i := range cases(300) {
			l := 3 * rng.NormFloat64()
			u, h := l+4*rng.Float64()*rng.Float64(), rng.NormFloat64()
			nu := h * rng.Float64()
			switch i % 6 {
			case 0:
				nu = rng.NormFloat64()
			case 1:
				h = []float64{0, 1e-320, -1e-310, 1e-200}[rng.IntN(4)]
			case 2:
				nu, u = h*f.near(middle(l, u)), l
			case 3:
				h, nu = h*1e90, nu*1e95
			case 4: // nu/h is too large to be a slope, and only h counts
				h, nu, u = h/2, 1e100, []float64{0, 1e-101}[rng.IntN(2)]
				l = -u
			}
			got, least := f.cost(h, nu, l, u), math.Inf(1)
			for k := range 24 {
				z := min(max(l+(u-l)*float64(k)/20, l), u)
				if s := nu / h; k > 20 {
					z = min(max([]float64{f.level(s), -f.level(s), 0}[k-21], l), u)
				}
				if math.IsNaN(z) {
					z = l
				}
				value, _ := reference(name, z)
				at := new(big.Float).Sub(exactProduct(h, value), exactProduct(nu, number(z)))
				if number(got).Cmp(at) > 0 {
					t.Fatalf("%s, h %v, nu %v on [%v, %v]: at least %v, but %v at %v", name, h, nu, l, u, got, at, z)
				}
				about, _ := at.Float64()
				least = min(least, about)
			}
			size := math.Abs(h)*(1+f.near(u)) + math.Abs(nu)*(math.Abs(l)+math.Abs(u))
			loose := 0.2 * size
			switch i % 6 {
			case 1:
				loose = 1e-12 * size
			case 4: // by the values at the ends, of either sign
				loose = 2 * size
			}
			if least-got > loose+1e-300 {
				t.Errorf("%s, h %v, nu %v on [%v, %v]: at least %v, and %v is the least seen", name, h, nu, l, u, got,
					least)
			}
		}
	}
}

func exactProduct(a float64, b *big.Float) *big.Float {
	return new(big.Float).SetPrec(bits).Mul(number(a), b)
}

// TestCurveMultipliers: with the slope of a line, the cost is the line's intercept, whatever approximations chose it.
func TestCurveMultipliers(t *testing.T) {
	rng := rand.New(rand.NewPCG(33, 34))
	for name, f := range curves {
		for range 300 {
			l, h := 2*rng.NormFloat64(), rng.NormFloat64()
			u := l + 3*rng.Float64()
			g := f.enclose(CROWN, l, u)
			want := h * g.below
			if h < 0 {
				want = h * g.above
			}
			if got := f.cost(h, f.multiplier(CROWN, h, l, u), l, u); math.Abs(got-want) > 1e-13*(1+math.Abs(want)) {
				t.Errorf("%s, h %v on [%v, %v]: %v, by the line %v", name, h, l, u, got, want)
			}
		}
	}
}
