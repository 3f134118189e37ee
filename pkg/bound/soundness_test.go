package bound

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
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

// relaxations replace every relu by a convex set: linear programs bound them.
var relaxations = []Technique{IBP{}, FastLin{}, CROWN{}, CROWNIBP(), FastLin{Intermediate: IBP{}}}

// soundTechniques must never be left by any point of the ball.
var soundTechniques = append(relaxations[:len(relaxations):len(relaxations)], Hybrid{}, Hybrid{Boxed: true}, FastLip{},
	FastLip{Intermediate: IBP{}}, Lipschitz{}, CrossLipschitz{})

// testBalls are all norms with and without the box, and a radius per feature; one of each norm where compiling is slow.
func testBalls(inputs int, eps float64) []ball.Ball {
	radii := make([]float64, inputs)
	for i := range radii {
		radii[i] = float64(i%3) / 2
	}
	if slowCompiler() {
		return []ball.Ball{{Norm: ball.Linf, Eps: eps, Box: ball.Unit, Radii: radii},
			{Norm: ball.L2, Eps: 2 * eps, Box: ball.Unit}, {Norm: ball.L1, Eps: 4 * eps}}
	}
	return []ball.Ball{
		{Norm: ball.Linf, Eps: eps}, {Norm: ball.Linf, Eps: eps, Box: ball.Unit, Radii: radii},
		{Norm: ball.Linf, Eps: eps, Box: ball.Unit},
		{Norm: ball.L2, Eps: 2 * eps}, {Norm: ball.L2, Eps: 2 * eps, Box: ball.Unit},
		{Norm: ball.L1, Eps: 4 * eps}, {Norm: ball.L1, Eps: 4 * eps, Box: ball.Unit},
	}
}

func describe(b ball.Ball) string {
	return fmt.Sprintf("%v/box=%v/radii=%v/eps=%v", b.Norm, b.Box != nil, b.Radii != nil, b.Eps)
}

// slowCompiler tells that each graph takes seconds to compile, so that tests take fewer.
func slowCompiler() bool { return strings.HasPrefix(os.Getenv("GOMLX_BACKEND"), "xla") }

// mlp is a dense network with random weights in float64; widths go from the input to the classes.
func mlp(t testing.TB, seed uint64, widths ...int) *net.Network {
	a := net.Arch{Name: fmt.Sprint("mlp", widths), Input: widths[:1]}
	for i, w := range widths[1:] {
		if i > 0 {
			a.Layers = append(a.Layers, net.LayerSpec{Type: "relu"})
		}
		a.Layers = append(a.Layers, net.LayerSpec{Type: "dense", Units: w})
	}
	return build(t, a, seed)
}

// residual is a dense network with one skip connection inside another.
func residual(t testing.TB, seed uint64) *net.Network {
	dense, relu := net.LayerSpec{Type: "dense", Units: 6}, net.LayerSpec{Type: "relu"}
	return build(t, net.Arch{Name: "residual", Input: []int{4}, Layers: []net.LayerSpec{
		dense, relu, dense, relu, dense, {Type: "add", Inputs: []int{4, 3}}, relu, dense,
		{Type: "add", Inputs: []int{7, 1}}, relu, {Type: "dense", Units: 3},
	}}, seed)
}

// convolutional is a small network of two convolutions.
func convolutional(t testing.TB, seed uint64) *net.Network {
	return build(t, net.Arch{Name: "conv", Input: []int{1, 5, 5}, Layers: []net.LayerSpec{
		{Type: "conv", Channels: 2, Kernel: []int{3}, Padding: []int{1}}, {Type: "relu"},
		{Type: "conv", Channels: 2, Kernel: []int{3}, Stride: []int{2}}, {Type: "relu"},
		{Type: "flatten"}, {Type: "dense", Units: 3},
	}}, seed)
}

