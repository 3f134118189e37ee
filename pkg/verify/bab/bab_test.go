package bab

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/exact"
	"tightrope/pkg/verify/highs"
)

// random is a network with two or three relu layers, some with a residual connection.
func random(t testing.TB, rng *rand.Rand, inputs int) *net.Network {
	t.Helper()
	n := net.New("random", inputs)
	add := adder(t, n)
	width := 3 + rng.IntN(6)
	add(net.Dense{Units: width})
	last := add(net.ReLU{})
	for range 1 + rng.IntN(2) {
		add(net.Dense{Units: width})
		at := add(net.ReLU{})
		if rng.IntN(2) == 0 {
			at = add(net.Addition{}, last, at)
		}
		last = at
	}
	add(net.Dense{Units: 3})
	draw(n, rng)
	return n
}

// convolutional is a network of two convolutions and two dense layers on images of 3 x 3.
func convolutional(t testing.TB, rng *rand.Rand) *net.Network {
	t.Helper()
	n := net.New("convolutional", 1, 3, 3)
	add := adder(t, n)
	add(net.Conv{Channels: 2, Kernel: [2]int{2, 2}, Stride: [2]int{1, 1}})
	add(net.ReLU{})
	add(net.Conv{Channels: 1 + rng.IntN(2), Kernel: [2]int{2, 2}, Stride: [2]int{1, 1},
		Padding: [2]int{rng.IntN(2), 0}})
	add(net.ReLU{})
	add(net.Flatten{})
	add(net.Dense{Units: 3})
	draw(n, rng)
	return n
}

