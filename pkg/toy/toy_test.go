package toy

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"tightrope/pkg/bound"
	"tightrope/pkg/net"
	"tightrope/pkg/plot"
	"tightrope/pkg/record"
	"tightrope/pkg/verify/highs"
)

func probe(t testing.TB, n *net.Network, technique bound.Technique, batch int) *Probe {
	t.Helper()
	p, err := NewProbe(n, technique, batch)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// TestClosedForm compares with docs/method.md, section 12: p_O* = max(larger - eps, 0) - (smaller + eps), and x*.
func TestClosedForm(t *testing.T) {
	const b, eps = 0.4, 0.2
	points, err := probe(t, Cross(), nil, 256).Points(Grid(b, 41), eps)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range points {
		x1, x2 := math.Abs(q.X[0]), math.Abs(q.X[1])
		want := ClosedForm(q.X, eps)
		if math.Abs(q.Exact-want) > 1e-12 || math.Abs(q.Bound-want) > 1e-12 {
			t.Fatalf("%v: exact %v, bound %v, closed form %v", q.X, q.Exact, q.Bound, want)
		}
		if label := x2 > x1; (q.Label == 1) != label {
			t.Fatalf("%v has label %d", q.X, q.Label)
		}
		if unstable := min(x1, x2) < eps-1e-9; unstable != (q.Unstable == 2) && math.Abs(min(x1, x2)-eps) > 1e-9 {
			t.Fatalf("%v has %d unstable neurons", q.X, q.Unstable)
		}
		checkStar(t, q, eps)
	}
}

// checkStar: x* = x + (sign(x1), -sign(x2)) eps for label 1, the reverse for label 0; at a zero of the smaller
// coordinate both signs are optimal.
func checkStar(t *testing.T, q record.ToyPoint, eps float64) {
	t.Helper()
	sign := float64(2*q.Label - 1)
	for k, direction := range []float64{sign, -sign} {
		if q.X[k] == 0 || math.Abs(q.X[k]) < 1e-12 {
			continue
		}
		if want := q.X[k] + direction*math.Copysign(eps, q.X[k]); math.Abs(q.XStar[k]-want) > 1e-12 {
			t.Fatalf("x* of %v is %v, want %v in coordinate %d", q.X, q.XStar, want, k)
		}
	}
}

// TestOrder: no bound exceeds the exact minimum, and no random point of the square lies below it.
func TestOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for seed := range uint64(8) {
		n, err := Random(6, seed)
		if err != nil {
			t.Fatal(err)
		}
		v, _ := viewOf(n)
		fast, crown := probe(t, n, nil, 1), probe(t, n, bound.CROWN{}, 1)
		for range 10 {
			x, eps := [2]float64{2*rng.Float64() - 1, 2*rng.Float64() - 1}, 0.05+0.5*rng.Float64()
			for _, p := range []*Probe{fast, crown} {
				q, err := p.At(x, eps)
				if err != nil {
					t.Fatal(err)
				}
				if q.Bound > q.Exact+1e-12 || q.D < -1e-12 || q.Bound+q.D < q.Exact-1e-12 {
					t.Errorf("seed %d at %v, eps %v: %+v", seed, x, eps, q)
				}
				sign := float64(2*q.Label - 1)
				if got := sign * v.at(q.Worst); math.Abs(got-q.Exact) > 1e-12 {
					t.Errorf("margin at the worst point is %v, exact %v", got, q.Exact)
				}
				for range 50 {
					y := [2]float64{x[0] + eps*(2*rng.Float64()-1), x[1] + eps*(2*rng.Float64()-1)}
					if m := sign * v.at(y); m < q.Exact-1e-12 {
						t.Errorf("margin %v at %v is below the exact minimum %v", m, y, q.Exact)
					}
				}
			}
		}
	}
}

