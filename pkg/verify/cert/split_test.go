package cert

import (
	"math"
	"math/rand/v2"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/model"
)

// splitTexts are small networks of smooth activations, some with relus.
var splitTexts = []string{"fc3 tanh fc2 sigmoid fc2", "fc2 softplus fc2 relu fc2", "sigmoid fc3 tanh fc2",
	"fc4 tanh fc2"}

// splitting is a condensed network on a ball.
type splitting struct {
	*Condensed
	net    *Network
	ball   ball.Ball
	x      []float64
	bounds *Bounds
	prover *Prover
	rng    *rand.Rand
}

func newSplitting(t *testing.T, n *Network, b ball.Ball, x []float64, rng *rand.Rand) *splitting {
	t.Helper()
	r, err := NewRegion(n, b, x)
	if err != nil {
		t.Fatal(err)
	}
	bounds, err := r.Bounds(t.Context(), CROWN)
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Condense(t.Context(), bounds, 0)
	if err != nil {
		t.Fatal(err)
	}
	return &splitting{c, n, b, x, bounds, c.NewProver(), rng}
}

// part is the inputs whose units lie in an interval, and a bound of the margin there.
type part struct {
	lower, upper []float64
	nu           []float64
	bound        float64
	unit         int // that is split
	at           float64
	children     [2]*part // nil: a leaf
}

func (s *splitting) part(lower, upper []float64) *part {
	p := &part{lower: lower, upper: upper}
	p.nu, p.bound = s.climb(lower, upper)
	return p
}

// split halves a part at a place.
func (s *splitting) split(p *part, unit int, at float64) {
	p.unit, p.at = unit, at
	for side := range p.children {
		l, u := append([]float64(nil), p.lower...), append([]float64(nil), p.upper...)
		if side == 0 {
			l[unit] = max(l[unit], at)
		} else {
			u[unit] = min(u[unit], at)
		}
		p.children[side] = s.part(l, u)
	}
}

// empty reports whether no input lies in the part, by its own bounds.
func (p *part) empty() bool {
	for i, l := range p.lower {
		if l > p.upper[i] {
			return true
		}
	}
	return false
}

// climb ascends a few steps from CROWN's multipliers.
func (s *splitting) climb(lower, upper []float64) (best []float64, most float64) {
	row := s.Margin(1)
	nu, most := make([]float64, len(s.Units)), math.Inf(-1)
	choose := s.ByRule(CROWN)
	for step := range 16 {
		bound := s.prover.Lower(row, 1, lower, upper, func(i int, h, l, u float64) float64 {
			if step == 0 {
				nu[i] = choose(i, h, l, u)
			}
			return nu[i]
		})
		if bound > most || best == nil {
			most, best = bound, append([]float64(nil), nu...)
		}
		s.step(nu, lower, upper, 0.5/math.Sqrt(float64(1+step)))
	}
	return best, most
}

// step moves multipliers along the supergradient that the last bound has: z - s at every unit, in the network whose
// input is the worst one, and in which each unit's s is where h f(s) - nu s is least.
func (s *splitting) step(nu, lower, upper []float64, rate float64) {
	x := s.region.corner(s.prover.v)
	out := make([]float64, len(nu))
	for i := range nu {
		row, h := &s.Rows[i], s.prover.h[i]
		z := row.Constant
		for k, f := range row.Input {
			z += f * x[k]
		}
		for j, f := range row.Units {
			z += f * out[j]
		}
		at, least := lower[i], math.Inf(1)
		for k := range 25 {
			v := lower[i] + (upper[i]-lower[i])*float64(k)/24
			if c := h*s.near(i, v) - nu[i]*v; c < least {
				at, least = v, c
			}
		}
		out[i] = s.near(i, at)
		nu[i] += rate * (math.Abs(h) + 0.1) * (z - at) / max(s.Upper[i]-s.Lower[i], 1e-9)
	}
}

func (s *splitting) near(unit int, z float64) float64 {
	if f := s.curves[unit]; f != nil {
		return f.near(z)
	}
	return max(z, 0)
}

// leaves are the parts without children.
func (p *part) leaves() []*part {
	if p.children[0] == nil {
		return []*part{p}
	}
	return append(p.children[0].leaves(), p.children[1].leaves()...)
}

