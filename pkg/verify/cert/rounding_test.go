package cert

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
)

// The sums of these tests cancel: their large terms are exact in float64 and add up to nothing, while the small ones
// are lost on the way. Only the penalties for rounding keep the bounds below the truth.

// cancelling is a number whose sums with its like lose their small terms.
func cancelling(rng *rand.Rand) float64 {
	large := []float64{0x1p53, 0x1p53 + 2, 0x1p54, 1e16, 3e16}[rng.IntN(5)]
	return []float64{large, -large, 1, -1, 0.5, rng.NormFloat64()}[rng.IntN(6)]
}

func cancellingOf(rng *rand.Rand, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = cancelling(rng)
	}
	return out
}

// TestIntervalsBelowExact: the interval of W x + b holds the exact one.
func TestIntervalsBelowExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 5))
	lost := 0
	for range cases(5000) {
		inputs := 2 + rng.IntN(6)
		n := build(t, inputs, net.Dense{Units: 2})
		copy(n.Params[0].Data, cancellingOf(rng, 2*inputs))
		copy(n.Params[1].Data, cancellingOf(rng, 2))
		x := make([]float64, inputs)
		for k := range x {
			x[k] = float64(rng.IntN(5)-2) / 2
		}
		eps := float64(rng.IntN(3)) / 4
		r, err := NewRegion(plain(t, n), ball.Ball{Eps: eps}, x)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Bounds(t.Context()); err != nil {
			t.Fatal(err)
		}
		z := r.values[len(r.values)-1]
		for i := range 2 {
			w := n.Params[0].Data[i*inputs : (i+1)*inputs]
			lower, upper := num(n.Params[1].Data[i]), num(n.Params[1].Data[i])
			naive := n.Params[1].Data[i]
			for k, v := range w {
				lower = add(lower, add(mul(num(v), num(x[k])), neg(mul(num(math.Abs(v)), num(eps)))))
				upper = add(upper, add(mul(num(v), num(x[k])), mul(num(math.Abs(v)), num(eps))))
				naive += v*x[k] - math.Abs(v)*eps
			}
			if num(z.lower[i]).Cmp(lower) > 0 || num(z.upper[i]).Cmp(upper) < 0 {
				t.Fatalf("[%v, %v], but exactly [%v, %v]", z.lower[i], z.upper[i], lower, upper)
			}
			if num(naive).Cmp(lower) > 0 {
				lost++
			}
		}
	}
	if lost < 50 {
		t.Errorf("plain sums were too high only %d times: the test shows little", lost)
	}
}

// TestLowerBelowExact: the bound by multipliers is at most the exact value of the dual at these multipliers.
func TestLowerBelowExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 5))
	r, err := NewRegion(plain(t, tent(t, 0.3)), ball.Ball{Eps: 1}, []float64{0})
	if err != nil {
		t.Fatal(err)
	}
	for range cases(20000) {
		units := 1 + rng.IntN(5)
		c := &Condensed{Label: 1, region: r, curves: make([]*curve, units)}
		for i := range units + 1 { // the last one is the margin of class 0
			row := Row{Input: cancellingOf(rng, 1), Units: cancellingOf(rng, min(i, units)), Constant: cancelling(rng)}
			if i < units {
				c.Units = append(c.Units, Unit{0, i})
				c.Lower, c.Upper = append(c.Lower, -float64(1+rng.IntN(3))), append(c.Upper, float64(1+rng.IntN(3)))
			}
			row.reach = math.Abs(row.Constant) + math.Abs(row.Input[0])
			for j, f := range row.Units {
				row.reach += math.Abs(f) * c.Upper[j]
			}
			row.reach = inflate(row.reach)
			c.Rows = append(c.Rows, row)
		}
		nu := make([]float64, units)
		for i := range nu {
			nu[i] = []float64{0, 1, -1, 0.5, 2, 3}[rng.IntN(6)]
		}
		got := c.NewProver().Lower(c.Margin(0), 1, c.Lower, c.Upper,
			func(unit int, _, _, _ float64) float64 { return nu[unit] })
		if exact := exactDual(c, nu); num(got).Cmp(exact) > 0 {
			t.Fatalf("at least %v, but exactly %v", got, exact)
		}
	}
}

// exactDual is the dual's value for the margin of class 0 at multipliers, over inputs in [-1, 1].
func exactDual(c *Condensed, nu []float64) *big.Float {
	row := c.Margin(0)
	value, v := num(row.Constant), num(row.Input[0])
	h := make([]*big.Float, len(row.Units))
	for i, f := range row.Units {
		h[i] = num(f)
	}
	for i, from := range slices.Backward(c.Rows[:len(h)]) {
		least := num(0) // at z = 0
		for _, z := range []float64{c.Lower[i], c.Upper[i]} {
			at := mul(neg(num(nu[i])), num(z))
			if z > 0 {
				at = add(at, mul(h[i], num(z)))
			}
			if at.Cmp(least) < 0 {
				least = at
			}
		}
		value = add(add(value, least), mul(num(nu[i]), num(from.Constant)))
		v = add(v, mul(num(nu[i]), num(from.Input[0])))
		for j, f := range from.Units {
			h[j] = add(h[j], mul(num(nu[i]), num(f)))
		}
	}
	return add(value, neg(new(big.Float).SetPrec(precision).Abs(v)))
}
