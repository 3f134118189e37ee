package cert

import (
	"context"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"tightrope/pkg/ball"
)

// anyNumber draws a number of any size and sign, or one that is none.
func anyNumber(rng *rand.Rand) float64 {
	switch rng.IntN(8) {
	case 0:
		return []float64{0, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, 0x1p-1074}[rng.IntN(6)]
	case 1:
		return -rng.ExpFloat64()
	case 2:
		return math.Ldexp(rng.Float64(), rng.IntN(2000)-1000)
	}
	return math.Ldexp(rng.Float64(), rng.IntN(20)-10)
}

// TestAnyStepIsSound: whatever tau or mu the dual of a ball with a box is given, it stays below v . x' at points of the
// ball, the worst ones among them, in exact arithmetic.
func TestAnyStepIsSound(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 1))
	tight := 0
	for range 3000 {
		r, v := randomRegion(t, rng)
		dual, step := r.dualL2, r.stepL2(v)
		if r.ball.Norm == ball.L1 {
			dual, step = r.dualL1, r.stepL1(v)
		}
		steps := []float64{step, step * (1 + rng.NormFloat64()*1e-3), math.Abs(v[0])}
		for range 8 {
			steps = append(steps, anyNumber(rng))
		}
		least := leastAt(r, v, step)
		value, _ := least.Float64()
		for _, s := range steps {
			bound := dual(v, s)
			if math.IsNaN(bound) || !math.IsInf(bound, -1) && new(big.Rat).SetFloat64(bound).Cmp(least) > 0 {
				t.Fatalf("%v, v %v, step %g: bound %g, but v . x' is %g", r.ball, v, s, bound, value)
			}
			if math.Abs(bound-value) < 1e-9*(1+math.Abs(value)) {
				tight++
			}
		}
	}
	if tight < 1000 { // or the points would not be the worst ones, and the test would not notice a false bound
		t.Errorf("only %d bounds are tight", tight)
	}
}

// randomRegion is an l_2 or l_1 ball with a box that binds in places, and a row.
func randomRegion(t *testing.T, rng *rand.Rand) (*Region, []float64) {
	t.Helper()
	n := 1 + rng.IntN(6)
	x, v := make([]float64, n), make([]float64, n)
	for k := range x {
		x[k], v[k] = rng.Float64(), math.Ldexp(rng.NormFloat64(), rng.IntN(8)-4)
	}
	r := &Region{ball: ball.Ball{Norm: []ball.Norm{ball.L1, ball.L2}[rng.IntN(2)], Eps: rng.ExpFloat64(),
		Box: ball.Unit}, x: x}
	r.hull()
	return r, v
}

// leastAt is the least v . x', exactly, over points of the ball: the one that the step leads to, and random ones.
func leastAt(r *Region, v []float64, step float64) *big.Rat {
	rng := rand.New(rand.NewPCG(7, uint64(len(v))))
	points := [][]float64{r.x, worst(r, v, step)}
	for range 4 {
		p := slices.Clone(r.x)
		for k := range p {
			p[k] += rng.NormFloat64() * r.ball.Eps
		}
		points = append(points, p)
	}
	var least *big.Rat
	for _, p := range points {
		if value := exactly(v, Clip(r.ball, r.x, p)); least == nil || value.Cmp(least) < 0 {
			least = value
		}
	}
	return least
}

// worst is where the dual with this step is attained, up to rounding: clip(-tau v), or eps spent on the largest first.
func worst(r *Region, v []float64, step float64) []float64 {
	p := slices.Clone(r.x)
	if r.ball.Norm == ball.L2 {
		for k := range p {
			if step == 0 { // the box binds everywhere
				step = math.MaxFloat64
			}
			p[k] += min(max(-step*v[k], r.lower[k]-r.x[k]), r.upper[k]-r.x[k])
		}
		return p
	}
	left := r.ball.Eps
	for _, k := range byRank(v) {
		room := r.x[k] - r.lower[k]
		if v[k] < 0 {
			room = r.upper[k] - r.x[k]
		}
		p[k] -= math.Copysign(min(room, left), v[k])
		left -= min(room, left)
	}
	return p
}

// byRank is the order of falling sizes.
func byRank(v []float64) []int {
	order := make([]int, len(v))
	for k := range order {
		order[k] = k
	}
	slices.SortFunc(order, func(i, j int) int {
		if math.Abs(v[i]) > math.Abs(v[j]) {
			return -1
		}
		return 1
	})
	return order
}

// exactly is v . x in rational numbers.
func exactly(v, x []float64) *big.Rat {
	s := new(big.Rat)
	for k := range v {
		s.Add(s, new(big.Rat).Mul(new(big.Rat).SetFloat64(v[k]), new(big.Rat).SetFloat64(x[k])))
	}
	return s
}

// TestAnyMultiplierIsSound: whatever multipliers the rules choose, the bound of a margin stays below its values at
// points of the ball, in exact arithmetic.
func TestAnyMultiplierIsSound(t *testing.T) {
	rng := rand.New(rand.NewPCG(22, 1))
	for range 300 {
		c := 0.3 * rng.NormFloat64()
		n := plain(t, tent(t, c))
		r, err := NewRegion(n, ball.Ball{Eps: rng.ExpFloat64()}, []float64{0.3 * rng.NormFloat64()})
		if err != nil {
			t.Fatal(err)
		}
		b, err := r.Bounds(context.Background(), CROWN)
		if err != nil {
			t.Fatal(err)
		}
		condensed, err := r.Condense(t.Context(), b, 0)
		if err != nil {
			t.Fatal(err)
		}
		p := condensed.NewProver()
		for range 20 {
			bound := p.Lower(condensed.Margin(1), 1, p.Condensed.Lower, p.Upper,
				func(int, float64, float64, float64) float64 {
					return anyNumber(rng)
				})
			for range 10 {
				x := r.lower[0] + rng.Float64()*(r.upper[0]-r.lower[0])
				if bound > tentAt(x, c)+1e-12 || math.IsNaN(bound) {
					t.Fatalf("c %g: bound %g, but the margin at %g is %g", c, bound, x, tentAt(x, c))
				}
			}
		}
	}
}

// tentAt is tent's margin.
func tentAt(x, c float64) float64 {
	return math.Max(x, 0) + math.Max(-x, 0) - 2*math.Max(x/2+0.125, 0) + c
}
