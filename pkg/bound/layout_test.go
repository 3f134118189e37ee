package bound

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// TestChannelsLast compares rows that XLA on a CPU works on with their channels last with those of the pure-Go backend,
// which keeps them in the order of the shapes: margins, trace, x* and gradients, with a dense layer behind the
// convolutions and with spec rows that samples share.
func TestChannelsLast(t *testing.T) {
	own := testbackend.Open(t)
	if !backend.IsXLA(own) {
		t.Skip("needs XLA: run with GOMLX_BACKEND=xla:cpu")
	}
	plain, _, err := backend.Open(backend.Go)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(71, 72))
	for _, c := range []struct {
		text       string
		techniques []Technique
	}{
		{"conv(4,4,2,1) conv(6,3,1,1) fc6 fc3", []Technique{CROWNIBP(), FastLin{}}},
		{"conv(4,4,2,1) conv(8,4,2,1) fc3", []Technique{CROWNIBP()}},
		{"conv(4,4,2,1) sigmoid conv(6,3,1,1) tanh fc3", []Technique{CROWNIBP(), FastLin{}}},
		{"conv(4,4,2,1) block(4,1) block(6,2) fc3", []Technique{CROWNIBP()}},
	} {
		arch, err := net.ParseArch(c.text, []int{3, 23, 20}, 3)
		if err != nil {
			t.Fatal(err)
		}
		n := build(t, arch, 33)
		x := randomInputs(2, n.InputSize(), rng)
		for _, technique := range c.techniques {
			got, want := everything(t, own, n, technique, x), everything(t, plain, n, technique, x)
			for i := range want {
				nearAll(t, fmt.Sprintf("%s, %s, result %d", c.text, technique.Name(), i), got[i], want[i], 1e-9)
			}
		}
	}
}

// everything is margins, choices and x* for spec rows of each sample and for shared ones, and the gradients of a loss
// of them all.
func everything(t *testing.T, b compute.Backend, n *net.Network, technique Technique, x []float64) [][]float64 {
	t.Helper()
	lasts := 0
	exec, err := NewExec(b, func(args []*Node) (out []*Node) {
		loss := ScalarZero(args[0].Graph(), args[0].DType())
		for _, spec := range []*Node{OtherMargins(args[1], n.Classes(), args[0]),
			InsertAxes(ConvertDType(Diagonal(args[0].Graph(), n.Classes()), args[0].DType()), 0)} {
			p := &Problem{Net: n.On(args[2:]), Region: region.At(ball.Ball{Eps: 0.02, Box: ball.Unit}, args[0]),
				Spec: spec}
			r := technique.Bound(p)
			out = append(out, r.Margins, r.Trace.XStar())
			loss = Add(loss, ReduceAllSum(Square(r.Margins)))
			for k, c := range r.Trace.Relus {
				if p.Net.ChannelsLast(p.inputOf(k)) {
					lasts++
				}
				out = append(out, c.H, Mul(c.H, c.Slope), c.Intercept)
				loss = Add(loss, ReduceAllSum(Square(Mul(c.H, c.Slope))))
			}
		}
		return append(out, Gradient(loss, args[2:]...)...)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	results, err := exec.Call(problemArgs(n, x, []int32{0, 2})...)
	if err != nil {
		t.Fatal(err)
	}
	if (backend.IsXLA(b)) != (lasts > 0) {
		t.Fatalf("%d relus of %s have their channels last on %s", lasts, n.Arch().Text(), b.Name())
	}
	return readAll(t, results)
}

// readAll copies the values of results.
func readAll(t *testing.T, results []*tensors.Tensor) [][]float64 {
	t.Helper()
	out := make([][]float64, len(results))
	for i, r := range results {
		out[i] = make([]float64, r.Size())
		if err := floats.Read(out[i], r); err != nil {
			t.Fatal(err)
		}
	}
	return out
}
