package exact

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/highs"
)

// intervals returns interval bounds of every relu's input.
func intervals(n *Net, ball *Ball) *cert.Bounds {
	bounds := &cert.Bounds{}
	lower, upper := make([][]float64, len(n.ops)), make([][]float64, len(n.ops))
	for i := range n.ops {
		d := &n.ops[i]
		lower[i], upper[i] = make([]float64, d.Size), make([]float64, d.Size)
		for j := range d.Size {
			switch {
			case i == 0:
				lower[i][j], upper[i][j] = ball.Range(j)
			case d.Bias != nil:
				index, weight := row(d, j)
				lower[i][j], upper[i][j] = d.Bias[j], d.Bias[j]
				for k, in := range index {
					a, b := weight[k]*lower[d.From[0]][in], weight[k]*upper[d.From[0]][in]
					lower[i][j], upper[i][j] = lower[i][j]+min(a, b), upper[i][j]+max(a, b)
				}
			case d.Relu:
				lower[i][j], upper[i][j] = max(lower[d.From[0]][j], 0), max(upper[d.From[0]][j], 0)
			default:
				for _, from := range d.From {
					lower[i][j], upper[i][j] = lower[i][j]+lower[from][j], upper[i][j]+upper[from][j]
				}
			}
		}
		if d.Relu {
			bounds.Lower, bounds.Upper = append(bounds.Lower, lower[d.From[0]]), append(bounds.Upper, upper[d.From[0]])
		}
	}
	return bounds
}

// ladder is the example of docs/method.md, section 8: margin 0.2 + relu(x1+x2-0.5) - relu(x1-x2).
func ladder(eps float64) (*Net, *Ball, *cert.Bounds, []float64) {
	n := build(2)
	n.Dense(n.ReLU(n.Dense(0, []float64{1, 1, 1, -1}, []float64{-0.5, 0})), []float64{1, -1}, []float64{0.2})
	threat := &Ball{ball.Ball{Eps: eps}, []float64{0.5, 0.5}}
	return n, threat, intervals(n, threat), []float64{1}
}

