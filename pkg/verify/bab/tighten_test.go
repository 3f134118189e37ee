package bab

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
)

// deep is a network of four relu layers, some of their units read by the last layer.
func deep(t testing.TB, rng *rand.Rand, inputs int) *net.Network {
	t.Helper()
	n := net.New("deep", inputs)
	add := adder(t, n)
	for range 4 {
		add(net.Dense{Units: 6})
		add(net.ReLU{})
	}
	add(net.Dense{Units: 3})
	draw(n, rng)
	return n
}

// begin is a search whose root is bounded, in every norm and with residual networks among them.
func begin(t *testing.T, rng *rand.Rand, o Options) *Search {
	t.Helper()
	inputs := 3 + rng.IntN(3)
	n := deep(t, rng, inputs)
	if rng.IntN(3) == 0 {
		n = random(t, rng, inputs)
	}
	p, err := cert.NewNetwork(n.Model())
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, inputs)
	for k := range x {
		x[k] = rng.NormFloat64()
	}
	b := ball.Ball{Eps: 0.3 + rng.Float64(), Norm: []ball.Norm{ball.Linf, ball.Linf, ball.L2, ball.L1}[rng.IntN(4)]}
	root, err := NewRoot(t.Context(), p, b, x, best(p.Forward(x)))
	if err != nil {
		t.Fatal(err)
	}
	s := NewSearch(root, o)
	s.options.NoLP = true
	if err := s.condense(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestUnitTrees: bounds of units by trees hold at random inputs, are often tighter than by slopes, make units stable,
// and a certificate that stands on them is confirmed, on one worker and on several.
func TestUnitTrees(t *testing.T) {
	rng := rand.New(rand.NewPCG(61, 62))
	tighter, stable, trees, lists, confirmed := 0, 0, 0, 0, 0
	for i := range 60 {
		s := begin(t, rng, Options{Workers: 1 + i%3})
		s.tighten(t.Context(), effort{5, 1})
		before := s.problem.lower
		lower := append([]float64(nil), before...)
		units := s.problem.units
		s.tighten(t.Context(), effort{10, 15})
		for at, l := range s.problem.lower {
			if l > lower[at] {
				tighter++
			}
		}
		stable += units - s.problem.units
		holds(t, s, rng)
		for _, p := range s.proof.Tighter {
			if p.Tree != nil && p.Tree.Leaves() > 1 {
				trees++
			}
			if p.Tree != nil && len(p.Tree.Of) > 0 {
				lists++
			}
		}
		if s.left = s.margins(t.Context(), s.left, 200); len(s.left) > 0 || s.result.Certificate != nil {
			continue
		}
		if _, err := cert.Check(t.Context(), s.Network, s.proof); err != nil {
			t.Errorf("problem %d: %v", i, err)
		}
		confirmed++
	}
	t.Logf("%d bounds tighter, %d units stable, %d trees, %d lists of units, %d certificates", tighter, stable, trees,
		lists, confirmed)
	if tighter < 30 || stable < 20 || trees < 60 || lists < 20 || confirmed < 10 {
		t.Error("too few of them mean anything")
	}
}

// holds compares the units' bounds with their values at random inputs.
func holds(t *testing.T, s *Search, rng *rand.Rand) {
	t.Helper()
	c := s.problem.Condensed
	for range 200 {
		x := s.Ball.Sample(s.X, rng)
		z := make([]float64, len(c.Units))
		for at := range z {
			r := &c.Rows[at]
			z[at] = r.Constant
			for k, v := range r.Input {
				z[at] += v * x[k]
			}
			for j, v := range r.Units {
				z[at] += v * max(z[j], 0)
			}
			if z[at] < s.problem.lower[at]-1e-9 || z[at] > s.problem.upper[at]+1e-9 {
				t.Fatalf("unit %v is %v at a point, its bounds are %v and %v", c.Units[at], z[at], s.problem.lower[at],
					s.problem.upper[at])
			}
		}
	}
}

// TestStages: a search that is given few nodes goes through all stages, each call on from the last, and what it decides
// is confirmed.
func TestStages(t *testing.T) {
	rng := rand.New(rand.NewPCG(63, 64))
	decided := map[cert.Verdict]int{}
	for range 30 {
		s := begin(t, rng, Options{Nodes: 120, Tighten: 2})
		for range 3 {
			if s.Branch(t.Context()); s.result.Certificate != nil {
				break
			}
		}
		if c := s.result.Certificate; c != nil {
			decided[c.Verdict]++
			if _, err := cert.Check(t.Context(), s.Network, c); err != nil {
				t.Error(err)
			}
		}
	}
	t.Log(decided)
	if decided[cert.Certified] < 5 || decided[cert.Falsified] < 3 {
		t.Errorf("too few decided: %v", decided)
	}
}

// TestTightenEnds: bounds of units end with the context, in the middle of a layer too, and what is proved by then is
// sound.
func TestTightenEnds(t *testing.T) {
	rng := rand.New(rand.NewPCG(65, 66))
	s := wide(t, rng, Options{Workers: 2})
	if err := s.condense(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	done := make(chan bool)
	go func() {
		s.tighten(ctx, effort{50, 100_000}) // hours
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("the bounds of units go on without their context")
	}
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Fatal("it ended before its context")
	}
	holds(t, s, rng)
}

// wide begins a search on a network whose margins no search decides in a short time.
func wide(t *testing.T, rng *rand.Rand, o Options) *Search {
	t.Helper()
	n := net.New("wide", 40)
	add := adder(t, n)
	for range 4 {
		add(net.Dense{Units: 60})
		add(net.ReLU{})
	}
	add(net.Dense{Units: 2})
	draw(n, rng)
	p, err := cert.NewNetwork(n.Model())
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 40)
	root, err := NewRoot(t.Context(), p, ball.Ball{Eps: 0.5}, x, best(p.Forward(x)))
	if err != nil {
		t.Fatal(err)
	}
	return NewSearch(root, o)
}

// TestEndsAtOnce checks that no bounds are computed for the open nodes of a tree without a decision: for large trees,
// they would take up to a fifth of the search's time, after its time limit.
func TestEndsAtOnce(t *testing.T) {
	s := wide(t, rand.New(rand.NewPCG(65, 66)), Options{Workers: 2, Nodes: 300, Tighten: -1})
	before := slices.Clone(s.Alpha(t.Context()).Lower)
	if slices.Max(before) > 0 || slices.Min(before) >= 0 {
		t.Fatalf("bounds of %v before any tree: the test shows nothing", before)
	}
	r := s.Branch(t.Context())
	if r.Certificate != nil || r.Nodes < 250 {
		t.Fatalf("%d nodes, certificate %v: the test shows nothing", r.Nodes, r.Certificate)
	}
	if !slices.Equal(r.Lower, before) {
		t.Errorf("an unfinished tree gives the bounds %v, %v before it", r.Lower, before)
	}
}