// adder appends layers in float64.
func adder(t testing.TB, n *net.Network) func(l net.Layer, from ...int) int {
	n.DType = dtypes.Float64
	return func(l net.Layer, from ...int) int {
		at, err := n.Append(l, from...)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
}

func draw(n *net.Network, rng *rand.Rand) {
	for _, p := range n.Params {
		for i := range p.Data {
			p.Data[i] = rng.NormFloat64() / math.Sqrt(float64(p.Shape[len(p.Shape)-1]))
		}
	}
}

// milp is the least margin over the ball by HiGHS.
func milp(t *testing.T, n *cert.Network, b ball.Ball, x []float64, label int) float64 {
	t.Helper()
	r, err := cert.NewRegion(n, b, x)
	if err != nil {
		t.Fatal(err)
	}
	found, err := r.Bounds(t.Context(), Rules...)
	if err != nil {
		t.Fatal(err)
	}
	e, err := exact.BallOf(b, x)
	if err != nil {
		t.Fatal(err)
	}
	least := math.Inf(1)
	for class := range n.Classes() {
		if class == label {
			continue
		}
		row := make([]float64, n.Classes())
		row[label], row[class] = 1, -1
		m, err := exact.MILP(t.Context(), exact.NewNet(n.Ops()), e, found, row, exact.MILPOptions{})
		if err != nil || m.Status != highs.Optimal {
			t.Fatalf("MILP: %v, %v", m, err)
		}
		least = min(least, m.Margin)
	}
	return least
}

// TestAgainstMILP: on random problems, branch and bound decides what the mixed-integer program decides, and each of its
// certificates is confirmed.
func TestAgainstMILP(t *testing.T) {
	if err := highs.Load(); err != nil {
		t.Skipf("*** SKIPPED: %v", err)
	}
	rng := rand.New(rand.NewPCG(21, 22))
	counts, nodes, near := map[cert.Verdict]int{}, 0, 0
	for i := range 240 {
		inputs := 2 + rng.IntN(4)
		n := random(t, rng, inputs)
		if i%4 == 0 {
			inputs, n = 9, convolutional(t, rng)
		}
		p, err := cert.NewNetwork(n.Model())
		if err != nil {
			t.Fatal(err)
		}
		b := ball.Ball{Eps: 0.2 + rng.Float64(), Norm: []ball.Norm{ball.Linf, ball.Linf, ball.L1}[rng.IntN(3)]}
		x := make([]float64, inputs)
		for k := range x {
			x[k] = rng.NormFloat64()
		}
		label := best(p.Forward(x))
		shift(t, n, &p, b, x, label, rng)
		want := milp(t, p, b, x, label)
		r, err := Solve(t.Context(), p, b, x, label, Options{})
		if err != nil {
			t.Fatal(err)
		}
		nodes += r.Nodes
		checkLeast(t, p, b, x, label, want)
		if r.Certificate == nil {
			if math.Abs(want) > 1e-6 {
				t.Errorf("problem %d: undecided, the least margin is %v", i, want)
			}
			near++
			continue
		}
		if _, err := cert.Check(t.Context(), p, r.Certificate); err != nil {
			t.Errorf("problem %d: %v", i, err)
		}
		counts[r.Certificate.Verdict]++
		if certified := r.Certificate.Verdict == cert.Certified; certified != (want > 0) && math.Abs(want) > 1e-6 {
			t.Errorf("problem %d: %s, the least margin is %v", i, r.Certificate.Verdict, want)
		}
	}
	t.Logf("%v, %d within rounding of 0; %d nodes", counts, near, nodes)
	if counts[cert.Certified]+counts[cert.Falsified] < 200 || counts[cert.Certified] < 60 ||
		counts[cert.Falsified] < 60 || nodes < 1000 {
		t.Errorf("the problems are too easy: %v, %d nodes", counts, nodes)
	}
}

// shift moves the least margin near 0, so that the problem is not decided by the first bound.
func shift(t *testing.T, n *net.Network, p **cert.Network, b ball.Ball, x []float64, label int, rng *rand.Rand) {
	least := milp(t, *p, b, x, label)
	bias := n.Params[len(n.Params)-1].Data
	bias[label] += -least + 0.1*rng.NormFloat64()
	var err error
	if *p, err = cert.NewNetwork(n.Model()); err != nil {
		t.Fatal(err)
	}
}

func best(z []float64) int {
	at := 0
	for i := range z {
		if z[i] > z[at] {
			at = i
		}
	}
	return at
}

// TestEuclidean: in l_2 balls, with and without a box, certificates hold and no certified margin is negative at a
// point.
func TestEuclidean(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	decided := map[cert.Verdict]int{}
	for i := range 60 {
		n := random(t, rng, 4)
		p, err := cert.NewNetwork(n.Model())
		if err != nil {
			t.Fatal(err)
		}
		b := ball.Ball{Eps: 0.1 + 0.7*rng.Float64(), Norm: ball.L2}
		x := []float64{rng.Float64(), rng.Float64(), rng.Float64(), rng.Float64()}
		if i%2 == 0 {
			b.Box = ball.Unit
		}
		label := best(p.Forward(x))
		r, err := Solve(t.Context(), p, b, x, label, Options{Nodes: 300})
		if err != nil {
			t.Fatal(err)
		}
		if r.Certificate == nil {
			continue
		}
		decided[r.Certificate.Verdict]++
		if _, err := cert.Check(t.Context(), p, r.Certificate); err != nil {
			t.Errorf("problem %d: %v", i, err)
		}
		for range 300 {
			if r.Certificate.Verdict == cert.Certified && best(p.Forward(b.Sample(x, rng))) != label {
				t.Errorf("problem %d: certified, but misclassified at a point", i)
				break
			}
		}
	}
	t.Logf("%v of 60 decided", decided)
	if decided[cert.Certified] < 10 || decided[cert.Falsified] < 5 {
		t.Errorf("too few decided: %v", decided)
	}
}

// TestLimits: without time or nodes nothing is decided, and nothing is claimed.
func TestLimits(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	over, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	undecided := 0
	for range 20 {
		p, err := cert.NewNetwork(random(t, rng, 5).Model())
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float64, 5)
		b := ball.Ball{Eps: 0.5}
		if r, err := Solve(over, p, b, x, 0, Options{}); err != nil || r.Certificate != nil {
			t.Errorf("out of time: certificate %v, error %v", r.Certificate, err)
		}
		r, err := Solve(t.Context(), p, b, x, best(p.Forward(x)), Options{Nodes: 1})
		if err != nil || r.Nodes > 2 {
			t.Errorf("one node a margin: %d nodes, %v", r.Nodes, err)
		}
		if r.Certificate == nil {
			undecided++
		}
	}
	if undecided == 0 {
		t.Error("every problem was decided at the root: the test shows nothing")
	}
	p, _ := cert.NewNetwork(random(t, rng, 2).Model())
	if _, err := Solve(t.Context(), p, ball.Ball{Eps: -1}, []float64{0, 0}, 0, Options{}); err == nil {
		t.Error("a negative radius gave no error")
	}
	if _, err := Solve(t.Context(), p, ball.Ball{Box: ball.Unit}, []float64{0, 2}, 0, Options{}); err == nil {
		t.Error("an input outside the box gave no error")
	}
	if _, err := Solve(t.Context(), p, ball.Ball{}, []float64{0}, 0, Options{}); err == nil ||
		errors.Is(err, context.Canceled) {
		t.Error("an input of the wrong size gave no error")
	}
}