// bothExact solves LP, LP-all and MILP for one margin.
func bothExact(t *testing.T, n *Net, ball *Ball, bounds *cert.Bounds, c []float64) (lp, all LPBound, milp *MILPResult) {
	t.Helper()
	lp = lastLayer(t, n, ball, bounds, [][]float64{c})[0]
	tight, err := TightenLP(context.Background(), n, ball, bounds, 0, LPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	all = lastLayer(t, n, ball, tight.Bounds, [][]float64{c})[0]
	milp, err = MILP(context.Background(), n, ball, tight.Bounds, c, MILPOptions{})
	if err != nil || milp.Status != highs.Optimal {
		t.Fatal(milp, err)
	}
	return lp, all, milp
}

func TestLadderToy(t *testing.T) {
	need(t)
	for _, want := range []struct{ eps, triangle, exact float64 }{{0.2, 0.1, 0.3}, {0.24, -0.02, 0.22}} {
		n, ball, bounds, c := ladder(want.eps)
		lp, all, milp := bothExact(t, n, ball, bounds, c)
		near(t, "triangle", lp.Value, want.triangle, 1e-9)
		near(t, "triangle, tightened", all.Value, want.triangle, 1e-9)
		near(t, "exact", milp.Margin, want.exact, 1e-7)
		near(t, "exact, dual", milp.DualBound, want.exact, 1e-7)
		if milp.Verdict() != Certified || (lp.Verdict() == Certified) != (want.triangle > 0) {
			t.Errorf("verdicts %v, %v", lp.Verdict(), milp.Verdict())
		}
	}
}

// TestPaperToy: on S and for eps <= b/2, f(x) = |x2| - |x1| is bounded exactly by
// the triangle: ||x2| - |x1|| - 2 eps where both sizes are at least eps, and in
// closed form elsewhere.
func TestPaperToy(t *testing.T) {
	need(t)
	n := build(2)
	n.Dense(n.ReLU(n.Dense(0, []float64{1, 0, -1, 0, 0, 1, 0, -1}, make([]float64, 4))),
		[]float64{0, 0, 0, 0, -1, -1, 1, 1}, make([]float64, 2))
	const b, eps = 0.3, 0.15
	points := 0
	for i := -10; i <= 10; i++ {
		for j := -10; j <= 10; j++ {
			x1, x2 := float64(i)/10, float64(j)/10
			f := math.Abs(x2) - math.Abs(x1)
			if math.Abs(f) < b-1e-12 {
				continue
			}
			points++
			threat := &Ball{ball.Ball{Eps: eps}, []float64{x1, x2}}
			c, near0, far := []float64{-1, 1}, math.Abs(x2), math.Abs(x1)
			if f < 0 {
				c, near0, far = []float64{1, -1}, math.Abs(x1), math.Abs(x2)
			}
			want := near0 - eps - (far + eps) // the larger coordinate is at least b >= 2 eps
			lp, all, milp := bothExact(t, n, threat, intervals(n, threat), c)
			near(t, fmt.Sprint("LP at ", x1, x2), lp.Value, want, 1e-9)
			near(t, "tight", lp.Margin, want, 1e-9)
			near(t, "LP-all", all.Value, want, 1e-9)
			near(t, "MILP", milp.Margin, want, 1e-7)
		}
	}
	if points < 200 {
		t.Errorf("only %d points", points)
	}
}

// random returns a residual network with a convolution, a ball with a box, and the
// interval bounds.
func random(seed uint64) (*Net, *Ball, *cert.Bounds) {
	r := rand.New(rand.NewPCG(seed, 5))
	draw := func(count int, scale float64) []float64 {
		values := make([]float64, count)
		for i := range values {
			values[i] = scale * r.NormFloat64()
		}
		return values
	}
	n := build(9)
	conv := Conv{InChannels: 1, Height: 3, Width: 3, OutChannels: 2, KernelHeight: 2, KernelWidth: 2, StrideY: 1,
		StrideX: 1}
	first := n.ReLU(n.Conv(0, conv, draw(8, 0.7), draw(2, 0.3)))
	skip := n.Add(n.Dense(first, draw(64, 0.4), draw(8, 0.3)), first)
	n.Dense(n.ReLU(skip), draw(16, 0.5), draw(2, 0.1))
	threat := &Ball{ball.Ball{Eps: 0.15, Box: ball.Unit}, make([]float64, 9)}
	for k := range threat.Center {
		threat.Center[k] = r.Float64()
	}
	switch seed % 3 {
	case 1:
		threat.Norm, threat.Eps = ball.L1, 0.6
	case 2:
		for range threat.Center {
			threat.Radii = append(threat.Radii, float64(r.IntN(3))*r.Float64())
		}
	}
	return n, threat, intervals(n, threat)
}

// TestRandomNetworks: no sampled point is below the exact minimum, the witness is
// real, and the order LP <= LP-all <= MILP holds, for l_inf and l_1 with a box.
func TestRandomNetworks(t *testing.T) {
	need(t)
	for seed := range uint64(30) {
		n, ball, bounds := random(seed)
		c := []float64{1, -1}
		lp, all, milp := bothExact(t, n, ball, bounds, c)
		atMost(t, "LP <= LP-all", lp.Value, all.Value)
		atMost(t, "LP-all <= MILP", all.Value, milp.Margin)
		near(t, "dual bound", milp.DualBound, milp.Margin, 1e-6)
		r := rand.New(rand.NewPCG(seed, 6))
		for range 500 {
			x := make([]float64, len(ball.Center))
			for k := range x {
				x[k] = ball.Center[k] + 2*ball.Eps*(2*r.Float64()-1) // radii are at most twice eps
			}
			ball.Project(x)
			if !ball.Contains(x, 1e-12) {
				t.Fatal("Project leaves the ball")
			}
			atMost(t, "MILP <= sample", milp.Margin, dot(c, n.forward(x)))
		}
	}
}

func TestRefusals(t *testing.T) {
	for name, spoil := range map[string]func(ball *Ball, bounds *cert.Bounds, c []float64){
		"negative eps":    func(b *Ball, _ *cert.Bounds, _ []float64) { b.Eps = -1 },
		"NaN eps":         func(b *Ball, _ *cert.Bounds, _ []float64) { b.Eps = math.NaN() },
		"NaN input":       func(b *Ball, _ *cert.Bounds, _ []float64) { b.Center[0] = math.NaN() },
		"outside the box": func(b *Ball, _ *cert.Bounds, _ []float64) { b.Box = &ball.Box{Lower: 0, Upper: 0.4} },
		"too few radii":   func(b *Ball, _ *cert.Bounds, _ []float64) { b.Radii = []float64{1} },
		"unknown norm":    func(b *Ball, _ *cert.Bounds, _ []float64) { b.Norm = 7 },
		"l2":              func(b *Ball, _ *cert.Bounds, _ []float64) { b.Norm = ball.L2 },
		"short input":     func(b *Ball, _ *cert.Bounds, _ []float64) { b.Center = b.Center[:1] },
		"crossed bounds":  func(_ *Ball, l *cert.Bounds, _ []float64) { l.Lower[0][0] = l.Upper[0][0] + 1 },
		"NaN bounds":      func(_ *Ball, l *cert.Bounds, _ []float64) { l.Lower[0][0] = math.NaN() },
		"infinite bounds": func(_ *Ball, l *cert.Bounds, _ []float64) { l.Upper[0][0] = math.Inf(1) },
		"short bounds":    func(_ *Ball, l *cert.Bounds, _ []float64) { l.Upper[0] = nil },
		"NaN margin":      func(_ *Ball, _ *cert.Bounds, c []float64) { c[0] = math.NaN() },
	} {
		n, ball, bounds, c := ladder(0.2)
		spoil(ball, bounds, c)
		if _, err := LastLayerLP(context.Background(), n, ball, bounds, [][]float64{c}, LPOptions{}); err == nil {
			t.Errorf("%s: LastLayerLP accepts it", name)
		}
		if _, err := MILP(context.Background(), n, ball, bounds, c, MILPOptions{}); err == nil {
			t.Errorf("%s: MILP accepts it", name)
		}
	}
}

// TestSafeBound: any multipliers give a valid bound of the LP, random ones too.
func TestSafeBound(t *testing.T) {
	need(t)
	n, ball, bounds := random(3)
	p := encode(n, ball, bounds, n.output(), false)
	cost, offset := p.objective(n.output(), []float64{1, -1})
	best := lastLayer(t, n, ball, bounds, [][]float64{{1, -1}})[0]
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		y := make([]float64, len(p.problem.RowLower))
		for i := range y {
			y[i] = r.NormFloat64()
		}
		if safe := safeBound(&p.problem, cost, offset, y); !(safe <= best.Value+1e-9) {
			t.Fatalf("%v exceeds the optimum %v", safe, best.Value)
		}
		y[r.IntN(len(y))] = math.NaN()
		if safe := safeBound(&p.problem, cost, offset, y); !math.IsInf(safe, -1) {
			t.Fatalf("%v from a multiplier that is not a number", safe)
		}
	}
	if safe := safeBound(&p.problem, cost, offset, nil); !math.IsInf(safe, -1) {
		t.Errorf("%v without multipliers", safe)
	}
}

func ExampleLastLayerLP() {
	// margin 0.2 + relu(x1+x2-0.5) - relu(x1-x2) about (0.5, 0.5)
	n := build(2)
	z := n.Dense(0, []float64{1, 1, 1, -1}, []float64{-0.5, 0})
	n.Dense(n.ReLU(z), []float64{1, -1}, []float64{0.2})
	threat := &Ball{ball.Ball{Eps: 0.2}, []float64{0.5, 0.5}}
	bounds := &cert.Bounds{Lower: [][]float64{{0.1, -0.4}}, Upper: [][]float64{{0.9, 0.4}}}
	found, err := LastLayerLP(context.Background(), n, threat, bounds, [][]float64{{1}}, LPOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v %.6f\n", found[0].Status, found[0].Safe)
	// prints: optimal 0.100000 (compiled only: not every machine has HiGHS;
	// TestLadderToy solves it)
}
