package cert

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// bits are the precision of the reference.
const bits = 220

func number(x float64) *big.Float { return new(big.Float).SetPrec(bits).SetFloat64(x) }

// bigExp is e^x by the series of e^(x/2^k) and squaring, with some 100 digits.
func bigExp(x *big.Float) *big.Float {
	halvings := max(0, x.MantExp(nil)+8)
	r := new(big.Float).SetPrec(bits).SetMantExp(x, -halvings)
	term, sum := number(1), number(1)
	for n := 1; n < 40; n++ {
		term.Mul(term, r).Quo(term, number(float64(n)))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum
}

// bigLog1p is log(1+e) by the series of artanh.
func bigLog1p(e *big.Float) *big.Float {
	w := new(big.Float).SetPrec(bits).Quo(e, new(big.Float).Add(number(2), e))
	square, power, sum := new(big.Float).Mul(w, w), new(big.Float).Set(w), number(0)
	for n := range 72 {
		sum.Add(sum, new(big.Float).Quo(power, number(float64(2*n+1))))
		power.Mul(power, square)
	}
	return sum.Mul(sum, number(2))
}

// reference are the activations and their slopes, to some 100 digits.
func reference(name string, z float64) (value, slope *big.Float) {
	one, scale := number(1), 1.0
	if name == "tanh" {
		scale = 2
	}
	e := bigExp(number(-scale * math.Abs(z)))
	whole := new(big.Float).Add(one, e)
	s := new(big.Float).Quo(one, whole) // 1/(1+e)
	slope = new(big.Float).Quo(new(big.Float).Mul(e, s), whole)
	switch name {
	case "sigmoid":
		if value = s; z < 0 {
			value = new(big.Float).Mul(e, s)
		}
	case "tanh":
		value = new(big.Float).Quo(new(big.Float).Sub(one, e), whole)
		if z < 0 {
			value.Neg(value)
		}
		slope.Mul(slope, number(4))
	case "softplus":
		value = bigLog1p(e)
		if slope = s; z < 0 {
			slope = new(big.Float).Mul(e, s)
		} else {
			value.Add(value, number(z))
		}
	}
	return value, slope
}

// anyPlace is of any size from 1e-9 to 1e3, or a round one.
func anyPlace(rng *rand.Rand) float64 {
	switch rng.IntN(8) {
	case 0:
		return float64(rng.IntN(9) - 4)
	case 1:
		return 6 * rng.NormFloat64()
	}
	return math.Pow(10, 12*rng.Float64()-9) * (2*rng.Float64() - 1)
}

// holds reports whether a span holds a number; width is that of the span, relative to 1 and the number.
func (s span) holds(x *big.Float) (ok bool, width float64) {
	about, _ := x.Float64()
	return number(s.lo).Cmp(x) <= 0 && number(s.hi).Cmp(x) >= 0, (s.hi - s.lo) / (1 + math.Abs(about))
}

// TestCurves: the enclosures of values and slopes hold the numbers themselves, to 100 digits, and are narrow.
func TestCurves(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for name, f := range curves {
		for range 2000 {
			z := anyPlace(rng)
			value, slope := reference(name, z)
			for what, c := range map[string]struct {
				got  span
				want *big.Float
			}{"value": {f.value(z), value}, "slope": {f.slope(z), slope}} {
				if ok, width := c.got.holds(c.want); !ok || width > 1e-14 {
					t.Fatalf("%s of %s at %v: %v in %v", what, name, z, c.want, c.got)
				}
			}
		}
		for _, z := range []float64{-1e100, -800, -701, -700, -699, 0, 701, 1e100} { // where the exponential underflows
			if v := f.value(z); !(v.lo <= v.hi && v.lo >= -1 && v.hi-v.lo <= 1e-14*(1+math.Abs(z))) {
				t.Errorf("%s at %v: %v", name, z, v)
			}
		}
	}
}

// TestLogarithm: the constants are log 2, which the series of its inverse gives.
func TestLogarithm(t *testing.T) {
	log := number(0)
	for k := 1; k <= bits; k++ { // the sum of 1/(k 2^k)
		log.Add(log, new(big.Float).SetMantExp(new(big.Float).Quo(number(1), number(float64(k))), -k))
	}
	rest := new(big.Float).Sub(log, number(ln2High))
	if number(ln2Low.lo).Cmp(rest) >= 0 || number(ln2Low.hi).Cmp(rest) <= 0 {
		t.Errorf("log 2 less %v is %v, not in %v", ln2High, rest, ln2Low)
	}
	if m := math.Float64bits(ln2High) & (1<<20 - 1); m != 0 {
		t.Errorf("the high part of log 2 has more than 33 bits: %x", m)
	}
}

// TestLines: the lines of every rule enclose the curve at many points, in exact arithmetic, and touch it nearly where
// l and u are of moderate size.
func TestLines(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for name, f := range curves {
		for i := range 500 {
			l, u := anyPlace(rng), anyPlace(rng)
			switch i % 4 {
			case 0:
				u = l + math.Abs(l)*rng.Float64()
			case 1:
				u = -l
			}
			l, u = min(l, u), max(l, u)
			for rule := range Rule(len(ruleNames)) {
				g := f.enclose(rule, l, u)
				least, most := math.Inf(1), math.Inf(1)
				for k := range 12 {
					z := min(max(l+(u-l)*float64(k)/8, l), u)
					if k > 8 { // where the lines touch
						z = min(max([]float64{f.level(g.lower), -f.level(g.upper), 3 * rng.NormFloat64()}[k-9], l), u)
					}
					below, above := g.gaps(name, z)
					if below.Sign() < 0 || above.Sign() < 0 {
						t.Fatalf("%s by %v on [%v, %v] at %v: the lines %+v are %v and %v away", name, rule, l, u, z,
							g, below, above)
					}
					a, _ := below.Float64()
					b, _ := above.Float64()
					least, most = min(least, a), min(most, b)
				}
				if size := 1 + math.Abs(l) + math.Abs(u); rule == Interval && max(least, most) > 1e-12*size {
					t.Errorf("%s by %v on [%v, %v]: the lines %+v stay %v and %v away", name, rule, l, u, g, least,
						most)
				}
			}
		}
	}
}

// gaps are the distances of the lines from the curve at z.
func (g lines) gaps(name string, z float64) (below, above *big.Float) {
	value, _ := reference(name, z)
	at := func(s, b float64) *big.Float {
		return new(big.Float).Add(new(big.Float).Mul(number(s), number(z)), number(b))
	}
	return new(big.Float).Sub(value, at(g.lower, g.below)), new(big.Float).Sub(at(g.upper, g.above), value)
}
