package bound

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// imageGraph draws a graph of image layers: skips from anywhere, the input included, through nothing, an activation or
// a convolution, branches of other kernels, strides and paddings, sums of two or three and of one vertex twice.
type imageGraph struct {
	*rand.Rand
	*net.Network
	t testing.TB
}

func drawImageGraph(t testing.TB, seed uint64) *net.Network {
	g := &imageGraph{rand.New(rand.NewPCG(seed, 0x77696e)), net.New(fmt.Sprintf("image graph %d", seed),
		1+int(seed%2), 5+int(seed%3), 6), t}
	g.add(g.conv())
	for range 5 + g.IntN(5) {
		switch g.IntN(6) {
		case 0, 1:
			g.add(g.conv(), g.recent())
		case 2, 3:
			g.add(net.ReLU{}, g.recent())
		default:
			g.sum()
		}
	}
	g.finish()
	n := g.Network
	n.Init(seed).DType = dtypes.Float64
	return n
}

func (g *imageGraph) add(layer net.Layer, inputs ...int) int {
	at, err := g.Append(layer, inputs...)
	if err != nil {
		g.t.Fatal(err)
	}
	return at
}

// recent is one of the last vertices.
func (g *imageGraph) recent() int { return max(net.InputNode, len(g.Vertices)-1-g.IntN(3)) }

// conv is a layer that never leaves an image without positions.
func (g *imageGraph) conv() net.Layer {
	k := 1 + g.IntN(3)
	c := net.Conv{Channels: 1 + g.IntN(2), Kernel: [2]int{k, 1 + g.IntN(3)}, Stride: [2]int{1, 1}}
	for i := range c.Padding {
		c.Padding[i] = (c.Kernel[i] + g.IntN(2)) / 2
		if g.IntN(4) == 0 {
			c.Stride[i] = 2
		}
	}
	if g.IntN(8) == 0 {
		return net.AvgPool{Kernel: c.Kernel, Stride: c.Stride, Padding: [2]int{k / 2, 0}}
	}
	return c
}

// sum adds vertices of one shape, or one vertex twice.
func (g *imageGraph) sum() {
	first := g.recent()
	terms := []int{first, first}
	for v := net.InputNode; v < len(g.Vertices); v++ {
		if v != first && slices.Equal(g.ShapeOf(v), g.ShapeOf(first)) && g.IntN(3) > 0 {
			terms[1] = v
			if len(terms) == 2 && g.IntN(4) == 0 {
				terms = append(terms, g.recentLike(first))
			}
		}
	}
	if g.add(net.Addition{}, terms...); g.IntN(2) == 0 {
		g.add(net.ReLU{})
	}
}

// recentLike is a late vertex of the shape of another one.
func (g *imageGraph) recentLike(like int) int {
	for v := len(g.Vertices) - 1; v > like; v-- {
		if slices.Equal(g.ShapeOf(v), g.ShapeOf(like)) {
			return v
		}
	}
	return like
}

// finish reads every vertex that nothing reads.
func (g *imageGraph) finish() {
	read := map[int]bool{}
	for _, v := range g.Vertices {
		for _, from := range v.Inputs {
			read[from] = true
		}
	}
	var ends []int
	for v := range len(g.Vertices) {
		if !read[v] {
			ends = append(ends, g.add(net.Dense{Units: 3}, g.add(net.Flatten{}, v)))
		}
	}
	if len(ends) > 1 {
		g.add(net.Addition{}, ends...)
	}
}