// everyLayer has a layer of each kind: normalisation, convolutions, batch normalisation, average pooling, and residual
// blocks one inside the other, the outer one with a projection.
func everyLayer(t testing.TB, seed uint64) *net.Network {
	relu := net.LayerSpec{Type: "relu"}
	conv := func(channels, kernel, stride, padding int, inputs ...int) net.LayerSpec {
		return net.LayerSpec{Type: "conv", Channels: channels, Kernel: []int{kernel}, Stride: []int{stride},
			Padding: []int{padding}, Inputs: inputs}
	}
	return build(t, net.Arch{Name: "every layer", Input: []int{2, 6, 6}, Layers: []net.LayerSpec{
		{Type: "normalize", Mean: []float64{0.4, 0.5}, Std: []float64{0.5, 0.8}},
		// 3: [2 3 3]
		conv(2, 4, 2, 1), {Type: "batchnorm", Mean: []float64{0.1, -0.2}, Variance: []float64{0.6, 1.5}}, relu,
		// 10: the inner block
		conv(2, 3, 1, 1), relu, conv(2, 3, 1, 1), relu, conv(2, 5, 1, 2), {Type: "add", Inputs: []int{8, 5}}, relu,
		// 14: the outer block, [3 2 2]
		conv(3, 2, 2, 1), conv(3, 1, 2, 0, 3), {Type: "add", Inputs: []int{11, 12}}, relu,
		{Type: "avgpool", Kernel: []int{2}, Stride: []int{1}, Padding: []int{1}}, {Type: "flatten"},
		{Type: "dense", Units: 5}, relu, {Type: "dense", Units: 3},
	}}, seed)
}

// sliding is a network of two convolutions and a normalisation between them, of one kernel, stride and padding.
func sliding(t testing.TB, seed uint64, kernel, stride, padding int) *net.Network {
	conv := net.LayerSpec{Type: "conv", Channels: 2, Kernel: []int{kernel}, Stride: []int{stride},
		Padding: []int{padding}}
	last := net.LayerSpec{Type: "conv", Channels: 3, Kernel: []int{3, 2}, Stride: []int{1, stride},
		Padding: []int{1, 0}}
	return build(t, net.Arch{Name: fmt.Sprintf("conv %d,%d,%d",
		kernel, stride, padding), Input: []int{1, 7, 6}, Layers: []net.LayerSpec{
		{Type: "normalize", Mean: []float64{0.4}, Std: []float64{0.7}}, conv, {Type: "relu"}, last,
		{Type: "batchnorm", Mean: []float64{0.1, 0, -0.1}}, {Type: "relu"},
		conv, {Type: "relu"}, {Type: "flatten"}, {Type: "dense", Units: 3},
	}}, seed)
}

func build(t testing.TB, a net.Arch, seed uint64) *net.Network {
	t.Helper()
	n, err := net.Build(a)
	if err != nil {
		t.Fatal(err)
	}
	n.Init(seed).DType = dtypes.Float64
	for _, p := range n.Params {
		for i := range p.Data {
			p.Data[i] *= 2 // more unstable neurons than the default scale gives
		}
	}
	return n
}

// randomInputs lie in the unit box, some values on its border.
func randomInputs(n, size int, rng *rand.Rand) []float64 {
	x := make([]float64, n*size)
	for i := range x {
		x[i] = min(max(1.4*rng.Float64()-0.2, 0), 1)
	}
	return x
}

// boundsOf are the results of one technique on one ball, as in [Output].
type boundsOf struct {
	technique Technique
	ball      ball.Ball
	*Output
}

