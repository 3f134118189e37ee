package bound

import (
	"math/rand/v2"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/region"
)

// TestFirstSamples checks that the head of a result is the result of the head: margins, bounds, trace and x*, also
// where bounds are shared by all samples.
func TestFirstSamples(t *testing.T) {
	network := mlp(t, 95, 4, 7, 6, 3)
	x, labels := randomInputs(4, 4, rand.New(rand.NewPCG(71, 72))), []int32{0, 2, 1, 1}
	for _, technique := range []Technique{FastLin{}, CROWNIBP()} {
		all := func(p *Problem, r *Result) (out []*Node) {
			out = append(out, r.Margins, r.Trace.XStar(), p.Region.Lower, p.Spec)
			for k, c := range r.Trace.Relus {
				out = append(out, r.Layers[k].Lower, c.Intercept, Mul(c.H, c.Slope))
			}
			return out
		}
		exec, err := NewExec(testbackend.Open(t), func(args []*Node) []*Node {
			on := func(x, labels *Node) (*Problem, *Result) {
				p := &Problem{Net: network.On(args[2:]), Region: region.At(ball.Ball{Eps: 0.2, Box: ball.Unit}, x),
					Spec: OtherMargins(labels, 3, x)}
				return p, technique.Bound(p)
			}
			p, r := on(args[0], args[1])
			got := all(FirstSamples(p, r, 2))
			return append(got, all(on(Slice(args[0], AxisRange(0, 2)), Slice(args[1], AxisRange(0, 2))))...)
		})
		if err != nil {
			t.Fatal(err)
		}
		results, err := exec.Call(problemArgs(network, x, labels)...)
		if err != nil {
			t.Fatal(err)
		}
		for i := range len(results) / 2 {
			got, want := results[i], results[len(results)/2+i]
			nearAll(t, technique.Name(), tensors.MustCopyFlatData[float64](got),
				tensors.MustCopyFlatData[float64](want), 1e-12)
		}
	}
}
