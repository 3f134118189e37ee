package tight

import (
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// Neuron is one hidden neuron at the relaxed problem's optimum.
type Neuron struct {
	Layer, Unit  int     // relu layer and unit, from 0
	Lower, Upper float64 // l, u
	H            float64 // gradient h of the bound at the relu's output
	Slope        float64 // D of the line that the optimum uses
	Intercept    float64 // delta*, the adversary's choice: 0 on the lower line
	Z            float64 // z', the real network's pre-activation at x*
	Gap          float64 // its part of d, h (relu(z') - D z' - delta*)
	Distance     float64 // of z' from the nearest touching point of its line, its part of n r; 0 where stable
	Unstable     bool    // l < 0 < u
	Tight        bool    // unstable and on a touching point, to [TightTolerance]
}

// Anatomy is the relaxed problem of one sample and one other class, neuron by neuron.
type Anatomy struct {
	Class   int       // the other class t
	Bound   float64   // p_C
	PO      float64   // p_O(x*)
	R       float64   // r
	XStar   []float64 // [inputs]
	Neurons []Neuron  // all hidden neurons, layer by layer
}

// D is the gap p_O(x*) - p_C.
func (a *Anatomy) D() float64 { return a.PO - a.Bound }

// Unstable are the unstable neurons.
func (a *Anatomy) Unstable() []Neuron {
	var out []Neuron
	for _, n := range a.Neurons {
		if n.Unstable {
			out = append(out, n)
		}
	}
	return out
}

// Inspector takes single samples apart with one compiled graph.
type Inspector struct {
	net       *net.Network
	technique bound.Technique
	ball      ball.Ball
	options   Options
	exec      *Exec
	params    []any
}

// NewInspector prepares it; technique nil means Fast-Lin. IBP has no optimal input and is an error.
func NewInspector(backend compute.Backend, network *net.Network, technique bound.Technique, b ball.Ball, options Options) (*Inspector, error) {
	if technique == nil {
		technique = bound.FastLin{}
	}
	if _, ok := technique.(bound.IBP); ok {
		return nil, fmt.Errorf("IBP has no optimal input x*: inspect Fast-Lin, CROWN or CROWN-IBP")
	}
	if err := b.Validate(); err != nil {
		return nil, err
	}
	if err := network.ValidateParams(); err != nil {
		return nil, err
	}
	in := &Inspector{net: network, technique: technique, ball: b, options: options}
	for _, t := range network.Tensors() {
		in.params = append(in.params, t)
	}
	var err error
	in.exec, err = NewExec(backend, in.graph)
	return in, err
}

// Close frees the compiled graph.
func (in *Inspector) Close() { in.exec.Finalize() }

// graph takes x [1, input...], the label [1], eps and the parameters. It returns p_C, p_O(x*), r, each [1, classes-1],
// x*, and for each relu the eight numbers of its neurons, [1, classes-1, units].
func (in *Inspector) graph(args []*Node) []*Node {
	x, labels, eps := args[0], args[1], args[2]
	p := &bound.Problem{Net: in.net.On(args[3:]), Region: region.AtEps(in.ball, x, eps), Spec: bound.OtherMargins(labels, in.net.Classes(), x)}
	result := in.technique.Bound(p)
	m := &measurement{Problem: p, result: result, options: in.options}
	ind := m.indicators()
	out := []*Node{result.Margins, m.po, ind.R, result.Trace.XStar()}
	for k, c := range result.Trace.Relus {
		l, u := m.bounds(k)
		distance, _ := m.distance(k)
		for _, v := range []*Node{InsertAxes(l, 1), InsertAxes(u, 1), c.H, c.Slope, c.Intercept, m.z[k], m.gaps(k), distance} {
			out = append(out, BroadcastToDims(v, m.z[k].Shape().Dimensions...))
		}
	}
	return out
}

// Inspect takes a sample x [inputs] apart at a radius, in pixel units, for the margin over a class; class -1 means the
// one with the smallest bound. The radius of the inspector's ball is not used.
func (in *Inspector) Inspect(x []float64, label int32, class int, eps float64) (*Anatomy, error) {
	b := in.ball
	b.Eps = eps
	if err := b.Validate(); err != nil {
		return nil, err
	}
	if err := bound.CheckSamples(in.net, b, x, []int32{label}); err != nil {
		return nil, err
	}
	classes := in.net.Classes()
	if class == int(label) || class < -1 || class >= classes {
		return nil, fmt.Errorf("margin of label %d over class %d: use another of the classes 0 to %d, or -1 for "+
			"the one with the smallest bound", label, class, classes-1)
	}
	args := append([]any{bound.FloatTensor(x, in.net.DType, append([]int{1}, in.net.Input...)...), tensors.FromFlatDataAndDimensions([]int32{label}, 1),
		bound.FloatTensor([]float64{eps}, in.net.DType)}, in.params...)
	results, err := in.exec.Call(args...)
	if err != nil {
		return nil, fmt.Errorf("%s of network %q: %w", in.technique.Name(), in.net.Name, err)
	}
	values := make([][]float64, len(results))
	for i, t := range results {
		values[i] = make([]float64, t.Size())
		if err := bound.ReadFloats(values[i], t); err != nil {
			return nil, err
		}
		t.MustFinalizeAll()
	}
	row := (class - int(label) - 1 + classes) % classes // OtherMargins' order
	if class < 0 {
		row = smallest(values[0])
	}
	return in.read(values, row, (int(label)+1+row)%classes), nil
}

func smallest(values []float64) int {
	best := 0
	for i, v := range values {
		if v < values[best] {
			best = i
		}
	}
	return best
}

func (in *Inspector) read(values [][]float64, row, class int) *Anatomy {
	rows := in.net.Classes() - 1
	part := func(v []float64) []float64 { n := len(v) / rows; return v[row*n : (row+1)*n] }
	a := &Anatomy{Class: class, Bound: values[0][row], PO: values[1][row], R: values[2][row], XStar: part(values[3])}
	for k, v := 0, values[4:]; len(v) > 0; k, v = k+1, v[8:] {
		for j, l := range part(v[0]) {
			at := func(i int) float64 { return part(v[i])[j] }
			n := Neuron{Layer: k, Unit: j, Lower: l, Upper: at(1), H: at(2), Slope: at(3), Intercept: at(4), Z: at(5), Gap: at(6), Distance: at(7)}
			n.Unstable = n.Lower < 0 && n.Upper > 0
			n.Tight = n.Unstable && n.Distance <= TightTolerance*max(n.Upper-n.Lower, 1)
			a.Neurons = append(a.Neurons, n)
		}
	}
	return a
}