// boundAll bounds a network by every technique over every ball, in one compiled graph.
func boundAll(t *testing.T, network *net.Network, techniques []Technique, balls []ball.Ball, x []float64,
	labels []int32) []boundsOf {
	t.Helper()
	relus := len(network.Activations())
	exec, err := NewExec(testbackend.Open(t), func(args []*Node) (out []*Node) {
		s := network.On(args[2:])
		for _, b := range balls {
			for _, technique := range techniques {
				r := technique.Bound(&Problem{Net: s, Region: region.At(b, args[0]),
					Spec: Margins(args[1], network.Classes(), args[0])})
				out = append(out, r.Margins)
				for _, l := range r.Layers {
					out = append(out, l.Lower, l.Upper)
				}
			}
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
	var all []boundsOf
	for _, b := range balls {
		for _, technique := range techniques {
			all = append(all, boundsOf{technique, b, readBounds(results[:1+2*relus], len(labels), network.Classes())})
			results = results[1+2*relus:]
		}
	}
	return all
}

// problemArgs are inputs, labels and parameters as graph arguments.
func problemArgs(network *net.Network, x []float64, labels []int32) []any {
	dims := append([]int{len(labels)}, network.Input...)
	args := []any{floats.Tensor(x, network.DType, dims...), tensors.FromFlatDataAndDimensions(labels, len(labels))}
	for _, p := range network.Tensors() {
		args = append(args, p)
	}
	return args
}

func readBounds(results []*tensors.Tensor, samples, classes int) *Output {
	o := &Output{}
	read := func(t *tensors.Tensor) []float64 {
		v := make([]float64, t.Size())
		if err := floats.Read(v, t); err != nil {
			panic(err)
		}
		return v
	}
	o.Margins = split(read(results[0]), samples)
	o.Lower, o.Upper = make([][][]float64, samples), make([][][]float64, samples)
	for i := 1; i < len(results); i += 2 {
		l, u := split(read(results[i]), samples), split(read(results[i+1]), samples)
		for s := range samples {
			o.Lower[s], o.Upper[s] = append(o.Lower[s], l[s]), append(o.Upper[s], u[s])
		}
	}
	return o
}

// prober evaluates the real network: logits, pre-activations, and the gradient of a weighted sum of all of them.
type prober struct {
	t       *testing.T
	network *net.Network
	exec    *Exec
	params  []any
	points  int
}

func newProber(t *testing.T, network *net.Network, points int) *prober {
	relus := len(network.Activations())
	exec, err := NewExec(testbackend.Open(t), func(args []*Node) []*Node {
		x := args[0]
		logits, z := network.On(args[2+relus:]).PreActivations(x)
		total := ReduceAllSum(Mul(logits, args[1]))
		for k := range z {
			total = Add(total, ReduceAllSum(Mul(z[k], args[2+k])))
		}
		return append([]*Node{Gradient(total, x)[0], logits}, z...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return &prober{t, network, exec, problemArgs(network, nil, nil)[2:], points}
}

// probe is one evaluation of a set of points.
type probe struct {
	gradient, logits [][]float64
	z                [][][]float64 // [relu][point][unit]
}

func (p *prober) at(points [][]float64, weights []*tensors.Tensor) probe {
	p.t.Helper()
	var x []float64
	for _, q := range points {
		x = append(x, q...)
	}
	args := []any{tensors.FromFlatDataAndDimensions(x, append([]int{p.points}, p.network.Input...)...)}
	for _, w := range weights {
		args = append(args, w)
	}
	results, err := p.exec.Call(append(args, p.params...)...)
	if err != nil {
		p.t.Fatal(err)
	}
	var parts [][][]float64
	for _, r := range results {
		parts = append(parts, split(tensors.MustCopyFlatData[float64](r), p.points))
	}
	return probe{parts[0], parts[1], parts[2:]}
}

// weights picks one neuron or logit for each point, with a random sign: what the search descends.
func (p *prober) weights(rng *rand.Rand) []*tensors.Tensor {
	shapes := [][]int{p.network.ShapeOf(len(p.network.Vertices) - 1)}
	for _, i := range p.network.Activations() {
		shapes = append(shapes, p.network.ShapeOf(i))
	}
	data := make([][]float64, len(shapes))
	for k, shape := range shapes {
		data[k] = make([]float64, p.points*volume(shape))
	}
	for q := range p.points {
		k := rng.IntN(len(shapes))
		n := volume(shapes[k])
		data[k][q*n+rng.IntN(n)] = math.Copysign(1, rng.Float64()-0.5)
	}
	var out []*tensors.Tensor
	for k, shape := range shapes {
		out = append(out, tensors.FromFlatDataAndDimensions(data[k], append([]int{p.points}, shape...)...))
	}
	return out
}

func volume(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// descend moves each point by the steepest step of the ball's norm, back into the ball.
func descend(b ball.Ball, x []float64, points, gradient [][]float64, step float64) {
	lower, upper := b.Bounds(x)
	for q, point := range points {
		d := steepest(b, gradient[q])
		for i := range point {
			d[i] = point[i] - x[i] - step*b.Eps*d[i]
		}
		scale := 1.0
		if b.Norm != ball.Linf {
			scale = min(1, b.Eps/max(b.Distance(make([]float64, len(d)), d), 1e-300))
		}
		for i := range point {
			point[i] = min(max(x[i]+scale*d[i], lower[i]), upper[i])
		}
	}
}

func steepest(b ball.Ball, g []float64) []float64 {
	d := make([]float64, len(g))
	norm, largest := 0.0, 0
	for i, v := range g {
		norm += v * v
		if math.Abs(v) > math.Abs(g[largest]) {
			largest = i
		}
		if b.Norm == ball.Linf && v != 0 {
			d[i] = math.Copysign(1, v)
			if b.Radii != nil {
				d[i] *= b.Radii[i]
			}
		}
	}
	if b.Norm == ball.L2 && norm > 0 {
		for i, v := range g {
			d[i] = v / math.Sqrt(norm)
		}
	}
	if b.Norm == ball.L1 {
		d[largest] = math.Copysign(1, g[largest])
	}
	return d
}

// TestSoundness searches every ball, at random and by gradients, for points that leave a bound of any technique:
// margins and every layer.
func TestSoundness(t *testing.T) {
	networks := []*net.Network{mlp(t, 3, 4, 8, 7, 6, 3), residual(t, 4), convolutional(t, 5), mlp(t, 1, 3, 6, 3),
		mlp(t, 2, 5, 10, 8, 4),
		everyLayer(t, 6), sliding(t, 7, 3, 1, 1), sliding(t, 8, 4, 1, 2), sliding(t, 9, 4, 2, 2),
		sliding(t, 10, 5, 1, 2), sliding(t, 11, 3, 2, 2)}
	if slowCompiler() {
		networks = networks[3:4]
	}
	rng := rand.New(rand.NewPCG(11, 12))
	for _, network := range networks {
		const samples, points = 4, 64
		x := randomInputs(samples, network.InputSize(), rng)
		labels := []int32{0, 1, 2, 0}
		p := newProber(t, network, points)
		balls := testBalls(network.InputSize(), 0.15)
		all := boundAll(t, network, soundTechniques, balls, x, labels)
		for i, b := range balls {
			t.Run(network.Name+"/"+describe(b), func(t *testing.T) {
				p.t = t
				for s := range samples {
					search(p, all[i*len(soundTechniques):(i+1)*len(soundTechniques)], s,
						x[s*network.InputSize():(s+1)*network.InputSize()], labels[s], rng)
				}
			})
		}
	}
}

// search tries random points and descends from them; every technique's bounds of the ball must hold.
func search(p *prober, bounds []boundsOf, sample int, x []float64, label int32, rng *rand.Rand) {
	points := make([][]float64, p.points)
	for q := range points {
		points[q] = bounds[0].ball.Sample(x, rng)
	}
	weights := p.weights(rng)
	for step := range 12 {
		found := p.at(points, weights)
		for _, b := range bounds {
			for q := range points {
				b.check(p.t, sample, label, found, q)
			}
		}
		descend(bounds[0].ball, x, points, found.gradient, 0.7/float64(1+step))
	}
}

func (b boundsOf) check(t *testing.T, sample int, label int32, found probe, point int) {
	t.Helper()
	const tol = 1e-10
	for c, m := range b.Margins[sample] {
		if real := found.logits[point][label] - found.logits[point][c]; real < m-tol {
			t.Errorf("%s: a point has margin %v over class %d, below the bound %v", b.technique.Name(), real, c, m)
		}
	}
	for k, layer := range found.z {
		for j, z := range layer[point] {
			if z < b.Lower[sample][k][j]-tol || z > b.Upper[sample][k][j]+tol {
				t.Errorf("%s: a point has z = %v at relu %d unit %d, outside [%v, %v]", b.technique.Name(), z, k, j,
					b.Lower[sample][k][j], b.Upper[sample][k][j])
			}
		}
	}
}

// TestTightAtZero checks that at eps 0 every bound is the value itself.
func TestTightAtZero(t *testing.T) {
	network := mlp(t, 6, 3, 5, 4, 3)
	rng := rand.New(rand.NewPCG(13, 14))
	x, labels := randomInputs(2, 3, rng), []int32{2, 0}
	balls := testBalls(3, 0)
	if slowCompiler() {
		balls = balls[:1]
	}
	p := newProber(t, network, 2)
	found := p.at([][]float64{x[:3], x[3:]}, p.weights(rng))
	for _, b := range boundAll(t, network, soundTechniques, balls, x, labels) {
		for s := range labels {
			for c, m := range b.Margins[s] {
				near(t, b.technique.Name()+" margin at eps 0, "+describe(b.ball), m,
					found.logits[s][labels[s]]-found.logits[s][c], 1e-12)
			}
			for k := range b.Lower[s] {
				nearAll(t, b.technique.Name()+" l at eps 0", b.Lower[s][k], found.z[k][s], 1e-12)
				nearAll(t, b.technique.Name()+" u at eps 0", b.Upper[s][k], found.z[k][s], 1e-12)
			}
		}
	}
}
