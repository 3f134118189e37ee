package genbab

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tightrope/pkg/ball"
	"tightrope/pkg/model"
	"tightrope/pkg/verify/bab"
	"tightrope/pkg/verify/cert"
)

// texts are networks of smooth activations, of relus, and of both, and one with a residual block.
var texts = []string{"fc6 tanh fc5 tanh fc3", "fc5 sigmoid fc5 relu fc4 softplus fc3", "sigmoid fc6 tanh fc3",
	"fc6 relu fc5 relu fc3", "fc6 softplus fc5 softplus fc3"}

// drawn is a network of a text with random weights, of three inputs and classes.
func drawn(t *testing.T, text string, rng *rand.Rand) *cert.Network {
	t.Helper()
	arch, err := model.ParseArch(text, []int{3}, 3)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.New(arch)
	if err != nil {
		t.Fatal(err)
	}
	m.Float64 = true
	for _, l := range m.Layers {
		for _, p := range l.Params {
			for i := range p.Data {
				p.Data[i] = 1.8 * rng.NormFloat64()
			}
		}
	}
	n, err := cert.NewNetwork(m)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// problemOf draws an input and a ball around it, whose norm and radius follow from a number.
func problemOf(t *testing.T, n *cert.Network, i int, rng *rand.Rand) *bab.Root {
	t.Helper()
	x := []float64{rng.Float64(), rng.Float64(), rng.Float64()}
	b := ball.Ball{Norm: ball.Norm(i / 5 % 3), Eps: 0.1 + 0.9*rng.Float64()}
	if i%2 == 0 {
		b.Box = ball.Unit
	}
	y := n.Forward(x)
	root, err := bab.NewRoot(t.Context(), n, b, x, slices.Index(y, slices.Max(y)))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// lowest is the least margin of a root at random points and corners of its ball.
func lowest(r *bab.Root, points int, rng *rand.Rand) float64 {
	lower, upper := r.Ball.Bounds(r.X)
	least := math.Inf(1)
	for k := range points {
		x := r.Ball.Sample(r.X, rng)
		if r.Ball.Norm == ball.Linf && k < 8 {
			for j := range x {
				x[j] = []float64{lower[j], upper[j]}[k>>j&1]
			}
		}
		y := r.Network.Forward(x)
		for class, v := range y {
			if class != r.Label {
				least = min(least, y[r.Label]-v)
			}
		}
	}
	return least
}

// TestSolve: on random networks nearly every input is decided, some by trees; every proof is confirmed, and no
// point of a certified ball is misclassified, or has a margin below what is proved.
func TestSolve(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	certified, falsified, open, trees := 0, 0, 0, 0
	for i := range 200 {
		root := problemOf(t, drawn(t, texts[i%len(texts)], rng), i, rng)
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		o := Options{Nodes: 400, Workers: 2}
		if i%2 == 0 { // so loose that trees are needed
			o.RootSteps, o.Steps, o.Tighten = 2, 3, -1
		}
		r, err := Solve(ctx, root, o)
		stop()
		if err != nil {
			t.Fatal(err)
		}
		if r.Certificate == nil {
			open++
			continue
		}
		report, err := cert.Check(t.Context(), root.Network, r.Certificate)
		if err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		if r.Certificate.Verdict == cert.Falsified {
			falsified++
			continue
		}
		certified++
		if report.Leaves > 2 { // there are two margins
			trees++
		}
		if least, proved := lowest(root, 2000, rng), slices.Min(report.Lower); least < proved {
			t.Fatalf("case %d: margin %v at a point, %v is proved", i, least, proved)
		}
	}
	t.Logf("%d certified, %d of them by trees, %d falsified, %d open", certified, trees, falsified, open)
	if certified < 25 || falsified < 15 || trees < 2 || open > 10 {
		t.Error("too few of them are decided")
	}
}

// TestTighten: bounds that ascents prove hold at points of the ball, and some are tighter than those of the rules.
func TestTighten(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	tighter := 0
	for i := range 25 {
		root := problemOf(t, drawn(t, texts[i%len(texts)], rng), i, rng)
		c, err := root.Region.Condense(t.Context(), root.Bounds, root.Label)
		if err != nil {
			t.Fatal(err)
		}
		s := &solver{Root: root, options: Options{}.withDefaults(), problem: newProblem(c, root.Region, 3)}
		tighter += len(s.tighten(t.Context()))
		d := s.problem.newDual(s.problem.row(c.Margin((root.Label+1)%3), 1))
		for range 100 {
			d.evaluate(root.Ball.Sample(root.X, rng))
			for j := range c.Units {
				if z := d.real[j]; z < s.problem.lower[j]-1e-9 || z > s.problem.upper[j]+1e-9 {
					t.Fatalf("case %d: z %v of %+v is not in [%v, %v]", i, z, c.Units[j], s.problem.lower[j],
						s.problem.upper[j])
				}
			}
		}
	}
	if tighter < 25 {
		t.Errorf("only %d bounds became tighter", tighter)
	}
}

// TestDual: the bound of a node in float64 is what the prover proves by its multipliers, up to rounding; children have
// no lower bound than their parent after some steps.
func TestDual(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range 40 {
		root := problemOf(t, drawn(t, texts[i%len(texts)], rng), i, rng)
		c, err := root.Region.Condense(t.Context(), root.Bounds, root.Label)
		if err != nil {
			t.Fatal(err)
		}
		p := newProblem(c, root.Region, 3)
		a := p.newAscent(p.row(c.Margin((root.Label+1)%3), 1))
		n := p.root()
		for depth := range 4 {
			before := a.backward(n)
			a.run(n, 10, rate, math.Inf(1))
			got, proved := a.backward(n), a.proved(a.nu, n)
			if got < before-1e-9*a.row.size || math.Abs(got-proved) > 1e-7*a.row.size {
				t.Fatalf("case %d, depth %d: bound %v, before %v, proved %v", i, depth, got, before, proved)
			}
			unit := rng.IntN(len(c.Units))
			n = p.child(n, unit, n.l[unit]+rng.Float64()*(n.u[unit]-n.l[unit]), rng.IntN(2))
		}
	}
}

// TestLikePhases: on networks of relus the answers are those of the search over phases.
func TestLikePhases(t *testing.T) {
	rng, both := rand.New(rand.NewPCG(7, 8)), 0
	for i := range 30 {
		root := problemOf(t, drawn(t, "fc6 relu fc5 relu fc3", rng), i, rng)
		r, err := Solve(t.Context(), root, Options{Nodes: 400})
		if err != nil {
			t.Fatal(err)
		}
		want, err := bab.Solve(t.Context(), root.Network, root.Ball, root.X, root.Label, bab.Options{Nodes: 400})
		if err != nil {
			t.Fatal(err)
		}
		if r.Certificate == nil || want.Certificate == nil {
			continue
		}
		if both++; r.Certificate.Verdict != want.Certificate.Verdict {
			t.Errorf("case %d: %s, by phases %s", i, r.Certificate.Verdict, want.Certificate.Verdict)
		}
	}
	if both < 20 {
		t.Errorf("both decide only %d of 30", both)
	}
}

// TestLimits: a search ends with its time, and with its nodes, and then has no certificate.
func TestLimits(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for i := 0; ; i++ {
		root := problemOf(t, drawn(t, texts[0], rng), i, rng)
		r, err := Solve(t.Context(), root, Options{Nodes: 60})
		if err != nil {
			t.Fatal(err)
		}
		if r.Nodes < 30 || r.Certificate == nil {
			continue // another one
		}
		few, err := Solve(t.Context(), root, Options{Nodes: 5})
		if err != nil || few.Certificate != nil || few.Nodes > 20 || few.Class == root.Label {
			t.Errorf("5 nodes: %+v, %v", few, err)
		}
		over, stop := context.WithCancel(t.Context())
		stop()
		if r, err := Solve(over, root, Options{}); err != nil || r.Certificate != nil {
			t.Errorf("no time: %+v, %v", r, err)
		}
		return
	}
}
