package bound

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// objective is a weighted sum of a technique's margins and of all its intermediate bounds, with weights of no symmetry.
func objective(r *Result) *Node {
	total := weighted(r.Margins, 1)
	for k, l := range r.Layers {
		total = Add(total, Add(weighted(l.Lower, 0.3+float64(k)), weighted(l.Upper, 0.7+float64(k))))
	}
	return total
}

func weighted(x *Node, phase float64) *Node {
	i := ConvertDType(Iota(x.Graph(), x.Shape(), -1), x.DType())
	return ReduceAllSum(Mul(x, Sin(AddScalar(i, phase))))
}

// gradientCase is one technique on one ball.
type gradientCase struct {
	technique Technique
	ball      ball.Ball
}

func (c gradientCase) String() string { return c.technique.Name() + "/" + describe(c.ball) }

func gradientCases(inputs int) (cases []gradientCase) {
	balls := testBalls(inputs, 0.11)
	for i, technique := range soundTechniques {
		for j, b := range balls {
			if !slowCompiler() || (i+j)%len(balls) == 0 {
				cases = append(cases, gradientCase{technique, b})
			}
		}
	}
	if !slowCompiler() {
		for _, i := range []int{1, 3, 4, 6} {
			cases = append(cases, gradientCase{Zonotope{}, balls[i]})
		}
		cases = append(cases, gradientCase{Best{}, balls[2]})
	}
	return cases
}

// TestGradient compares the gradients with respect to all parameters with central differences in float64, along
// random directions and along single parameters: every technique and ball on a dense network, one of each norm on
// networks of every layer, kernel, stride and padding.
func TestGradient(t *testing.T) {
	checkGradients(t, mlp(t, 21, 3, 6, 5, 3), gradientCases(3))
	if slowCompiler() {
		return
	}
	rng := rand.New(rand.NewPCG(3, 1))
	for i, network := range []*net.Network{everyLayer(t, 23), sliding(t, 24, 3, 1, 1), sliding(t, 36, 4, 2, 2)} {
		apart(network, rng)
		var cases []gradientCase
		for j, technique := range slices.Concat(soundTechniques, []Technique{Zonotope{}}) {
			b := testBalls(network.InputSize(), 0.07)[(2*i+3*j)%7]
			cases = append(cases, gradientCase{technique, b})
		}
		checkGradients(t, network, cases)
	}
}

// apart draws parameters that are all alike, those of a new batch normalisation, apart: the norm of such a layer is the
// largest of its weights, which has no derivative where they tie.
func apart(n *net.Network, rng *rand.Rand) {
	for _, p := range n.Params {
		for i := range p.Data {
			p.Data[i] *= 1 + 0.1*rng.Float64()
		}
	}
}

func checkGradients(t *testing.T, network *net.Network, cases []gradientCase) {
	t.Helper()
	rng := rand.New(rand.NewPCG(15, 16))
	x, labels := randomInputs(3, network.InputSize(), rng), []int32{0, 1, 2}
	exec, err := NewExec(testbackend.Open(t), func(args []*Node) (out []*Node) {
		s := network.On(args[2:])
		var gradients []*Node
		for _, c := range cases {
			p := &Problem{Net: s, Region: region.At(c.ball, args[0]), Spec: Margins(args[1], 3, args[0])}
			value := objective(c.technique.Bound(p))
			out = append(out, value)
			gradients = append(gradients, Gradient(value, args[2:]...)...)
		}
		return append(out, gradients...)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	g := &gradientCheck{t, exec, network, x, labels, len(cases)}
	values, gradients := g.at(nil, 0)
	for range 12 {
		direction := g.direction(rng)
		want, finer := g.slopes(direction, 1e-6), []float64(nil)
		for i, c := range cases {
			got := 0.0
			for k, d := range direction {
				got += gradients[i][k] * d
			}
			tol := 1e-6 * math.Sqrt(math.Abs(values[i])+1)
			if math.Abs(got-want[i]) > tol { // a relu changed its state within the step, or the gradient is wrong
				if finer == nil {
					finer = g.slopes(direction, 1e-7)
				}
				want[i] = finer[i]
			}
			near(t, network.Name+"/"+c.String(), got, want[i], tol)
		}
	}
}

// slopes are the central differences of each case's value with step h along a direction.
func (g *gradientCheck) slopes(direction []float64, h float64) []float64 {
	up, _ := g.at(direction, h)
	down, _ := g.at(direction, -h)
	for i := range up {
		up[i] = (up[i] - down[i]) / (2 * h)
	}
	return up
}

type gradientCheck struct {
	t       *testing.T
	exec    *Exec
	network *net.Network
	x       []float64
	labels  []int32
	cases   int
}

// direction is a random one, or a single parameter.
func (g *gradientCheck) direction(rng *rand.Rand) []float64 {
	d := make([]float64, g.network.NumParams())
	if rng.IntN(2) == 0 {
		d[rng.IntN(len(d))] = 1
		return d
	}
	for i := range d {
		d[i] = rng.NormFloat64()
	}
	return d
}

// at gives each case's value and its gradient, flat over all parameters, at the parameters moved by h along a
// direction.
func (g *gradientCheck) at(direction []float64, h float64) (values []float64, gradients [][]float64) {
	moved := g.network.Clone()
	if direction != nil {
		for _, p := range moved.Params {
			for i := range p.Data {
				p.Data[i] += h * direction[i]
			}
			direction = direction[len(p.Data):]
		}
	}
	results, err := g.exec.Call(problemArgs(moved, g.x, g.labels)...)
	if err != nil {
		g.t.Fatal(err)
	}
	rest := results[g.cases:]
	for i := range g.cases {
		values = append(values, tensors.ToScalar[float64](results[i]))
		var flat []float64
		for range g.network.Params {
			flat = append(flat, tensors.MustCopyFlatData[float64](rest[0])...)
			rest = rest[1:]
		}
		gradients = append(gradients, flat)
	}
	return values, gradients
}

// TestGradientFinite checks that no gradient is NaN or infinite where neurons sit on the border of their group,
// rows are 0 and the radius is 0.
func TestGradientFinite(t *testing.T) {
	network := mlp(t, 22, 3, 4, 4, 3)
	for i := range 3 {
		network.Params[0].Data[i] = 0 // one unit does not depend on the input
	}
	network.Params[1].Data[0] = 0 // and sits at 0
	balls := testBalls(3, 1)
	exec, err := NewExec(testbackend.Open(t), func(args []*Node) (out []*Node) {
		x, eps, params := args[0], args[2], args[3:]
		s := network.On(params)
		for i, b := range balls {
			p := &Problem{Net: s, Region: region.AtEps(b, x, eps), Spec: Margins(args[1], 3, x)}
			for j, technique := range []Technique{IBP{}, FastLin{}, CROWN{}, Zonotope{}, Hybrid{},
				Hybrid{Boxed: true}} {
				if !slowCompiler() || i == j%len(balls) {
					out = append(out, Gradient(objective(technique.Bound(p)), params...)...)
				}
			}
		}
		return out
	})
	if err != nil {
		t.Fatal(err)
	}
	args := problemArgs(network, make([]float64, 6), []int32{0, 2})
	for _, eps := range []float64{0, 0.2} {
		results, err := exec.Call(slices.Concat(args[:2], []any{eps}, args[2:])...)
		if err != nil {
			t.Fatal(err)
		}
		for k, r := range results {
			for i, v := range tensors.MustCopyFlatData[float64](r) {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Fatalf("eps %v, gradient %d, value %d: %v", eps, k, i, v)
				}
			}
		}
	}
}
