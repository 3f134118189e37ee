package bound

import (
	"math/rand/v2"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
	"tightrope/pkg/relax"
)

// drop is how far the activation of the test lies below relu.
const drop = 0.3

// lowered gives the lines of the activation relu(z) - drop, whose lower lines do not pass through the origin.
func lowered(lines enclosure) enclosure {
	return func(k int, l, u *Node) relax.GraphLines {
		g := lines(k, l, u)
		g.LowerIntercept = AddScalar(ZerosLike(g.UpperIntercept), -drop)
		g.UpperIntercept = AddScalar(g.UpperIntercept, -drop)
		return g
	}
}

// everywhere gives the same lines for all activations.
func everywhere(lines func(l, u *Node) relax.GraphLines) enclosure {
	return func(_ int, l, u *Node) relax.GraphLines { return lines(l, u) }
}

// TestLowerIntercepts bounds networks with the activation relu(z) - drop, and the same networks with relu and drop
// taken from the biases behind instead: all techniques must give the same bounds of relus and margins, the same x*, and
// intercepts of the optimum that are drop apart.
func TestLowerIntercepts(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	networks := []*net.Network{unpadded(t, 13), mlp(t, 12, 4, 6, 6, 6, 3)}
	if slowCompiler() {
		networks = networks[1:]
	}
	for _, n := range networks {
		moved := withoutDrop(t, n)
		labels := []int32{0, 2, 1}
		x := randomInputs(len(labels), n.InputSize(), rng)
		for _, b := range testBalls(n.InputSize(), 0.3) {
			parallel, crown := everywhere(relax.GraphFastLin), everywhere(relax.GraphCROWN)
			got := withIntercepts(t, n, b, x, labels, drop, lowered(parallel), lowered(crown))
			want := withIntercepts(t, moved, b, x, labels, 0, parallel, crown)
			if len(got) != len(want) || len(got) == 0 {
				t.Fatalf("%d results, want %d", len(got), len(want))
			}
			for i := range got {
				nearAll(t, n.Name+" "+describe(b), got[i], want[i], 1e-9)
			}
		}
	}
}

// unpadded is a network of three convolutions that no padding has zeros for, where a drop would be missing.
func unpadded(t *testing.T, seed uint64) *net.Network {
	relu := net.LayerSpec{Type: "relu"}
	conv := net.LayerSpec{Type: "conv", Channels: 2, Kernel: []int{3}}
	return build(t, net.Arch{Name: "unpadded", Input: []int{1, 9, 8}, Layers: []net.LayerSpec{
		conv, relu, conv, relu, conv, relu, {Type: "flatten"}, {Type: "dense", Units: 3},
	}}, seed)
}

// withoutDrop is the network whose layers behind a relu have drop times their weights' sum taken from their bias.
func withoutDrop(t *testing.T, n *net.Network) *net.Network {
	t.Helper()
	moved, err := net.Build(n.Arch())
	if err != nil {
		t.Fatal(err)
	}
	moved.DType = n.DType
	for i, p := range n.Params {
		copy(moved.Params[i].Data, p.Data)
	}
	for i := 2; i < len(n.Params); i += 2 { // weight, bias of each layer but the first
		bias := moved.Params[i+1].Data
		width := len(moved.Params[i].Data) / len(bias)
		for j, w := range moved.Params[i].Data {
			bias[j/width] -= drop * w
		}
	}
	return moved
}

// withIntercepts are the bounds of Fast-Lin, CROWN and DeepZ with the lines given, and their optima with shift added to
// the intercepts.
func withIntercepts(t *testing.T, n *net.Network, b ball.Ball, x []float64, labels []int32, shift float64,
	parallel, crown enclosure) [][]float64 {
	t.Helper()
	exec, err := NewExec(testbackend.Open(t), func(args []*Node) (out []*Node) {
		p := &Problem{Net: n.On(args[2:]), Region: region.At(b, args[0]), Spec: Margins(args[1], n.Classes(), args[0])}
		f := &linearNet{Problem: p, enclose: parallel}
		f.walk((*linearNet).interval)
		r := &rowNet{Problem: p, intervals: layersByRows(p, crown)}
		for k, i := range r.intervals {
			r.lines = append(r.lines, crown(k, i.Lower, i.Upper))
		}
		z := &zonotopeNet{Problem: p, enclose: parallel}
		for _, result := range []*Result{f.result(), r.result(), z.result()} {
			out = append(out, result.Margins)
			for _, i := range result.Layers {
				out = append(out, i.Lower, i.Upper)
			}
			if result.Trace == nil {
				continue
			}
			out = append(out, result.Trace.XStar())
			for _, c := range result.Trace.Relus {
				out = append(out, AddScalar(c.Intercept, shift))
			}
		}
		return out
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	results, err := exec.Call(problemArgs(n, x, labels)...)
	if err != nil {
		t.Fatal(err)
	}
	return readAll(t, results)
}
