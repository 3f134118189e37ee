package cert

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/ball"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
)

// Random certificates never come near the places where a number is lost to an infinity, so these tests aim at them.

// size is a power of ten in a range, of either sign.
func size(rng *rand.Rand, from, to float64) float64 {
	v := math.Pow(10, from+(to-from)*rng.Float64())
	if rng.IntN(2) == 0 {
		return -v
	}
	return v
}

// hollow is a network of one input whose hidden units have outgoing weights 0, so that logit 0 - logit 1 is -2
// everywhere: two tiny units, which are s/2 (1 + x) and s/2 (1 - x), and many behind them with weights w, which an
// honest float32 file may have.
func hollow(t *testing.T, s, w float64, many int) *net.Network {
	t.Helper()
	n := build(t, 1, net.Dense{Units: 2}, net.ReLU{}, net.Dense{Units: many}, net.ReLU{}, net.Dense{Units: 2})
	copy(n.Params[0].Data, []float64{s, -s})
	copy(n.Params[1].Data, []float64{s / 2, s / 2})
	for i := range n.Params[2].Data {
		n.Params[2].Data[i] = w
	}
	for i := range n.Params[3].Data {
		n.Params[3].Data[i] = -1.25 * s * w
	}
	copy(n.Params[5].Data, []float64{0, 2})
	return n
}

