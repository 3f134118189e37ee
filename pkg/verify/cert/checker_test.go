package cert

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tightrope/pkg/ball"
)

// TestCheckerIsCheck: one checker for all proofs of an input answers each exactly as a check from the beginning does,
// to the last bit and the last word, whatever searches do in between with all that it gave them.
func TestCheckerIsCheck(t *testing.T) {
	rng := rand.New(rand.NewPCG(71, 72))
	confirmed, refused, trees := 0, 0, 0
	for i := range cases(600) {
		inputs := 1 + rng.IntN(3)
		p, x := plain(t, randomNet(rng, inputs)), make([]float64, inputs)
		for k := range x {
			x[k] = rng.Float64()
		}
		b := ball.Ball{Eps: []float64{0.1, 0.5, 1e-3, 0}[i%4], Norm: ball.Norm(rng.IntN(3)), Box: &ball.Box{Upper: 1}}
		if b.Norm == ball.Linf && i%2 == 0 {
			b.Radii = slices.Repeat([]float64{1}, inputs)
		}
		label := i % p.Classes()
		all := proofs(t, p, b, x, label, rng)
		for _, c := range all {
			c = clone(t, c)
			mutate(c, rng)
			all = append(all, c)
		}
		kept := clone(t, all[0]) // holds ball and input as they are now
		checker, err := NewChecker(p, b, x)
		if err != nil {
			t.Fatal(err)
		}
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for _, c := range all {
			tamper(t, checker, b, x, label, rng)
			c.Ball, c.Input = kept.Ball, kept.Input
			switch rng.IntN(12) { // what it has become
			case 0:
				c.Ball.Box = b.Box
			case 1:
				c.Ball.Radii = b.Radii
			case 2:
				c.Input = x
			}
			want, wrong := Check(t.Context(), p, c)
			got, err := checker.Check(t.Context(), c)
			if fmt.Sprint(want, wrong) != fmt.Sprint(got, err) {
				t.Fatalf("case %d, %s: %v, %v by the checker, %v, %v from the beginning", i, c.Stage, got, err, want,
					wrong)
			}
			switch {
			case err != nil:
				refused++
			case got.Leaves > 1:
				trees++
			default:
				confirmed++
			}
		}
	}
	t.Logf("%d confirmed by rules, %d by trees, %d refused", confirmed, trees, refused)
	if confirmed < 200 || trees < 50 || refused < 200 {
		t.Error("too few of them mean anything")
	}
}

// tamper does what a search must not, to all that it gave to the checker and got from it.
func tamper(t *testing.T, c *Checker, b ball.Ball, x []float64, label int, rng *rand.Rand) {
	t.Helper()
	for _, rules := range [][]Rule{nil, {FastLin}, {FastLin, CROWN}, {CROWN, FastLin}} {
		if rng.IntN(2) == 0 {
			continue
		}
		r, bounds, err := c.Begin(t.Context(), rules...)
		if err != nil {
			t.Fatal(err)
		}
		for k := range bounds.Lower {
			for j := range bounds.Lower[k] {
				bounds.Lower[k][j], bounds.Upper[k][j] = 1, 2 // all stable
			}
		}
		margins, err := c.Margins(t.Context(), CROWN, label, rules...)
		if err != nil {
			t.Fatal(err)
		}
		for class := range margins {
			margins[class] = math.Inf(1)
		}
		if _, err := r.Condense(t.Context(), bounds, label); err != nil {
			t.Fatal(err)
		}
		r.Margins(bounds, FastLin, label)
		ended, stop := context.WithCancel(t.Context())
		if stop(); rng.IntN(2) == 0 {
			ended = t.Context()
		}
		if _, err := r.Bounds(ended, Rule(rng.IntN(3))); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	x[0], b.Box.Lower, b.Box.Upper = 7, -2, 3
	for k := range b.Radii {
		b.Radii[k] = 2
	}
}

// TestCheckerElsewhere: a proof about another input, ball or label than the checker's is checked for what it claims.
func TestCheckerElsewhere(t *testing.T) {
	p, rng := plain(t, tent(t, 0.2)), rand.New(rand.NewPCG(73, 74))
	narrow := ball.Ball{Eps: 0.1}
	checker, err := NewChecker(p, narrow, []float64{2})
	if err != nil {
		t.Fatal(err)
	}
	confirmed, refused := 0, 0
	for range 50 {
		b, x := ball.Ball{Eps: []float64{0.1, 0.5, 5}[rng.IntN(3)]}, []float64{[]float64{2, 0, -2}[rng.IntN(3)]}
		for _, c := range proofs(t, p, b, x, rng.IntN(2), rng) {
			want, wrong := Check(t.Context(), p, c)
			got, err := checker.Check(t.Context(), c)
			if fmt.Sprint(want, wrong) != fmt.Sprint(got, err) {
				t.Fatalf("%v, %v by the checker, %v, %v from the beginning", got, err, want, wrong)
			}
			if err == nil {
				confirmed++
			} else {
				refused++
			}
		}
	}
	if confirmed < 10 || refused < 10 {
		t.Errorf("%d confirmed, %d refused: the test shows little", confirmed, refused)
	}
}

// TestStampsComeAgain: after more passes than there are stamps, nothing of the passes long ago is taken for new.
func TestStampsComeAgain(t *testing.T) {
	rng := rand.New(rand.NewPCG(75, 76))
	for range 20 {
		p, x := plain(t, randomNet(rng, 2)), []float64{rng.Float64(), rng.Float64()}
		r, err := NewRegion(p, ball.Ball{Eps: 0.2}, x)
		if err != nil {
			t.Fatal(err)
		}
		b, err := r.Bounds(t.Context(), CROWN)
		if err != nil {
			t.Fatal(err)
		}
		want := r.Margins(b, CROWN, 0)
		r.scratch = p.newScratch()
		r.scratch.stamp = math.MaxInt32
		for _, s := range r.scratch.held {
			for j := range s.seen {
				s.seen[j] = math.MinInt32
			}
			for j := range s.block {
				s.block[j] = 1
			}
		}
		if got := r.Margins(b, CROWN, 0); !slices.Equal(got, want) {
			t.Fatalf("%v, before the last stamp %v", got, want)
		}
	}
}