// TestExactAgainstMILP compares the enumeration of corners with HiGHS.
func TestExactAgainstMILP(t *testing.T) {
	if err := highs.Load(); errors.Is(err, highs.ErrNotFound) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for seed := range uint64(5) {
		n, _ := Random(5, seed)
		x, eps := [2]float64{2*rng.Float64() - 1, 2*rng.Float64() - 1}, 0.4
		for label := range 2 {
			got, _, err := Exact(n, x, label, eps)
			if err != nil {
				t.Fatal(err)
			}
			if want := milp(t, n, x, label, eps); math.Abs(got-want) > 1e-6 {
				t.Errorf("seed %d, label %d: corners %v, MILP %v", seed, label, got, want)
			}
		}
	}
}

// TestClaim1AgainstMILP compares a sample of S with HiGHS: p_C = p_O* to 1e-6 where neurons are unstable too.
func TestClaim1AgainstMILP(t *testing.T) {
	if err := highs.Load(); errors.Is(err, highs.ErrNotFound) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	const eps = 0.2
	points, err := probe(t, Cross(), nil, 64).Points(Grid(0.4, 13), eps)
	if err != nil {
		t.Fatal(err)
	}
	unstable := 0
	for _, q := range points {
		if want := milp(t, Cross(), q.X, q.Label, eps); math.Abs(q.Bound-want) > 1e-6 || math.Abs(q.Exact-want) > 1e-6 {
			t.Errorf("%v: p_C = %v, corners %v, MILP %v", q.X, q.Bound, q.Exact, want)
		}
		if q.Unstable > 0 {
			unstable++
		}
	}
	if len(points) < 50 || unstable < 20 {
		t.Errorf("%d points, %d with unstable neurons: too few to show anything", len(points), unstable)
	}
}

func milp(t *testing.T, n *net.Network, x [2]float64, label int, eps float64) float64 {
	t.Helper()
	margins, err := AgainstMILP(context.Background(), n, []record.ToyPoint{{X: x, Label: label}}, eps)
	if err != nil {
		t.Fatal(err)
	}
	return margins[0]
}

func TestPictures(t *testing.T) {
	n, err := Random(6, 1)
	if err != nil {
		t.Fatal(err)
	}
	if f, err := probe(t, n, nil, 1).Landscape([2]float64{0.2, 0.3}, 0.4); err != nil ||
		!strings.Contains(f.Caption, "p_O*") {
		t.Errorf("%v, %v", f, err)
	}
	f, err := probe(t, Cross(), nil, 1).OnS(0.4, [2]float64{0.1, 0.7}, 0.2)
	if err != nil || !strings.Contains(f.Caption, "2 unstable neurons") {
		t.Errorf("%v, %v", f, err)
	}
	if _, err := probe(t, Cross(), nil, 1).OnS(2, [2]float64{}, 0.2); err == nil {
		t.Error("b = 2 was drawn")
	}
}

func TestErrorsNameTheRemedy(t *testing.T) {
	three := net.New("three", 3)
	three.Append(net.Dense{Units: 2})
	_, errIBP := NewProbe(Cross(), bound.IBP{}, 1)
	_, errForm := NewProbe(three, nil, 1)
	_, errEps := probe(t, Cross(), nil, 1).At([2]float64{0, 1}, -1)
	_, errNaN := probe(t, Cross(), nil, 1).At([2]float64{0, math.NaN()}, 0.1)
	_, _, errLabel := Exact(Cross(), [2]float64{}, 2, 0.1)
	_, errUnits := Random(0, 1)
	for want, err := range map[string]error{"no optimal input": errIBP, "one hidden layer": errForm,
		"radius of at least 0": errEps,
		"must be finite":       errNaN, "classes 0 and 1": errLabel, "use at least 1": errUnits} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want one line with %q", err, want)
		}
	}
}

func BenchmarkProbe(b *testing.B) {
	p := probe(b, Cross(), nil, 1)
	for b.Loop() {
		if _, err := p.At([2]float64{0.1, 0.7}, 0.2); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLandscape is what one drag of a slider costs.
func BenchmarkLandscape(b *testing.B) {
	n, err := Random(6, 23)
	if err != nil {
		b.Fatal(err)
	}
	p := probe(b, n, nil, 1)
	for b.Loop() {
		f, err := p.Landscape([2]float64{0.5, 0.5}, 0.5)
		if err != nil {
			b.Fatal(err)
		}
		plot.SVG(f)
	}
}