// write appends a part to a tree.
func (p *part) write(t *Tree) {
	if p.children[0] == nil {
		t.Splits, t.Multipliers = append(t.Splits, Leaf), append(t.Multipliers, p.nu...)
		return
	}
	t.Splits, t.At = append(t.Splits, p.unit), append(t.At, p.at)
	p.children[0].write(t)
	p.children[1].write(t)
}

// certificate proves the margin over class 1 by a tree.
func (s *splitting) certificate(p *part) *Certificate {
	c := ByRule(s.net, s.ball, s.x, 0, "split", []Rule{CROWN}, CROWN)
	c.Units, c.Margins[0].Tree = s.Units, &Tree{}
	c.Split()
	p.write(c.Margins[0].Tree)
	return c
}

// least is the bound that the checker's walk over a tree proves, positive or not.
func (s *splitting) least(t *testing.T, c *Certificate) float64 {
	t.Helper()
	if err := c.validate(s.net, Limits{}.withDefaults()); err != nil {
		t.Fatal(err)
	}
	k := &check{Certificate: c, limits: Limits{}.withDefaults(), bounds: newRuled(s.bounds, s.region)}
	if err := k.condense(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := k.newWalk(t.Context(), c.Margins[0].Tree, k.prover.Margin(1), "")
	if err := w.all(); err != nil {
		t.Fatal(err)
	}
	return w.least
}

// sample is the margin at a point of the ball, and the inputs of the condensed units there.
func (s *splitting) sample(point []float64) (margin float64, z []float64) {
	values := s.net.values(point)
	for _, u := range s.Units {
		z = append(z, values[s.net.vertices[s.net.relus[u.Relu]].from[0]][u.Unit])
	}
	y := values[s.net.output]
	return y[0] - y[1], z
}

// holds reports whether a part is about a point.
func (p *part) holds(z []float64) bool {
	for i, v := range z {
		if v < p.lower[i] || v > p.upper[i] {
			return false
		}
	}
	return true
}

// points are some of a ball: random ones, and its corners.
func (s *splitting) points(count int) (all [][]float64) {
	lower, upper := s.ball.Bounds(s.x)
	for k := range count {
		p := s.ball.Sample(s.x, s.rng)
		if s.ball.Norm == ball.Linf && k < 8 {
			for j := range p {
				p[j] = []float64{lower[j], upper[j]}[k>>j&1]
			}
		}
		all = append(all, p)
	}
	return all
}

// TestSplits: on the leaves of random trees of random networks, no margin at a point that satisfies the splits lies
// below the leaf's bound, and none at any point below the bound that the checker finds for the tree.
func TestSplits(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	tight, tried := 0, 0
	for i := range cases(120) {
		n, err := NewNetwork(drawn(t, splitTexts[i%len(splitTexts)], 2, 2, rng))
		if err != nil {
			t.Fatal(err)
		}
		b := ball.Ball{Norm: ball.Norm(i / 4 % 3), Eps: 0.7 * rng.Float64()}
		s := newSplitting(t, n, b, []float64{rng.NormFloat64(), rng.NormFloat64()}, rng)
		root := s.part(s.Condensed.Lower, s.Condensed.Upper)
		for range 7 {
			all := root.leaves()
			p, unit := all[rng.IntN(len(all))], rng.IntN(len(s.Units))
			s.split(p, unit, p.lower[unit]+(1.2*rng.Float64()-0.1)*(p.upper[unit]-p.lower[unit]))
		}
		near, least := s.compare(t, root), s.least(t, s.certificate(root))
		tight, tried = tight+near, tried+len(root.leaves())
		for _, x := range s.points(100) {
			if m, _ := s.sample(x); m < least-1e-12 {
				t.Fatalf("case %d: the margin is %v at %v, the tree proves %v", i, m, x, least)
			}
		}
	}
	t.Logf("of %d leaves, %d have a bound near the least margin of the points", tried, tight)
	if tight < tried/5 {
		t.Error("the bounds are too loose for a fault to be noticed")
	}
}

// compare compares the bounds of all leaves with points, each of which lies on some leaf, and counts those that are
// near the least margin found.
func (s *splitting) compare(t *testing.T, root *part) (near int) {
	t.Helper()
	all := root.leaves()
	found, most := make([]float64, len(all)), 0.0
	for k := range all {
		found[k] = math.Inf(1)
	}
	for _, x := range s.points(200) {
		m, z := s.sample(x)
		most = max(most, math.Abs(m))
		on := 0
		for k, p := range all {
			if !p.holds(z) {
				continue
			}
			on++
			if found[k] = min(found[k], m); p.empty() || m < p.bound-1e-12*(1+math.Abs(m)) {
				t.Fatalf("margin %v at %v on a leaf with the bound %v: %+v", m, x, p.bound, p)
			}
		}
		if on == 0 {
			t.Fatalf("%v, with %v, is on no leaf", x, z)
		}
	}
	for k, p := range all {
		if found[k]-p.bound < 0.05*most {
			near++
		}
	}
	return near
}

// TestSplitsNearZero: where the least margin of a network of one input is below 0 by little, no tree is confirmed, and
// no tree that was tampered with; where it is above by some, most are.
func TestSplitsNearZero(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 24))
	confirmed, positive, most := 0, 0, cases(60)
	for i := range most {
		m := drawn(t, splitTexts[i%len(splitTexts)], 1, 2, rng)
		b, x := ball.Ball{Eps: []float64{0.2, 0.8}[i/4%2]}, rng.NormFloat64()
		target := []float64{-1e-9, 0.01}[i%2]
		bias := m.Layers[len(m.Layers)-1].Params[1].Data
		bias[0] += target - leastOnGrid(t, m, x, b.Eps)
		n, err := NewNetwork(m)
		if err != nil {
			t.Fatal(err)
		}
		s := newSplitting(t, n, b, []float64{x}, rng)
		root := s.grow(40)
		c := s.certificate(root)
		switch ok := confirms(n, c); {
		case target > 0:
			positive++
			if ok {
				confirmed++
			}
		case ok:
			t.Fatalf("case %d: confirmed, but the margin is %v at a point", i, target)
		}
		for range 6 {
			if mutate(c, rng); target < 0 && confirms(n, c) {
				t.Fatalf("case %d: confirmed after a mutation: %+v", i, c)
			}
		}
	}
	t.Logf("%d of %d true ones are confirmed", confirmed, positive)
	if confirmed < positive*2/3 {
		t.Errorf("only %d of %d true ones are confirmed: the trees are too loose to notice a fault", confirmed,
			positive)
	}
}