func build(t *testing.T, inputs int, layers ...net.Layer) *net.Network {
	t.Helper()
	n := net.New("test", inputs)
	n.DType = dtypes.Float64
	for _, l := range layers {
		if _, err := n.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// forge is a certificate for label 0 of a hollow network with multipliers whose products with w overflow, first to one
// side and, where they are added in full, back to the other.
func forge(p *Network, b ball.Ball, w float64, rng *rand.Rand) *Certificate {
	c := ByRule(p, b, []float64{0}, 0, "forged", []Rule{FastLin, CROWN}, CROWN)
	for relu, units := range p.Units() {
		for unit := range units {
			c.Units = append(c.Units, Unit{relu, unit})
		}
	}
	sign := float64(1 - 2*rng.IntN(2))
	nu := make(Floats, len(c.Units))
	for i := 2; i < len(nu); i++ {
		nu[i] = -sign * math.MaxFloat64 / w * (0.9 + 0.09*rng.Float64())
	}
	nu[len(nu)-1] = sign * math.MaxFloat64 / w * (1 + 0.01*rng.Float64())
	if rng.IntN(3) == 0 { // a false bound of a unit, which makes a leaf without inputs
		c.Tighter = []UnitProof{{Unit: c.Units[len(c.Units)-1], Upper: rng.IntN(2) == 0, Multipliers: nu[:len(nu)-1]}}
	}
	c.Margins[0].Tree = &Tree{Splits: []int{Leaf}, Multipliers: nu}
	return c
}

// TestHugeMultipliers: no multipliers near the largest float64 prove a margin of -2.
func TestHugeMultipliers(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	for range cases(3000) {
		s, w := math.Pow(10, -9*rng.Float64()), math.Pow(10, 9*rng.Float64())
		p := plain(t, hollow(t, s, w, 2+rng.IntN(14)))
		b := ball.Ball{Norm: ball.Norm(rng.IntN(3)), Eps: 1}
		if rng.IntN(2) == 0 {
			b.Box = &ball.Box{Lower: -1, Upper: 1}
		}
		if report, err := Check(t.Context(), p, forge(p, b, w, rng)); !errors.Is(err, ErrRefused) {
			t.Fatalf("a margin of -2 was confirmed: %+v, %v", report, err)
		}
	}
}

// TestCoefficientLimit: a coefficient beyond the range proves nothing, even where no sum overflows.
func TestCoefficientLimit(t *testing.T) {
	p := plain(t, hollow(t, 1, 1e9, 3))
	r, err := NewRegion(p, ball.Ball{Eps: 1}, []float64{0})
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.Bounds(t.Context(), FastLin)
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Condense(t.Context(), b, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, nu := range []float64{1e80, 1e95} {
		got := c.NewProver().Lower(c.Margin(1), 1, c.Lower, c.Upper, func(unit int, _, _, _ float64) float64 {
			if unit < 2 {
				return 0
			}
			return nu
		})
		if math.IsInf(got, -1) != (nu*1e9 > largest) {
			t.Errorf("multipliers of %g: at least %g", nu, got)
		}
	}
}

// TestHugeCoefficients: products of weights that overflow on their way back to an input of 0 prove nothing.
func TestHugeCoefficients(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 5))
	refusals := 0
	for range cases(2000) {
		layers := []net.Layer{}
		for range 1 + rng.IntN(5) {
			layers = append(layers, net.Dense{Units: 1 + rng.IntN(4)})
			if rng.IntN(2) == 0 {
				layers = append(layers, net.ReLU{})
			}
		}
		n := build(t, 2, append(layers, net.Dense{Units: 2})...)
		for _, p := range n.Params {
			if strings.HasSuffix(p.Name, "weight") {
				for i := range p.Data {
					p.Data[i] = size(rng, 0, 60)
				}
			}
		}
		last := n.Params[len(n.Params)-1].Data
		copy(last, []float64{0, 2})
		p := plain(t, n)
		b := ball.Ball{Norm: ball.Norm(rng.IntN(3))}
		for _, rules := range [][]Rule{nil, {FastLin}, {CROWN}, {Interval}, {CROWN, FastLin}} {
			for rule := FastLin; rule <= Interval; rule++ {
				report, err := Check(t.Context(), p, ByRule(p, b, []float64{0, 0}, 0, "", rules, rule))
				if err == nil {
					t.Fatalf("a margin of -2 was confirmed: %+v", report)
				}
				if errors.Is(err, ErrRefused) { // not only for the size of its values
					refusals++
				}
			}
		}
	}
	if refusals < 1000 {
		t.Errorf("only %d certificates reached their bounds", refusals)
	}
}

// TestBoundsAreNumbers: bounds are never NaN and never infinite the wrong way, whatever the sizes of weights:
// comparisons would drop them.
func TestBoundsAreNumbers(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 5))
	seen := 0
	for range cases(2000) {
		n := randomNet(rng, 2)
		for _, p := range n.Params {
			for i := range p.Data {
				p.Data[i] *= math.Abs(size(rng, -30, 30))
			}
		}
		p := plain(t, n)
		r, err := NewRegion(p, ball.Ball{Norm: ball.Norm(rng.IntN(3)), Eps: rng.Float64()},
			[]float64{rng.NormFloat64(), rng.NormFloat64()})
		if err != nil {
			t.Fatal(err)
		}
		b, err := r.Bounds(t.Context(), FastLin, CROWN)
		if err != nil {
			continue // values too large
		}
		seen++
		for k := range b.Lower {
			for j, l := range b.Lower[k] {
				if !(l <= b.Upper[k][j]) || !allowed(l) || !allowed(b.Upper[k][j]) {
					t.Fatalf("bounds [%v, %v]", l, b.Upper[k][j])
				}
			}
		}
		for rule := FastLin; rule <= Interval; rule++ {
			if m := r.Margin(b, rule, 0, 1); math.IsNaN(m) || math.IsInf(m, 1) {
				t.Fatalf("a margin of at least %v", m)
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d networks had bounds", seen)
	}
}

// TestSumLosesNothing: a sum with an infinite or undefined term proves nothing, in whatever order it comes.
func TestSumLosesNothing(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, terms := range [][]float64{{inf}, {inf, 1}, {1, inf}, {inf, -inf}, {-inf, inf}, {nan}, {1, nan},
		{math.MaxFloat64, math.MaxFloat64, -math.MaxFloat64}} {
		for _, penalties := range []bool{false, true} {
			var s sum
			for _, x := range terms {
				if penalties {
					s.add(1, x)
				} else {
					s.add(x, 0)
				}
			}
			if got := s.lower(); !math.IsInf(got, -1) {
				t.Errorf("terms %v (penalties: %v): at least %v", terms, penalties, got)
			}
		}
	}
}

// TestMinimumLosesNothing: the minimum of a row over the ball is -Inf, or at most that of a true point, for entries of
// all sizes.
func TestMinimumLosesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 5))
	p := plain(t, tent(t, 0.3))
	for range cases(20000) {
		b := ball.Ball{Norm: ball.Norm(rng.IntN(3)), Eps: math.Abs(size(rng, -99, 3))}
		if rng.IntN(2) == 0 {
			b.Box = &ball.Box{Lower: -math.Abs(size(rng, -200, 3)), Upper: math.Abs(size(rng, -200, 3))}
		}
		r, err := NewRegion(p, b, []float64{0})
		if err != nil {
			t.Fatal(err)
		}
		v := size(rng, -99, 99)
		point := math.Min(b.Eps, r.upper[0])
		if v > 0 {
			point = math.Max(-b.Eps, r.lower[0])
		}
		exact := mul(num(v), num(point))
		if got := r.minimum([]float64{v}); num(got).Cmp(exact) > 0 {
			t.Fatalf("%v ball of %v, box %+v: at least %v of %v x, but %v", b.Norm, b.Eps, b.Box, got, v, exact)
		}
	}
}