// TestWindowsOfGraphs checks on random graphs of image layers that rows kept as windows, wherever they can be, give the
// bounds of whole rows: CROWN's from both sides, Fast-Lin's, and Fast-Lin's of some units only.
func TestWindowsOfGraphs(t *testing.T) {
	cases, sums, refused := uint64(36), 0, 0
	if slowCompiler() {
		cases = 3
	}
	for seed := range cases {
		n := drawImageGraph(t, seed)
		rng := rand.New(rand.NewPCG(seed, 1))
		x := randomInputs(2, n.InputSize(), rng)
		b := []ball.Ball{{Eps: 0.1, Box: ball.Unit}, {Eps: 0.2}, {Norm: ball.L2, Eps: 0.3, Box: ball.Unit},
			{Norm: ball.L2, Eps: 0.3}, {Norm: ball.L1, Eps: 0.5}, {Norm: ball.L1, Eps: 0.5, Box: ball.Unit}}[seed%6]
		what := fmt.Sprintf("%s: %s, %s", n.Name, n.Arch().Text(), describe(b))
		var chosen []int
		for vertex := range n.Vertices {
			if _, ok := (model{Network: n}).windows("", vertex); !ok {
				refused += len(n.ShapeOf(vertex)) / 3
			} else if hasSum(n, vertex) {
				chosen = append(chosen, vertex)
			}
		}
		if b.Norm != ball.Linf && len(chosen) > 1 { // sorting takes long
			chosen = chosen[len(chosen)-1:]
		}
		sums += len(chosen)
		if len(chosen) > 0 {
			compareForms(t, what, n, b, x, chosen)
		}
	}
	t.Logf("%d vertices behind sums were compared, %d cannot be windows", sums, refused)
	if sums < 10 || !slowCompiler() && refused == 0 {
		t.Errorf("%d vertices behind sums were compared and %d refused: too little was tested", sums, refused)
	}
}

func hasSum(n *net.Network, vertex int) bool {
	for v := range (model{Network: n}).before(vertex) {
		if v == net.InputNode {
			continue
		}
		if _, ok := n.Vertices[v].Layer.(net.Sum); ok {
			return true
		}
	}
	return false
}

// compareForms compares the bounds by both forms at the vertices chosen.
func compareForms(t *testing.T, what string, n *net.Network, b ball.Ball, x []float64, chosen []int) {
	t.Helper()
	exec, err := NewExec(testbackend.Open(t), func(args []*Node) (out []*Node) {
		p := &Problem{Net: n.On(args[2:]), Region: region.At(b, args[0])}
		p.Intermediate = IBP{}.Layers(p)
		for _, vertex := range chosen {
			out = append(out, everyPass(p, vertex)...)
		}
		return out
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	results, err := exec.Call(problemArgs(n, x, []int32{0, 1})...)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	values, err := floats.Take(results)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(values); i += 2 {
		nearAll(t, fmt.Sprintf("%s, result %d", what, i/2), values[i], values[i+1], 1e-10)
	}
}

// everyPass bounds the units of a vertex, by window rows and by whole rows in turn.
func everyPass(p *Problem, vertex int) (out []*Node) {
	crown, fast := &rowNet{Problem: p}, &linearNet{Problem: p}
	for k, i := range p.Intermediate {
		crown.intervals, crown.lines = append(crown.intervals, i), append(crown.lines, p.crown(k, i.Lower, i.Upper))
		fast.relax(i, i.Lower)
	}
	both := func(bound func() *Node) {
		for _, form := range []Form{WindowRows, WholeRows} {
			crown.form, fast.form = form, form
			out = append(out, bound())
		}
	}
	both(func() *Node { return crown.lower(vertex, nil, false, nil) })
	if p.Region.Norm() != ball.Linf {
		return out
	}
	both(func() *Node { return crown.lower(vertex, nil, true, nil) })
	deviation := func() *Node {
		lo, hi := fast.deviation(vertex, nil, nil)
		return Concatenate([]*Node{lo, hi}, 1)
	}
	both(deviation)
	shape := p.Net.ShapeOf(vertex)
	units := int32(size(shape))
	fast.pick = newPick(Const(p.Region.X.Graph(), []int32{0, units / 2, units - 1, 2*units - 1}), shape)
	both(deviation)
	return out
}
