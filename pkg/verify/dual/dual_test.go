package dual

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/exact"
	"tightrope/pkg/verify/highs"
)

// texts are small networks: dense, convolutional and residual ones, and one without a relu.
var texts = []struct {
	text  string
	shape []int
}{
	{"fc9 fc8 fc3", []int{4}}, {"conv(2,3,1,1) conv(2,2,2,0) fc5 fc3", []int{1, 4, 4}},
	{"conv(2,3,1,1) block(2,1) block(3,2) fc4 fc3", []int{1, 4, 4}}, {"fc3", []int{4}},
	{"fc12 fc12 fc12 fc3", []int{6}},
}

// instance is a network at an input, with Fast-Lin's and CROWN's bounds of its relus' inputs.
type instance struct {
	*testing.T
	plain     *cert.Network
	ball      ball.Ball
	x         []float64
	bounds    *cert.Bounds
	condensed *cert.Condensed
}

// draw is instance number i; the weights are twice as large as usual, for many unstable units.
func draw(t *testing.T, i int, b ball.Ball) *instance {
	t.Helper()
	rng := rand.New(rand.NewPCG(uint64(i), 77))
	kind := texts[i%len(texts)]
	n, err := net.Named(kind.text, kind.shape, 3)
	if err != nil {
		t.Fatal(err)
	}
	n.Init(rng.Uint64()).DType = dtypes.Float64
	for _, p := range n.Params {
		for k := range p.Data {
			p.Data[k] *= 2
		}
	}
	p := &instance{T: t, ball: b}
	if p.plain, err = cert.NewNetwork(n.Model()); err != nil {
		t.Fatal(err)
	}
	for range n.InputSize() {
		p.x = append(p.x, min(max(1.2*rng.Float64()-0.1, 0), 1))
	}
	region, err := cert.NewRegion(p.plain, b, p.x)
	if err != nil {
		t.Fatal(err)
	}
	if p.bounds, err = region.Bounds(t.Context(), cert.FastLin, cert.CROWN); err != nil {
		t.Fatal(err)
	}
	if p.condensed, err = region.Condense(t.Context(), p.bounds, 0); err != nil {
		t.Fatal(err)
	}
	return p
}

// ascend bounds the margin over a class.
func (p *instance) ascend(class int, o Options) Bound {
	p.Helper()
	b, err := Ascend(p.Context(), p.condensed, p.ball, p.x, p.condensed.Margin(class), o)
	if err != nil {
		p.Fatal(err)
	}
	return b
}

