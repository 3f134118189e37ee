package bound

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// screenRun is one network and batch, with graphs that take x, the units needed so far, and the parameters.
type screenRun struct {
	t      *testing.T
	net    *net.Network
	ball   ball.Ball
	x      []float64
	labels []int32
}

func (s *screenRun) call(needed [][]int32, graph func(p *Problem, params []*Node) []*Node) [][]float64 {
	s.t.Helper()
	args := []any{floats.Tensor(s.x, s.net.DType, append([]int{len(s.labels)}, s.net.Input...)...), s.labels}
	for _, index := range needed {
		args = append(args, tensors.FromFlatDataAndDimensions(index, len(index)))
	}
	for _, p := range s.net.Tensors() {
		args = append(args, p)
	}
	exec, err := NewExec(testbackend.Open(s.t), func(args []*Node) []*Node {
		params := args[2+len(needed):]
		p := &Problem{Net: s.net.On(params), Region: region.At(s.ball, args[0]),
			Spec: OtherMargins(args[1], s.net.Classes(), args[0])}
		p.Needed = append([]*Node{nil}, args[2:2+len(needed)]...)
		return graph(p, params)
	})
	if err != nil {
		s.t.Fatal(err)
	}
	defer exec.Finalize()
	results, err := exec.Call(args...)
	if err != nil {
		s.t.Fatal(err)
	}
	out := make([][]float64, len(results))
	for i, r := range results {
		out[i] = make([]float64, r.Size())
		if err := floats.Read(out[i], r); err != nil {
			s.t.Fatal(err)
		}
	}
	return out
}

// needed screens relu after relu.
func (s *screenRun) needed() (needed [][]int32, picked, units int) {
	var scores [][]float64
	for k := 1; k < len(s.net.Relus()); k++ {
		scores = append(scores, s.call(needed,
			func(p *Problem, _ []*Node) []*Node { return []*Node{FastLin{}.Screen(p, k)} })[0])
		needed = NeededUnits(s.net, scores, ScreenLevel(s.net, scores))
		picked, units = picked+positive(scores[k-1]), units+len(scores[k-1])
	}
	return needed, picked, units
}

// bounds are the margins, the gradient of a function of them in every parameter, and the bounds of every relu's input.
func (s *screenRun) bounds(needed [][]int32) (margins []float64, gradients, layers [][]float64) {
	out := s.call(needed, func(p *Problem, params []*Node) []*Node {
		r := FastLin{}.Bound(p)
		out := append([]*Node{r.Margins}, Gradient(weighted(r.Margins, 1), params...)...)
		for _, i := range r.Layers {
			out = append(out, i.Lower, i.Upper)
		}
		return out
	})
	n := 1 + len(s.net.Params)
	return out[0], out[1:n], out[n:]
}

// TestScreened compares Fast-Lin that bounds only the units needed by rows with Fast-Lin: the same margins and
// gradients, bounds around the exact ones, on dense, convolutional and residual networks, and units left out on each
// kind.
func TestScreened(t *testing.T) {
	networks := map[string]*net.Network{"dense": mlp(t, 31, 40, 12, 14, 3), "deep": mlp(t, 32, 30, 8, 9, 7, 3),
		"wide":     mlp(t, 33, 4, 20, 14, 3),
		"residual": residual(t, 34), "convolutions": sliding(t, 35, 3, 1, 1), "strided": sliding(t, 36, 4, 2, 2),
		"every layer": everyLayer(t, 37)}
	for name, network := range networks {
		t.Run(name, func(t *testing.T) {
			if slowCompiler() && name != "dense" && name != "strided" {
				t.Skip("takes long to compile: pure Go runs it")
			}
			rng := rand.New(rand.NewPCG(41, 42))
			radii, left := []float64{0.003, 0.02, 0.1}, 0
			if slowCompiler() {
				radii = radii[1:2]
			}
			for _, eps := range radii {
				s := &screenRun{t, network, ball.Ball{Eps: eps, Box: ball.Unit},
					randomInputs(9, network.InputSize(), rng), []int32{0, 1, 2, 0, 1, 2, 0, 1, 2}}
				needed, picked, units := s.needed()
				left += units - picked
				s.compare(needed)
			}
			if left == 0 {
				t.Error("every unit was needed: nothing was tested")
			}
		})
	}
}