// leastOnGrid is about the least margin of a network of one input, at an input that there is.
func leastOnGrid(t *testing.T, m *model.Model, x, eps float64) float64 {
	t.Helper()
	n, err := NewNetwork(m)
	if err != nil {
		t.Fatal(err)
	}
	b, least := ball.Ball{Eps: eps}, math.Inf(1)
	for k := range 2001 {
		y := n.Forward(Clip(b, []float64{x}, []float64{x + eps*(float64(k)/1000-1)}))
		least = min(least, y[0]-y[1])
	}
	return least
}

// grow splits the part with the lowest bound, at the middle of the unit whose lines are the farthest apart, until all
// are positive or a number of times.
func (s *splitting) grow(times int) *part {
	root := s.part(s.Condensed.Lower, s.Condensed.Upper)
	for range times {
		var lowest *part
		for _, p := range root.leaves() {
			if !p.empty() && p.bound <= 0 && (lowest == nil || p.bound < lowest.bound) {
				lowest = p
			}
		}
		if lowest == nil {
			break
		}
		s.prover.Lower(s.Margin(1), 1, lowest.lower, lowest.upper,
			func(i int, _, _, _ float64) float64 { return lowest.nu[i] })
		unit, widest := 0, -1.0
		for i, h := range s.prover.h {
			width := lowest.upper[i] - lowest.lower[i]
			if w := (math.Abs(h) + 0.01) * width * min(width, 1); w > widest {
				unit, widest = i, w
			}
		}
		s.split(lowest, unit, middle(lowest.lower[unit], lowest.upper[unit]))
	}
	return root
}
