package bound

import (
	"fmt"
	"math/rand/v2"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
	"tightrope/pkg/relax"
)

// TestWindows checks that rows kept as windows give the bounds of whole rows, over strides, kernels, paddings,
// channelwise layers and norms.
func TestWindows(t *testing.T) {
	rng := rand.New(rand.NewPCG(61, 62))
	networks := []*net.Network{everyLayer(t, 31)}
	for _, c := range [][3]int{{3, 1, 0}, {3, 1, 1}, {3, 2, 1}, {3, 2, 2}, {4, 1, 1}, {4, 2, 2}, {5, 1, 2}, {4, 1, 2}} {
		networks = append(networks, sliding(t, 32, c[0], c[1], c[2]))
	}
	if slowCompiler() {
		networks = networks[1:3]
	}
	for _, n := range networks {
		x := randomInputs(2, n.InputSize(), rng)
		for _, b := range []ball.Ball{{Eps: 0.1, Box: ball.Unit}, {Norm: ball.L2, Eps: 0.3, Box: ball.Unit},
			{Norm: ball.L1, Eps: 0.5}} {
			if slowCompiler() && b.Norm != ball.L2 {
				continue
			}
			kept := 0
			exec, err := NewExec(testbackend.Open(t), func(args []*Node) (out []*Node) {
				p := &Problem{Net: n.On(args[2:]), Region: region.At(b, args[0])}
				p.Intermediate = IBP{}.Layers(p)
				for k := range n.Relus() {
					vertex := p.inputOf(k)
					if _, ok := (model{Network: n}).windows("", vertex); !ok {
						continue
					}
					kept++
					out = append(out, bothForms(p, k, vertex)...)
				}
				return out
			})
			if err != nil {
				t.Fatal(err)
			}
			results, err := exec.Call(problemArgs(n, x, []int32{0, 1})...)
			if err != nil {
				t.Fatal(err)
			}
			if kept == 0 {
				t.Fatalf("%s has no rows that can be windows", n.Name)
			}
			for i := 0; i < len(results); i += 2 {
				windows, whole := make([]float64, results[i].Size()), make([]float64, results[i].Size())
				if err := floats.Read(windows, results[i]); err != nil {
					t.Fatal(err)
				}
				if err := floats.Read(whole, results[i+1]); err != nil {
					t.Fatal(err)
				}
				nearAll(t, fmt.Sprintf("%s, %s, result %d", n.Name, describe(b), i/2), windows, whole, 1e-11)
			}
			exec.Finalize()
		}
	}
}

// bothForms bounds relu k's input below by CROWN's lines, by window rows and by whole rows.
func bothForms(p *Problem, k, vertex int) []*Node {
	w := &rowNet{Problem: p, form: WindowRows}
	for _, i := range p.Intermediate[:k] {
		w.intervals, w.lines = append(w.intervals, i), append(w.lines, relax.GraphCROWN(i.Lower, i.Upper))
	}
	windows := w.lower(vertex, nil, false, nil)
	w.form = WholeRows
	return []*Node{windows, w.lower(vertex, nil, false, nil)}
}
