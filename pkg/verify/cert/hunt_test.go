package cert

import (
	"context"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
)

func plain(t testing.TB, n *net.Network) *Network {
	t.Helper()
	p, err := NewNetwork(n.Model())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ends are the exact ends of a one-dimensional ball.
func ends(b ball.Ball, x float64) (lower, upper *big.Float) {
	lower, upper = add(num(x), num(-b.Eps)), add(num(x), num(b.Eps))
	if b.Box != nil && lower.Cmp(num(b.Box.Lower)) < 0 {
		lower = num(b.Box.Lower)
	}
	if b.Box != nil && upper.Cmp(num(b.Box.Upper)) > 0 {
		upper = num(b.Box.Upper)
	}
	return lower, upper
}

// proofs are certificates of all kinds for one problem; the multipliers are good ones: those of the rules, disturbed,
// on trees that split every unit, so that true margins are proved down to rounding.
func proofs(t testing.TB, n *Network, b ball.Ball, x []float64, label int, rng *rand.Rand) []*Certificate {
	all := []Rule{FastLin, CROWN}
	list := []*Certificate{
		ByRule(n, b, x, label, "IBP", nil, Interval),
		ByRule(n, b, x, label, "CROWN-IBP", nil, CROWN),
		ByRule(n, b, x, label, "Fast-Lin", []Rule{FastLin}, FastLin),
		ByRule(n, b, x, label, "CROWN", all, CROWN),
	}
	c := ByRule(n, b, x, label, "tree", all, CROWN)
	r, err := NewRegion(n, b, x)
	if err != nil {
		t.Fatal(err)
	}
	bounds, err := r.Bounds(context.Background(), all...)
	if err != nil {
		t.Fatal(err)
	}
	d, err := r.Condense(context.Background(), bounds, label)
	if err != nil {
		t.Fatal(err)
	}
	apart := ByRule(n, b, x, label, "places", all, CROWN)
	c.Units, apart.Units = d.Units, d.Units
	apart.Split()
	for i := range c.Margins {
		c.Margins[i].Tree = fullTree(d, c.Margins[i].Class, rng, false)
		apart.Margins[i].Tree = fullTree(d, c.Margins[i].Class, rng, true)
	}
	return append(list, c, apart)
}

// fullTree splits all units, with on each leaf the multipliers that go with its phases (nu = h or 0), some disturbed.
// Apart, it splits some of them elsewhere first.
func fullTree(d *Condensed, class int, rng *rand.Rand, apart bool) *Tree {
	t := &Tree{}
	p := d.NewProver()
	var grow func(i int, lower, upper []float64)
	grow = func(i int, lower, upper []float64) {
		if i == len(d.Units) || len(t.Splits) > 200 {
			t.Splits = append(t.Splits, Leaf)
			p.Lower(d.Margin(class), 1, lower, upper, d.ByRule(CROWN))
			for j := range d.Units {
				nu := p.nu[j]
				if rng.IntN(4) == 0 {
					nu += 1e-3 * rng.NormFloat64() * math.Abs(nu)
				}
				t.Multipliers = append(t.Multipliers, nu)
			}
			return
		}
		s, next := 0.0, i+1
		if t.Splits = append(t.Splits, i); apart {
			if rng.IntN(3) == 0 {
				s, next = d.Lower[i]+1.1*rng.Float64()*(d.Upper[i]-d.Lower[i]), i
			}
			t.At = append(t.At, s)
		}
		for _, above := range []bool{true, false} {
			l, u := append([]float64(nil), lower...), append([]float64(nil), upper...)
			if above {
				l[i] = max(l[i], s)
			} else {
				u[i] = min(u[i], s)
			}
			grow(next, l, u)
		}
	}
	grow(0, d.Lower, d.Upper)
	return t
}

// cases is how many to try: a third with -short, ten times as many with TIGHTROPE_LONG set.
func cases(standard int) int {
	switch {
	case os.Getenv("TIGHTROPE_LONG") != "":
		return 10 * standard
	case testing.Short():
		return standard / 3
	}
	return standard
}

// TestFuzz looks for a false certificate among random networks of one input, whose least margin is known exactly and
// was moved to within a few roundings of 0: the checker must confirm nothing that is not positive. It also counts what
// it confirms of margins that are positive by little, because a checker that refuses everything would pass.
func TestFuzz(t *testing.T) {
	cases := cases(10_000)
	rng := rand.New(rand.NewPCG(7, 11))
	refusals, confirmed, positive := 0, 0, 0
	for i := range cases {
		n := randomNet(rng, 1)
		b := ball.Ball{Eps: []float64{0.1, 0.5, 1e-3, 0}[rng.IntN(4)], Norm: ball.Norm(rng.IntN(3))}
		x := rng.Float64()
		if rng.IntN(2) == 0 {
			b.Box = ball.Unit
		}
		lower, upper := ends(b, x)
		before, _ := trueMinimum(n, lower, upper, 0, 1)
		size, _ := before.Float64()
		size = math.Abs(size) + 1e-3
		target := size * []float64{0, -1e-16, -1e-15, -1e-13, -1e-10, -1e-7, 1e-16, 1e-9, 1e-7, 1e-4}[rng.IntN(10)]
		least := shiftMargin(n, lower, upper, 0, 1, target)
		p := plain(t, n)
		for _, c := range proofs(t, p, b, []float64{x}, 0, rng) {
			_, err := Check(t.Context(), p, c)
			if err != nil && !errors.Is(err, ErrRefused) {
				t.Fatalf("case %d: %v", i, err)
			}
			switch truth := least.Sign() > 0; {
			case err == nil && !truth:
				t.Fatalf("case %d: %s certificate confirmed, but the margin is %v", i, c.Stage, least)
			case err != nil && !truth:
				refusals++
				if mutate(c, rng); confirms(p, c) {
					t.Fatalf("case %d: %s certificate confirmed after a mutation, but the margin is %v: %+v", i,
						c.Stage, least, c)
				}
			case (c.Stage == "tree" || c.Stage == "places") && target > 1e-10*size &&
				len(c.Margins) == 1 && rareLosses(n):
				positive++
				if err == nil {
					confirmed++
				}
			}
		}
	}
	t.Logf("%d cases: %d false certificates refused; of %d true ones with a small margin on full trees %d confirmed",
		cases, refusals, positive, confirmed)
	if refusals < cases/2 || confirmed < positive/2 || confirmed == 0 {
		t.Errorf("the hunt is too weak: %d refusals, %d of %d confirmed", refusals, confirmed, positive)
	}
}

// rareLosses leaves out deep networks with huge weights: there rounding errors may exceed the margin.
func rareLosses(n *net.Network) bool { return len(n.Relus()) == 1 }

// confirms reports whether a certificate is confirmed.
func confirms(n *Network, c *Certificate) bool {
	_, err := Check(context.Background(), n, c)
	return err == nil
}

// mutate changes the proof of a certificate here and there, and leaves what it claims.
func mutate(c *Certificate, rng *rand.Rand) {
	for range 1 + rng.IntN(3) {
		m := &c.Margins[rng.IntN(len(c.Margins))]
		switch rng.IntN(7) {
		case 0:
			c.Rules = append(c.Rules, Rule(rng.IntN(3)))
		case 1:
			m.Rule = Rule(rng.IntN(3))
		case 2:
			c.Tighter = append(c.Tighter, falseProof(c, rng))
		case 3:
			rng.Shuffle(len(c.Units), func(i, j int) { c.Units[i], c.Units[j] = c.Units[j], c.Units[i] })
		case 4:
			if m.Tree != nil && len(c.Units) > 0 {
				m.Tree.Splits[rng.IntN(len(m.Tree.Splits))] = rng.IntN(len(c.Units)+1) - 1
			}
		case 6:
			if m.Tree != nil && len(m.Tree.At) > 0 {
				m.Tree.At[rng.IntN(len(m.Tree.At))] = wild(rng)
			}
		case 5:
			if m.Tree != nil && len(m.Tree.Multipliers) > 0 {
				m.Tree.Multipliers[rng.IntN(len(m.Tree.Multipliers))] = wild(rng)
			}
		}
	}
}

// falseProof is a bound of some unit by multipliers of any size.
func falseProof(c *Certificate, rng *rand.Rand) UnitProof {
	p := UnitProof{Unit: Unit{rng.IntN(2), rng.IntN(3)}, Upper: rng.IntN(2) == 0}
	t := &Tree{Splits: []int{Leaf}}
	if p.Tree = t; len(c.Units) > 0 && rng.IntN(2) == 0 {
		t.Splits = []int{rng.IntN(len(c.Units)), Leaf, Leaf}
	}
	for range t.Leaves() * len(c.Units) {
		t.Multipliers = append(t.Multipliers, wild(rng))
	}
	if rng.IntN(2) == 0 {
		p.Tree, p.Multipliers = nil, t.Multipliers[:len(c.Units)]
	}
	return p
}

// wild is a number of any size, or none.
func wild(rng *rand.Rand) float64 {
	return []float64{0, 1, -1, rng.NormFloat64(), 1e8 * rng.NormFloat64(), 1e-300, 1e300, math.Inf(1), math.Inf(-1),
		math.NaN()}[rng.IntN(10)]
}