func needHiGHS(t *testing.T) {
	t.Helper()
	if err := highs.Load(); errors.Is(err, highs.ErrNotFound) {
		t.Skipf("*** SKIPPED, the dual is NOT compared with linear programs: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
}

// linear are the balls that make linear programs.
var linear = []ball.Ball{{Eps: 0.1}, {Eps: 0.1, Box: ball.Unit}, {Eps: 0.25, Box: ball.Unit},
	{Norm: ball.L1, Eps: 0.5}, {Norm: ball.L1, Eps: 0.6, Box: ball.Unit}}

// TestReachesProgram: from Fast-Lin's and CROWN's multipliers the ascent reaches the linear program's optimum to
// within 1e-3 of the margin's size, and from the program's own multipliers it is there at once, to within 1e-6. The
// program of package exact on the same bounds is no looser.
func TestReachesProgram(t *testing.T) {
	needHiGHS(t)
	gained, cut, worst, steps := 0, 0, 0.0, 0
	for i := range 60 {
		p := draw(t, i, linear[i%len(linear)])
		for class := 1; class < p.plain.Classes(); class++ {
			value, nu := p.solved(class)
			size := math.Max(1, math.Abs(value))
			ours := p.ascend(class, Options{})
			gap := (value - ours.Lower) / size
			worst, steps = math.Max(worst, gap), steps+ours.Steps
			if gap > 1e-3 || gap < -1e-7 {
				t.Errorf("instance %d, class %d: dual %v, program %v", i, class, ours.Lower, value)
			}
			if first := p.ascend(class, Options{Steps: 1}); ours.Lower > first.Lower+1e-3*size {
				gained++
			}
			if at := p.ascend(class, Options{Steps: 1, Start: nu}); math.Abs(value-at.Lower) > 1e-6*size {
				t.Errorf("instance %d, class %d: %v from the program's multipliers, program %v", i, class, at.Lower,
					value)
			}
			layers := p.layers(class)
			if value > layers+1e-6*size {
				t.Errorf("instance %d, class %d: %v, layer by layer %v", i, class, value, layers)
			}
			if value < layers-1e-6*size {
				cut++
			}
		}
	}
	t.Logf("largest gap %.2g, %d steps, %d of 120 margins gained, bounds of active units cut %d", worst, steps, gained,
		cut)
	if gained < 20 {
		t.Errorf("the ascent gained on %d of 120 margins: the instances show little", gained)
	}
}

// margin is logit 0 less that of a class at a point.
func (p *instance) margin(x []float64, class int) float64 {
	z := p.plain.Forward(x)
	return z[0] - z[class]
}

// TestSound: no bound on the way, from good multipliers, random ones or the program's, is above the margin at any
// point of the ball that sampling, corners or mixed-integer programs find.
func TestSound(t *testing.T) {
	balls := append([]ball.Ball{{Norm: ball.L2, Eps: 0.3}, {Norm: ball.L2, Eps: 0.4, Box: ball.Unit},
		{Eps: 0}, {Eps: 2, Box: ball.Unit}, {Norm: ball.L1, Eps: 9, Box: ball.Unit}}, linear...)
	solver := highs.Load() == nil
	rng, seen, programs := rand.New(rand.NewPCG(4, 5)), 0, 0
	for i := range 60 {
		p := draw(t, i, balls[i%len(balls)])
		for class := 1; class < p.plain.Classes(); class++ {
			least := math.Inf(1)
			for range 300 {
				least = math.Min(least, p.margin(p.ball.Sample(p.x, rng), class))
			}
			if solver && p.ball.Norm != ball.L2 && len(p.condensed.Units) < 25 {
				least, programs = math.Min(least, p.least(class)), programs+1
			}
			start := make([]float64, len(p.condensed.Units))
			for j := range start {
				start[j] = 3 * rng.NormFloat64()
			}
			for name, o := range map[string]Options{"rules": {Steps: 300}, "random": {Steps: 300, Start: start}} {
				o.Each = func(lower float64, _ []float64) {
					if seen++; lower > least+1e-7 {
						t.Errorf("instance %d (%v), class %d, %s: bound %v above the margin %v of a point", i, p.ball,
							class, name, lower, least)
					}
				}
				p.ascend(class, o)
			}
		}
	}
	t.Logf("%d bounds, %d mixed-integer programs", seen, programs)
	if seen < 2000 || solver && programs < 20 {
		t.Errorf("%d bounds, %d programs: too few", seen, programs)
	}
}

// least is the margin at the point that a mixed-integer program finds.
func (p *instance) least(class int) float64 {
	around, err := exact.BallOf(p.ball, p.x)
	if err != nil {
		p.Fatal(err)
	}
	r, err := exact.MILP(p.Context(), exact.NewNet(p.plain.Ops()), around, p.bounds, p.row(class), exact.MILPOptions{})
	if err != nil {
		p.Fatal(err)
	}
	if r.X == nil {
		return math.Inf(1)
	}
	return p.margin(r.X, class)
}

// TestCertificate: the checker confirms what the multipliers prove.
func TestCertificate(t *testing.T) {
	confirmed := 0
	for i := range 20 {
		p := draw(t, i, ball.Ball{Norm: ball.Norm(i % 3), Eps: 0.02, Box: ball.Unit})
		proof := cert.New(p.plain, p.ball, p.x, 0, cert.Certified, "")
		proof.Rules, proof.Units = []cert.Rule{cert.FastLin, cert.CROWN}, p.condensed.Units
		least := math.Inf(1)
		for class := 1; class < p.plain.Classes(); class++ {
			b := p.ascend(class, Options{Steps: 200})
			least = math.Min(least, b.Lower)
			proof.Margins = append(proof.Margins, cert.MarginProof{Class: class,
				Tree: &cert.Tree{Splits: []int{cert.Leaf}, Multipliers: b.Multipliers}})
		}
		if _, err := cert.Check(t.Context(), p.plain, proof); (err == nil) != (least > 0) {
			t.Errorf("instance %d: least bound %v, checker: %v", i, least, err)
		} else if err == nil {
			confirmed++
		}
	}
	if confirmed < 3 || confirmed == 20 {
		t.Errorf("%d of 20 confirmed: the test shows little", confirmed)
	}
}

// TestCancelled: a context that has ended ends the ascent with its error and what was found.
func TestCancelled(t *testing.T) {
	p := draw(t, 0, ball.Ball{Eps: 0.1})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b, err := Ascend(ctx, p.condensed, p.ball, p.x, p.condensed.Margin(1), Options{})
	if !errors.Is(err, context.Canceled) || math.IsInf(b.Lower, 0) {
		t.Errorf("%v, %v", b, err)
	}
}

// TestTriangle: the projection is in the triangle, leaves points of it alone, and no other point of it is nearer.
func TestTriangle(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	for range 300 {
		l, u := -rng.Float64()-1e-3, rng.Float64()+1e-3
		inside := func() (float64, float64) {
			r, s := rng.Float64(), rng.Float64()
			if r+s > 1 {
				r, s = 1-r, 1-s
			}
			return r*l + s*u, s * u
		}
		z, a := inside()
		if pz, pa := triangle(z, a, l, u); math.Hypot(pz-z, pa-a) > 1e-12 {
			t.Fatalf("(%v, %v) of the triangle of %v, %v moved to (%v, %v)", z, a, l, u, pz, pa)
		}
		z, a = 3*rng.NormFloat64(), 3*rng.NormFloat64()
		pz, pa := triangle(z, a, l, u)
		if pa < -1e-12 || pa < pz-1e-12 || pa*(u-l) > u*(pz-l)+1e-12 {
			t.Fatalf("(%v, %v) outside the triangle of %v, %v", pz, pa, l, u)
		}
		for range 50 {
			if qz, qa := inside(); math.Hypot(qz-z, qa-a) < math.Hypot(pz-z, pa-a)-1e-12 {
				t.Fatalf("(%v, %v) is nearer to (%v, %v) than (%v, %v)", qz, qa, z, a, pz, pa)
			}
		}
	}
}

// TestProject: the projection lies in the ball and its box, and no other point of them is nearer.
func TestProject(t *testing.T) {
	rng := rand.New(rand.NewPCG(10, 11))
	for i := range 120 {
		b := ball.Ball{Norm: ball.Norm(i % 3), Eps: 0.5}
		if i%2 == 0 {
			b.Box = ball.Unit
		}
		x := []float64{0, 0.3, 0.9, 1, 0.5}
		in := newInputBall(b, x)
		s, from := make([]float64, len(x)), make([]float64, len(x))
		for k := range s {
			from[k] = 2 * rng.NormFloat64()
		}
		copy(s, from)
		in.project(s)
		at := in.unscaled(s)
		if d := b.Distance(x, at); d > b.Eps*(1+1e-9) {
			t.Fatalf("%v: distance %v", b, d)
		}
		for range 200 {
			other := b.Sample(x, rng)
			for k := range other {
				other[k] = (other[k] - in.centre[k]) / in.radius[k]
			}
			if distance(other, from) < distance(s, from)-1e-9 {
				t.Fatalf("%v: a point of the ball is nearer: %v, %v", b, distance(other, from), distance(s, from))
			}
		}
	}
}

// unscaled is the input at s.
func (in *inputBall) unscaled(s []float64) []float64 {
	x := make([]float64, len(s))
	for k := range s {
		x[k] = in.centre[k] + in.radius[k]*s[k]
	}
	return x
}

func distance(p, q []float64) float64 {
	sum := 0.0
	for k := range p {
		sum += (p[k] - q[k]) * (p[k] - q[k])
	}
	return math.Sqrt(sum)
}
