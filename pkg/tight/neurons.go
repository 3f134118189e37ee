package tight

import (
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/internal/engine"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// Neuron is one hidden neuron at the relaxed problem's optimum.
type Neuron struct {
	Layer, Unit  int     // activation and unit, from 0
	Smooth       string  // the name of an activation other than relu; empty: relu
	Lower, Upper float64 // l, u
	H            float64 // gradient h of the bound at the activation's output
	Slope        float64 // D of the line that the optimum uses
	Intercept    float64 // delta*, the adversary's choice: 0 on the lower line
	Z            float64 // z', the real network's pre-activation at x*
	Gap          float64 // its part of d, h (f(z') - D z' - delta*), f the activation
	Distance     float64 // of z' from the nearest touching point of its line, its part of n r; 0 if stable
	Unstable     bool    // l < 0 < u, of a smooth activation l < u
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

// Inspector analyses single samples, neuron by neuron, with one compiled graph.
type Inspector struct {
	program   *engine.Program
	graph     *engine.Compiled
	technique bound.Technique
	ball      ball.Ball
	options   Options
}

// NewInspector returns an inspector for a network; technique nil means Fast-Lin. It returns an error for a technique
// that has no optimal input, such as IBP, and for an invalid ball or network.
func NewInspector(backend compute.Backend, network *net.Network, technique bound.Technique, b ball.Ball,
	options Options) (*Inspector, error) {
	technique, err := bound.WithOptimum(technique)
	if err != nil {
		return nil, err
	}
	in := &Inspector{technique: technique, ball: b, options: options}
	if in.program, err = engine.New(backend, network, b, technique.Name()+" of"); err != nil {
		return nil, err
	}
	in.graph, err = in.program.Compile(in.build)
	return in, err
}

// Use replaces the network by another one of the same architecture and precision, without compiling again. It returns
// an error for any other network, and for one that is not valid.
func (in *Inspector) Use(network *net.Network) error { return in.program.Use(network) }

// Close frees the compiled graph.
func (in *Inspector) Close() { in.program.Close() }

// build takes x [1, input...], the label [1] and eps. It returns p_C, p_O(x*), r, each [1, classes-1],
// x*, and for each relu the eight numbers of its neurons, [1, classes-1, units].
func (in *Inspector) build(n *net.Symbolic, args []*Node) []*Node {
	x, labels, eps := args[0], args[1], args[2]
	p := &bound.Problem{Net: n, Region: region.AtEps(in.ball, x, eps), Spec: bound.OtherMargins(labels, n.Classes(), x)}
	result := in.technique.Bound(p)
	m := &measurement{Problem: p, result: result, options: in.options}
	ind := m.indicators()
	out := []*Node{result.Margins, m.po, ind.R, result.Trace.XStar()}
	for k, c := range result.Trace.Relus {
		l, u := m.bounds(k)
		distance, _ := m.distance(k)
		for _, v := range []*Node{InsertAxes(l, 1), InsertAxes(u, 1), c.H, c.Slope, c.Intercept, m.z[k], m.gaps(k),
			distance} {
			out = append(out, BroadcastToDims(v, m.z[k].Shape().Dimensions...))
		}
	}
	return out
}

// Inspect analyses a sample x [inputs] at a radius, in pixel units, for the margin over a class; class -1 means the one
// with the smallest bound. The radius of the inspector's ball is not used. It returns an error for an input outside the
// box or not finite, and a label or class that the network does not have.
func (in *Inspector) Inspect(x []float64, label int32, class int, eps float64) (*Anatomy, error) {
	if err := engine.Check(in.program, x, []int32{label}, eps); err != nil {
		return nil, err
	}
	classes := in.program.Network().Classes()
	if class == int(label) || class < -1 || class >= classes {
		return nil, fmt.Errorf("margin of label %d over class %d: use another of the classes 0 to %d, or -1 for "+
			"the one with the smallest bound", label, class, classes-1)
	}
	values, err := in.graph.Values(in.program.Inputs(x), engine.Labels([]int32{label}), in.program.Scalar(eps))
	if err != nil {
		return nil, err
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
	rows := in.program.Network().Classes() - 1
	part := func(v []float64) []float64 { n := len(v) / rows; return v[row*n : (row+1)*n] }
	a := &Anatomy{Class: class, Bound: values[0][row], PO: values[1][row], R: values[2][row], XStar: part(values[3])}
	for k, v := 0, values[4:]; len(v) > 0; k, v = k+1, v[8:] {
		smooth := ""
		if f := in.program.Network().SmoothAt(k); f != nil {
			smooth = f.Name
		}
		for j, l := range part(v[0]) {
			at := func(i int) float64 { return part(v[i])[j] }
			n := Neuron{Layer: k, Unit: j, Smooth: smooth, Lower: l, Upper: at(1), H: at(2), Slope: at(3),
				Intercept: at(4), Z: at(5), Gap: at(6), Distance: at(7)}
			n.Unstable = n.Lower < 0 && n.Upper > 0 || smooth != "" && n.Lower < n.Upper
			n.Tight = n.Unstable && n.Distance <= TightTolerance*max(n.Upper-n.Lower, 1)
			a.Neurons = append(a.Neurons, n)
		}
	}
	return a
}