func (s *screenRun) compare(needed [][]int32) {
	s.t.Helper()
	margins, gradients, layers := s.bounds(needed)
	wantMargins, wantGradients, wantLayers := s.bounds(nil)
	for i := range margins {
		near(s.t, "margin", margins[i], wantMargins[i], 1e-9*max(1, math.Abs(wantMargins[i])))
	}
	for k := range gradients {
		for i := range gradients[k] {
			near(s.t, "gradient of "+s.net.Params[k].Name, gradients[k][i], wantGradients[k][i],
				1e-8*max(1, math.Abs(wantGradients[k][i])))
		}
	}
	for k := range layers {
		sign := 1 - 2*float64(k%2) // lower bounds are at most the exact ones, upper ones at least
		for i := range layers[k] {
			if excess := sign * (layers[k][i] - wantLayers[k][i]); excess > 1e-9 {
				s.t.Fatalf("eps %v: bound %d of unit %d is %v, tighter than the exact %v", s.ball.Eps, k, i,
					layers[k][i], wantLayers[k][i])
			}
		}
	}
}

// TestScreenedFloat32 checks in float32, where rounding might hide what a unit needs, that margins and bounds are still
// those of Fast-Lin to rounding.
func TestScreenedFloat32(t *testing.T) {
	rng := rand.New(rand.NewPCG(45, 46))
	network := mlp(t, 31, 200, 40, 40, 3)
	network.DType = dtypes.Float32
	for _, eps := range []float64{0.002, 0.01, 0.05} {
		s := &screenRun{t, network, ball.Ball{Eps: eps, Box: ball.Unit}, randomInputs(9, 200, rng),
			[]int32{0, 1, 2, 0, 1, 2, 0, 1, 2}}
		needed, picked, units := s.needed()
		if picked == units {
			t.Errorf("eps %v: every unit was needed", eps)
		}
		margins, _, layers := s.bounds(needed)
		want, _, exact := s.bounds(nil)
		for i := range margins {
			near(t, "margin", margins[i], want[i], 5e-5*max(1, math.Abs(want[i])))
		}
		for k := range layers {
			sign := 1 - 2*float64(k%2)
			for i := range layers[k] {
				if excess := sign * (layers[k][i] - exact[k][i]); excess > 5e-5*max(1, math.Abs(exact[k][i])) {
					t.Fatalf("eps %v: bound %d of unit %d is %v, tighter than the exact %v", eps, k, i, layers[k][i],
						exact[k][i])
				}
			}
		}
	}
}

// TestScreenedOtherNorms checks that units asked for in other norms than l_inf are ignored: all bounds are the exact
// ones.
func TestScreenedOtherNorms(t *testing.T) {
	rng := rand.New(rand.NewPCG(43, 44))
	network := mlp(t, 31, 20, 6, 7, 3)
	for _, b := range []ball.Ball{{Norm: ball.L2, Eps: 0.2, Box: ball.Unit}, {Norm: ball.L1, Eps: 0.4}} {
		s := &screenRun{t, network, b, randomInputs(3, 20, rng), []int32{0, 1, 2}}
		_, _, got := s.bounds([][]int32{{0, 5, 9}})
		_, _, want := s.bounds(nil)
		for k := range want {
			for i := range want[k] {
				near(t, "bound", got[k][i], want[k][i], 1e-12)
			}
		}
	}
}

// TestNeededUnits checks the units: all needed ones are there, ascending, and not many others.
func TestNeededUnits(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	network := sliding(t, 35, 3, 1, 1)
	for _, fraction := range []float64{0, 0.01, 0.3, 0.9, 1} {
		scores := [][]float64{randomScores(1500, fraction, rng), randomScores(700, fraction/2, rng)}
		scores[0][7] = math.NaN()
		for k, index := range NeededUnits(network, scores, ScreenLevel(network, scores)) {
			hasAll(t, scores[k], index)
			if fraction < 0.4 && len(index) > len(scores[k])*3/4 {
				t.Errorf("%d of %d units for a fraction of %v", len(index), len(scores[k]), fraction)
			}
		}
	}
}

func randomScores(n int, fraction float64, rng *rand.Rand) []float64 {
	scores := make([]float64, n)
	for i := range scores {
		if scores[i] = -1; rng.Float64() < fraction {
			scores[i] = 1
		}
	}
	return scores
}

func hasAll(t *testing.T, scores []float64, index []int32) {
	t.Helper()
	found := map[int32]bool{}
	for i, u := range index {
		if i > 0 && u <= index[i-1] {
			t.Fatalf("unit %d follows %d", u, index[i-1])
		}
		found[u] = true
	}
	for u, s := range scores {
		if !(s <= 0) && !found[int32(u)] {
			t.Fatalf("unit %d of score %v is missing", u, s)
		}
	}
}
