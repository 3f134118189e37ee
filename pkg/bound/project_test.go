package bound

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

func ExampleIsEstimate() {
	fmt.Println(Projected{}.Name(), IsEstimate(Projected{}))
	fmt.Println(FastLin{}.Name(), IsEstimate(FastLin{}))
	fmt.Println(IsEstimate(Best{Of: []Technique{IBP{}, CROWN{Intermediate: Projected{K: 10}}}}))
	// Output:
	// Fast-Lin (50 projections) true
	// Fast-Lin false
	// true
}

// newNoise compares k vectors with the exact radii of a network's last relu.
func newNoise(t *testing.T, network *net.Network, b ball.Ball, k int, x []float64) *ProjectionNoise {
	t.Helper()
	n, err := NewProjectionNoise(testbackend.Open(t), network, b, k, x)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	return n
}

func randomState(t *testing.T, seed int64) *tensors.Tensor {
	t.Helper()
	state, err := RNGStateFromSeed(seed)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// draw gives the mean ratio of each unit over draws, and the mean over units of the standard deviation.
func draw(t *testing.T, e *ProjectionNoise, draws int) (mean []float64, deviation float64) {
	t.Helper()
	n := e.program.Network()
	relus := n.Relus()
	units := size(n.ShapeOf(relus[len(relus)-1]))
	mean, square := make([]float64, units), make([]float64, units)
	for d := range draws {
		ratios, err := e.Ratios(int64(d))
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range ratios {
			mean[i] += r / float64(draws)
			square[i] += r * r / float64(draws)
		}
	}
	for i := range mean {
		deviation += math.Sqrt(max(square[i]-mean[i]*mean[i], 0)) / float64(units)
	}
	return mean, deviation
}

// TestProjectedMean checks that at k = 50 the mean over 2,000 draws is within 5 % of the exact radius, for every unit,
// and that the spread is that of the lower median of Cauchy and of Gaussian vectors.
func TestProjectedMean(t *testing.T) {
	network := mlp(t, 71, 6, 20, 18, 60, 3)
	network.DType = dtypes.Float32
	x := randomInputs(1, 6, rand.New(rand.NewPCG(31, 32)))
	for _, c := range []struct {
		ball      ball.Ball
		draws     int
		low, high float64 // of the standard deviation
	}{
		{ball.Ball{Eps: 0.2}, 2000, 0.18, 0.28},
		// a mixture: Gaussian for the input, Cauchy for the relus
		{ball.Ball{Norm: ball.L2, Eps: 0.4}, 2000, 0.05, 0.28},
		{ball.Ball{Eps: 0.2, Box: ball.Unit}, 600, 0.18, 0.28},
	} {
		t.Run(describe(c.ball), func(t *testing.T) {
			mean, deviation := draw(t, newNoise(t, network, c.ball, 50, x), c.draws)
			worst := 0.0
			for i, m := range mean {
				if worst = max(worst, math.Abs(m-1)); math.Abs(m-1) > 0.05 {
					t.Errorf("unit %d: mean estimate %v of the exact radius", i, m)
				}
			}
			t.Logf("worst unit's mean off by %.4f, standard deviation %.3f", worst, deviation)
			if deviation < c.low || deviation > c.high {
				t.Errorf("standard deviation %v, want %v to %v", deviation, c.low, c.high)
			}
		})
		if slowCompiler() {
			break
		}
	}
}

// TestProjectedConverges checks that the spread falls as 1/sqrt(k) and that the bias vanishes.
func TestProjectedConverges(t *testing.T) {
	if slowCompiler() {
		t.Skip("the pure-Go backend runs this test")
	}
	network := mlp(t, 72, 6, 10, 210, 3)
	network.DType = dtypes.Float32
	x := randomInputs(1, 6, rand.New(rand.NewPCG(33, 34)))
	before := math.Inf(1)
	for _, k := range []int{12, 50, 200} {
		mean, deviation := draw(t, newNoise(t, network, ball.Ball{Eps: 0.2}, k, x), 150)
		total := 0.0
		for _, m := range mean {
			total += m / float64(len(mean))
		}
		t.Logf("k = %d: mean %.4f, standard deviation %.4f", k, total, deviation)
		if deviation > before/1.6 { // sqrt(50/12) = 2.04 with heavier tails at small k; sqrt(200/50) = 2
			t.Errorf("k = %d: standard deviation %v, before %v", k, deviation, before)
		}
		if k == 200 && math.Abs(total-1) > 0.02 {
			t.Errorf("k = %d: mean estimate %v of the exact radius", k, total)
		}
		before = deviation
	}
}

// TestProjectedNetworks checks estimates through convolutions and skip connections, and a radius per feature.
func TestProjectedNetworks(t *testing.T) {
	if slowCompiler() {
		t.Skip("the pure-Go backend runs this test")
	}
	for _, network := range []*net.Network{residual(t, 73), convolutional(t, 74)} {
		x := randomInputs(1, network.InputSize(), rand.New(rand.NewPCG(35, 36)))
		for _, b := range testBalls(network.InputSize(), 0.2)[:4] {
			const k = 5 // below the width; the odd lower median of few vectors is biased
			mean, _ := draw(t, newNoise(t, network, b, k, x), 250)
			want := cauchyMedianMean(k)
			for i, m := range mean {
				if b.Norm == ball.Linf && math.Abs(m-want) > 0.25*want {
					t.Errorf("%s, %s, unit %d: mean estimate %v of the exact radius, want %v", network.Name,
						describe(b), i, m, want)
				}
				if b.Norm == ball.L2 && (m < 0.8 || m > 1.1*want) {
					t.Errorf("%s, %s, unit %d: mean estimate %v of the exact radius", network.Name, describe(b), i, m)
				}
			}
		}
	}
}

// cauchyMedianMean is the mean of the lower median of k absolute Cauchy variables, by sampling.
func cauchyMedianMean(k int) (mean float64) {
	rng := rand.New(rand.NewPCG(37, 38))
	const draws = 100000
	for range draws {
		v := make([]float64, k)
		for i := range v {
			v[i] = math.Abs(math.Tan(math.Pi * (rng.Float64() - 0.5)))
		}
		mean += sortedAt(v, (k-1)/2) / draws
	}
	return mean
}

func sortedAt(v []float64, rank int) float64 {
	for _, a := range v {
		below, equal := 0, 0
		for _, b := range v {
			if b < a {
				below++
			} else if b == a {
				equal++
			}
		}
		if below <= rank && rank < below+equal {
			return a
		}
	}
	return math.NaN()
}

// projectedOn runs Projected with a seed: margins and the last relu's bounds.
func projectedOn(t *testing.T, network *net.Network, technique Technique, b ball.Ball, x []float64,
	labels []int32) func(seed int64) *Output {
	exec, err := NewExec(testbackend.Open(t), func(args []*Node) (out []*Node) {
		p := &Problem{Net: network.On(args[3:]), Region: region.At(b, args[0]),
			Spec: Margins(args[1], network.Classes(), args[0]), Random: args[2]}
		r := technique.Bound(p)
		out = append(out, r.Margins)
		for _, l := range r.Layers {
			out = append(out, l.Lower, l.Upper)
		}
		return out
	})
	if err != nil {
		t.Fatal(err)
	}
	args := problemArgs(network, x, labels)
	return func(seed int64) *Output {
		results, err := exec.Call(append([]any{args[0], args[1], randomState(t, seed)}, args[2:]...)...)
		if err != nil {
			t.Fatal(err)
		}
		return readBounds(results, len(labels), network.Classes())
	}
}

// TestProjectedDraws checks that a state gives the same draw again, another state another, that narrow and first
// layers stay exact, and that layers of at most k units use no projection at all.
func TestProjectedDraws(t *testing.T) {
	network := mlp(t, 75, 4, 40, 30, 6, 3)
	rng := rand.New(rand.NewPCG(39, 40))
	x, labels := randomInputs(2, 4, rng), []int32{0, 2}
	b := ball.Ball{Eps: 0.2, Box: ball.Unit}
	exact := boundAll(t, network, []Technique{FastLin{}}, []ball.Ball{b}, x, labels)[0].Output
	draw := projectedOn(t, network, Projected{K: 20}, b, x, labels)
	one, again, other := draw(1), draw(1), draw(2)
	compareBounds(t, "the same draw", again, one, 0)
	for s := range labels {
		nearAll(t, "first l", one.Lower[s][0], exact.Lower[s][0], 1e-12)
		same := 0
		for j := range one.Lower[s][1] {
			if one.Lower[s][1][j] == other.Lower[s][1][j] || one.Lower[s][1][j] == exact.Lower[s][1][j] {
				same++
			}
		}
		if same > 0 {
			t.Errorf("sample %d: %d of 30 estimates are the same in two draws or exact", s, same)
		}
	}
	compareBounds(t, "wide k", projectedOn(t, network, Projected{K: 40}, b, x, labels)(1), exact, 1e-12)
	for _, norm := range []ball.Ball{{Norm: ball.L1, Eps: 0.4}, {Norm: ball.L2, Eps: 0.4, Box: ball.Unit}} {
		if slowCompiler() {
			break
		}
		exact := boundAll(t, network, []Technique{FastLin{}}, []ball.Ball{norm}, x, labels)[0].Output
		compareBounds(t, "no projection for "+describe(norm),
			projectedOn(t, network, Projected{K: 5}, norm, x, labels)(1), exact, 1e-12)
	}
}

// TestLowerMedian checks rank and gradient of the median against sorting, with ties, zeros and both precisions.
func TestLowerMedian(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	exec, err := NewExec(testbackend.Open(t), func(x *Node) []*Node {
		m := lowerMedian(x)
		return []*Node{m, Gradient(ReduceAllSum(m), x)[0]}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []int{1, 2, 7, 10} {
		if slowCompiler() && k != 10 {
			continue
		}
		x := make([][][]float64, 1)
		const units = 40
		for range k {
			row := make([]float64, units)
			for i := range row {
				switch row[i] = math.Abs(math.Tan(math.Pi * rng.Float64())); i % 4 {
				case 1:
					row[i] = float64(rng.IntN(3)) // ties, also at 0
				case 2:
					row[i] *= 1e-30
				}
			}
			x[0] = append(x[0], row)
		}
		results, err := exec.Call(x)
		if err != nil {
			t.Fatal(err)
		}
		median, gradient := tensors.MustCopyFlatData[float64](results[0]), tensors.MustCopyFlatData[float64](results[1])
		for i := range units {
			column, passed := make([]float64, k), 0.0
			for j := range k {
				column[j] = x[0][j][i]
				g := gradient[j*units+i]
				passed += g
				if g != 0 && math.Abs(column[j]-median[i]) > 1e-12 {
					t.Errorf("k = %d, unit %d: gradient %v at %v, the median is %v", k, i, g, column[j], median[i])
				}
			}
			near(t, "median", median[i], sortedAt(column, (k-1)/2), 1e-15)
			near(t, "sum of the gradient", passed, 1, 1e-12)
		}
	}
}

// TestProjectedGradient compares with finite differences at a fixed draw.
func TestProjectedGradient(t *testing.T) {
	network := mlp(t, 76, 3, 8, 9, 7, 3)
	rng := rand.New(rand.NewPCG(43, 44))
	x, labels := randomInputs(2, 3, rng), []int32{1, 2}
	balls := []ball.Ball{{Eps: 0.2, Box: ball.Unit}, {Norm: ball.L2, Eps: 0.3}}
	if slowCompiler() {
		balls = balls[1:]
	}
	state := randomState(t, 9)
	exec, err := NewExec(testbackend.Open(t), func(args []*Node) (out []*Node) {
		var gradients []*Node
		for _, b := range balls {
			p := &Problem{Net: network.On(args[2:]), Region: region.At(b, args[0]), Spec: Margins(args[1], 3, args[0]),
				Random: Const(args[0].Graph(), state)}
			value := objective(Projected{K: 6}.Bound(p))
			out = append(out, value)
			gradients = append(gradients, Gradient(value, args[2:]...)...)
		}
		return append(out, gradients...)
	})
	if err != nil {
		t.Fatal(err)
	}
	g := &gradientCheck{t, exec, network, x, labels, len(balls)}
	values, gradients := g.at(nil, 0)
	for range 10 {
		direction := g.direction(rng)
		const h = 1e-6
		up, _ := g.at(direction, h)
		down, _ := g.at(direction, -h)
		for i, b := range balls {
			got := 0.0
			for k, d := range direction {
				got += gradients[i][k] * d
			}
			near(t, describe(b), got, (up[i]-down[i])/(2*h), 1e-5*math.Sqrt(math.Abs(values[i])+1))
		}
	}
}

// TestProjectedRefused checks that estimates never reach a certificate, and that a missing state is an error.
func TestProjectedRefused(t *testing.T) {
	network := mlp(t, 77, 2, 3, 2)
	for _, technique := range []Technique{Projected{}, FastLin{Intermediate: Projected{}},
		CROWN{Intermediate: Projected{K: 3}}, Best{Of: []Technique{Projected{}}}} {
		if _, err := NewEvaluator(testbackend.Open(t), network, Options{Technique: technique}); err == nil ||
			!strings.Contains(err.Error(), "estimate") {
			t.Errorf("%s is accepted for evaluation (%v)", technique.Name(), err)
		}
	}
	if _, err := NewAlphaEvaluator(testbackend.Open(t), network, AlphaOptions{Intermediate: Projected{}}); err == nil {
		t.Error("alpha-CROWN accepts estimated intermediate bounds")
	}
	exec, err := NewExec(testbackend.Open(t), func(x *Node) *Node {
		p := &Problem{Net: network.OnConstants(x.Graph()), Region: region.At(ball.Ball{Eps: 0.1}, x)}
		return Projected{}.Layers(p)[0].Lower
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.Call([][]float64{{0, 0}}); err == nil || !strings.Contains(err.Error(), "Problem.Random") {
		t.Errorf("no random state: %v", err)
	}
}