// TestSmallRadii: an l2 radius whose square underflows is not squared: the bound stays below the exact minimum,
// whatever the sizes of the row.
func TestSmallRadii(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 5))
	n := build(t, 2, net.Dense{Units: 2})
	p := plain(t, n)
	for range cases(20000) {
		eps := []float64{2.6e-162, 5e-324, 1e-150, 9e-101, 1e-100, 3e-100, math.Abs(size(rng, -320, -95))}[rng.IntN(7)]
		room := eps * math.Abs(size(rng, -3, 1))
		b := ball.Ball{Norm: ball.L2, Eps: eps, Box: &ball.Box{Lower: -room, Upper: eps * math.Abs(size(rng, -3, 1))}}
		r, err := NewRegion(p, b, []float64{0, 0})
		if err != nil {
			t.Fatal(err)
		}
		v := []float64{size(rng, -20, 99), size(rng, -20, 99)}
		// A point of the ball: along one axis, as far as ball and box allow.
		k := rng.IntN(2)
		point := math.Min(eps, b.Box.Upper)
		if v[k] > 0 {
			point = math.Max(-eps, b.Box.Lower)
		}
		exact := mul(num(v[k]), num(point))
		if got := r.minimum(v); num(got).Cmp(exact) > 0 {
			t.Fatalf("l2 ball of %v, box %+v: at least %v of %v x, but %v at a point", eps, b.Box, got, v, exact)
		}
	}
}

// TestHugeWeights: weights beyond the range of the error analysis are refused when the network is taken over.
func TestHugeWeights(t *testing.T) {
	for name, change := range map[string]func(n *net.Network){
		"a weight": func(n *net.Network) { n.Params[2].Data[1] = 1e101 },
		"a bias":   func(n *net.Network) { n.Params[3].Data[1] = -1e101 },
	} {
		n := tent(t, 0.3)
		change(n)
		if _, err := NewNetwork(n.Model()); err == nil || !strings.Contains(err.Error(), "weight beyond") {
			t.Errorf("%s: %v", name, err)
		}
	}
	spread, err := net.Build(net.Arch{Name: "t", Input: []int{2}, Layers: []net.LayerSpec{
		{Type: "normalize", Mean: []float64{0, 0}, Std: []float64{1, 1e-200}}, {Type: "dense", Units: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewNetwork(spread.Model()); err == nil {
		t.Error("a scale of 1e200 was taken over")
	}
}

// TestDangling: the theorem is about the last layer; a network with a layer that nothing reads is refused, not proved
// by that layer's values.
func TestDangling(t *testing.T) {
	n := tent(t, 0.2)
	m := n.Model()
	m.Layers = append(m.Layers, model.Layer{Spec: model.LayerSpec{Type: "dense", Units: 2}, Inputs: []int{1},
		Out: []int{2},
		Params: []*model.Param{{Name: "2.weight", Shape: []int{2, 3}, Data: make([]float64, 6)},
			{Name: "2.bias", Shape: []int{2}, Data: []float64{1, 0}}}})
	if _, err := NewNetwork(m); err == nil || !strings.Contains(err.Error(), "read by no other") {
		t.Errorf("a dangling layer: %v", err)
	}
}

// TestLimits: what a certificate may take is compared before it is taken.
func TestLimits(t *testing.T) {
	p := plain(t, tent(t, 0.3))
	for name, c := range map[string]struct {
		limits Limits
		change func(c *Certificate)
		want   string
	}{
		"within":        {Limits{}, func(*Certificate) {}, ""},
		"memory":        {Limits{Memory: 100}, func(*Certificate) {}, "more memory"},
		"nodes":         {Limits{Nodes: 14}, func(*Certificate) {}, "more than 14 nodes"},
		"repeated rule": {Limits{}, func(c *Certificate) { c.Rules = []Rule{CROWN, FastLin, CROWN} }, "repeated"},
		"unknown rule":  {Limits{}, func(c *Certificate) { c.Rules = []Rule{7} }, "unknown"},
		"a bound twice": {Limits{}, func(c *Certificate) {
			c.Tighter = []UnitProof{{Unit: Unit{0, 1}}, {Unit: Unit{0, 1}}}
		}, "twice"},
		"too many multipliers": {Limits{}, func(c *Certificate) {
			c.Tighter = []UnitProof{{Unit: Unit{0, 1}, Multipliers: make(Floats, 4)}}
		}, "4 multipliers for 3 units"},
	} {
		proof := tentProof(t, p)
		c.change(proof)
		_, err := CheckWithin(t.Context(), p, proof, c.limits)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
