package region

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testbackend"
)

// TestWide has entries and rooms over many orders of magnitude, which is what the searches for a multiplier find
// hardest.
func TestWide(t *testing.T) {
	const n, samples = 400, 6
	rng := rand.New(rand.NewPCG(5, 6))
	x, rows := make([][]float64, samples), make([][]float64, samples)
	for s := range samples {
		for range n {
			decades := float64(s) * 2
			x[s] = append(x[s], math.Pow(10, -decades*rng.Float64()))
			rows[s] = append(rows[s], rng.NormFloat64()*math.Pow(10, -decades*rng.Float64()))
		}
	}
	balls := []ball.Ball{{Norm: ball.L2, Box: ball.Unit}, {Norm: ball.L1, Box: ball.Unit}}
	exec, err := NewExec(testbackend.Open(t), func(x, rows, eps *Node) (out []*Node) {
		for _, b := range balls {
			r := AtEps(b, x, eps)
			out = append(out, r.Min(rows), r.ArgMin(rows))
		}
		return append(out, AtEps(ball.Ball{Norm: ball.L1}, x, eps).Project(Add(x, Squeeze(rows, 1))))
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, eps := range []float64{1e-3, 0.1, 1, 5, 100} {
		results, err := exec.Call(tensorOf(dtypes.Float64, x, samples, n),
			tensorOf(dtypes.Float64, rows, samples, 1, n), eps)
		if err != nil {
			t.Fatal(err)
		}
		for s := range samples {
			for i, b := range balls {
				b.Eps = eps
				want, _ := exactMin(b, x[s], rows[s])
				scale := 1e-9 * norm1(rows[s]) * min(eps, 1)
				point := values(results[2*i+1])[s*n : (s+1)*n]
				within(t, b.Norm.String()+" min", values(results[2*i])[s], dot(rows[s], x[s])+want, scale)
				within(t, b.Norm.String()+" v x*", dot(rows[s], point), dot(rows[s], x[s])+want, scale)
				checkFeasible(t, b, x[s], point, 1e-9)
			}
			got := values(results[4])[s*n : (s+1)*n]
			for i, d := range nearestL1(eps, rows[s]) {
				within(t, "l1 projection", got[i]-x[s][i], d, 1e-12)
			}
		}
	}
}

// nearestL1 projects onto the l_1 ball by sorting (Duchi et al. 2008).
func nearestL1(eps float64, d []float64) []float64 {
	if norm1(d) <= eps {
		return d
	}
	var a []float64
	for _, v := range d {
		a = append(a, math.Abs(v))
	}
	slices.Sort(a)
	slices.Reverse(a)
	threshold, sum := 0.0, 0.0
	for i, v := range a {
		sum += v
		if m := (sum - eps) / float64(i+1); v > m {
			threshold = m
		}
	}
	out := make([]float64, len(d))
	for i, v := range d {
		out[i] = math.Copysign(max(math.Abs(v)-threshold, 0), v)
	}
	return out
}

// TestProject checks that projected points are feasible, that points of the region stay, and that without
// a box no sampled point of the ball is nearer.
func TestProject(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	x := testInputs(rng)
	balls := allBalls[:6]
	exec, err := NewExec(testbackend.Open(t), func(x, far, eps *Node) (out []*Node) {
		for _, b := range balls {
			r := AtEps(b, x, eps)
			once := r.Project(far)
			out = append(out, once, r.Project(once))
		}
		return out
	})
	if err != nil {
		t.Fatal(err)
	}
	far := make([][]float64, len(x))
	for s := range x {
		for _, v := range x[s] {
			far[s] = append(far[s], v+rng.NormFloat64())
		}
	}
	for _, eps := range []float64{0, 0.1, 0.5, 20} {
		results, err := exec.Call(tensorOf(dtypes.Float64, x, len(x), inputs),
			tensorOf(dtypes.Float64, far, len(x), inputs), eps)
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range balls {
			b.Eps = eps
			once, twice := values(results[2*i]), values(results[2*i+1])
			for s := range x {
				point := once[s*inputs : (s+1)*inputs]
				checkFeasible(t, b, x[s], point, 1e-12)
				for j := range point {
					within(t, "projected again", twice[s*inputs+j], point[j], 1e-12)
				}
				if b.Box == nil || b.Norm == ball.Linf {
					checkNearest(t, b, x[s], far[s], point, rng)
				}
			}
		}
	}
}

func checkNearest(t *testing.T, b ball.Ball, x, far, point []float64, rng *rand.Rand) {
	t.Helper()
	distance := ball.Ball{Norm: ball.L2}.Distance(far, point)
	for range 50 {
		if d := (ball.Ball{Norm: ball.L2}).Distance(far, b.Sample(x, rng)); d < distance-1e-12 {
			t.Fatalf("%v: a sample is %v from the point, its projection %v", b.Norm, d, distance)
		}
	}
}
