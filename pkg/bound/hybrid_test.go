package bound

import (
	"math/rand/v2"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// hybridNetworks are networks with every kind of layer; one where compiling is slow.
func hybridNetworks(t *testing.T) []*net.Network {
	all := []*net.Network{mlp(t, 61, 4, 8, 7, 6, 3), residual(t, 62), convolutional(t, 63), everyLayer(t, 64),
		sliding(t, 65, 4, 2, 2)}
	all = append(all, smoothNetworks(t)[1])
	if slowCompiler() {
		return all[:1]
	}
	return all
}

// TestHybridInsideBox: with boxes for unstable neurons the bounds of units and margins lie inside IBP's, by induction
// over the layers: the interval of a unit is at most the one that intervals of the units before give. Somewhere they
// are tighter, or the test would show nothing.
func TestHybridInsideBox(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	tighter := 0
	for _, network := range hybridNetworks(t) {
		x, labels := randomInputs(3, network.InputSize(), rng), []int32{0, 1, 2}
		for _, b := range testBalls(network.InputSize(), 0.15) {
			both := boundAll(t, network, []Technique{IBP{}, Hybrid{Boxed: true}}, []ball.Ball{b}, x, labels)
			tighter += inside(t, network.Name+" "+describe(b), both[1].Output, both[0].Output)
		}
	}
	if tighter == 0 {
		t.Error("no bound is tighter than IBP's")
	}
}

// inside checks that no bound of a is looser than b's, and counts the tighter ones.
func inside(t *testing.T, what string, a, b *Output) (tighter int) {
	t.Helper()
	const tol = 1e-10
	above := func(part string, high, low []float64) {
		t.Helper()
		for i := range high {
			if high[i] < low[i]-tol {
				t.Errorf("%s, %s: %v is below %v", what, part, high[i], low[i])
			}
			if high[i] > low[i]+tol {
				tighter++
			}
		}
	}
	for s := range a.Margins {
		above("margins", a.Margins[s], b.Margins[s])
	}
	for s := range a.Lower {
		for k := range a.Lower[s] {
			above("l", a.Lower[s][k], b.Lower[s][k])
			above("u", b.Upper[s][k], a.Upper[s][k])
		}
	}
	return tighter
}

// TestZonotopeInsideHybrid: on the same l, u of the relus DeepZ's margins are at least those of the hybrid zonotope,
// whose box holds what DeepZ's generators span. On bounds of their own this is no theorem, for a strip over a smaller
// interval need not lie in that over a larger one.
func TestZonotopeInsideHybrid(t *testing.T) {
	rng := rand.New(rand.NewPCG(43, 44))
	tighter := 0
	for _, network := range hybridNetworks(t) {
		x, labels := randomInputs(3, network.InputSize(), rng), []int32{0, 1, 2}
		for _, b := range testBalls(network.InputSize(), 0.15) {
			for _, known := range []Technique{IBP{}, FastLin{}, Hybrid{}} {
				m := onBoundsOf(t, network, known, []Technique{Hybrid{}, Zonotope{}}, b, x, labels)
				tighter += inside(t, network.Name+" "+describe(b)+" on the bounds of "+known.Name(),
					&Output{Margins: [][]float64{m[1]}}, &Output{Margins: [][]float64{m[0]}})
			}
		}
	}
	if tighter == 0 {
		t.Error("no margin of DeepZ is tighter")
	}
}

// onBoundsOf are the margins of techniques on the l, u of another one, [technique][batch*spec].
func onBoundsOf(t *testing.T, network *net.Network, known Technique, techniques []Technique, b ball.Ball, x []float64,
	labels []int32) (margins [][]float64) {
	t.Helper()
	exec, err := NewExec(testbackend.Open(t), func(args []*Node) (out []*Node) {
		p := &Problem{Net: network.On(args[2:]), Region: region.At(b, args[0]),
			Spec: Margins(args[1], network.Classes(), args[0])}
		p.Intermediate = known.Layers(p)
		for _, technique := range techniques {
			out = append(out, technique.Bound(p).Margins)
		}
		return out
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	results, err := exec.Call(problemArgs(network, x, labels)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		margins = append(margins, tensors.MustCopyFlatData[float64](r))
	}
	return margins
}

// TestHybridOfOneLayer: behind one hidden layer nothing reads the box but the margins, so that the hybrid zonotope is
// DeepZ there, which is Fast-Lin.
func TestHybridOfOneLayer(t *testing.T) {
	rng := rand.New(rand.NewPCG(45, 46))
	for _, network := range []*net.Network{mlp(t, 66, 4, 9, 3), oneSmooth(t, "tanh", 67)} {
		x, labels := randomInputs(3, 4, rng), []int32{0, 1, 2}
		for _, b := range testBalls(4, 0.15) {
			both := boundAll(t, network, []Technique{FastLin{}, Hybrid{}}, []ball.Ball{b}, x, labels)
			compareBounds(t, network.Name+" "+describe(b), both[1].Output, both[0].Output, 1e-10)
			if slowCompiler() {
				break
			}
		}
	}
}

// TestHybridByHand: relu(x) over [-1, 1]. The strip of the smallest area is x/2 + [0, 1/2], which reaches down to -1/2
// where the box ends at 0: strips do not lie inside IBP's box, and a hybrid zonotope with strips need not be tighter.
// Of relu(x) - (x+1)/2 strips, which keep the correlation, know that it is at least -1/2; boxes only say -1.
func TestHybridByHand(t *testing.T) {
	layers := []net.LayerSpec{{Type: "dense", Units: 2}, {Type: "relu"}, {Type: "dense", Units: 2}}
	for _, c := range []struct {
		name              string
		second            float64 // weight of the unit x + 1, which is active
		ibp, boxed, strip float64
	}{
		{"relu(x)", 0, 0, 0, -0.5},
		{"relu(x) - (x+1)/2", -0.5, -1, -1, -0.5},
	} {
		n := build(t, net.Arch{Name: c.name, Input: []int{1}, Layers: layers}, 1)
		copy(n.Params[0].Data, []float64{1, 1})
		copy(n.Params[1].Data, []float64{0, 1})
		copy(n.Params[2].Data, []float64{1, c.second, 0, 0})
		clear(n.Params[3].Data)
		all := boundAll(t, n, []Technique{IBP{}, Hybrid{Boxed: true}, Hybrid{}}, []ball.Ball{{Eps: 1}}, []float64{0},
			[]int32{0})
		for i, want := range []float64{c.ibp, c.boxed, c.strip} {
			near(t, c.name+", "+all[i].technique.Name(), all[i].Margins[0][1], want, 1e-12)
		}
	}
}
