package tight

import (
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/internal/engine"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// Layer has the means of one relu layer over samples and other classes.
type Layer struct {
	D, R            float64
	Units           int
	Unstable, Tight float64 // neurons per sample: unstable, and those of them on a touching point
}

// Report applies Proposition 1 to data: it says how tight the relaxation is at its own optimum, layer by layer.
type Report struct {
	Technique string
	Samples   int
	D, R      float64 // means over samples and other classes
	Layers    []Layer
	// Gap is the largest |d| of a sample and class where r is 0 (to rounding): 0 by Proposition 1.
	Gap float64
	// TightRows is the number of sample-class pairs with r = 0, up to TightTolerance at each neuron; Rows is the number
	// of all pairs.
	TightRows, Rows int
}

// Measurement is the graph of a [Report] for one network, technique and ball.
type Measurement struct {
	program   *engine.Program
	graph     *engine.Compiled
	technique bound.Technique
	ball      ball.Ball
	options   Options
}

// samplesPerCall is the number of samples of one call.
const samplesPerCall = 50

// NewMeasurement prepares a report; technique nil means Fast-Lin. It returns an error for a technique that has no
// optimal input, such as IBP, and for an invalid ball or network.
func NewMeasurement(backend compute.Backend, network *net.Network, technique bound.Technique, b ball.Ball,
	options Options) (*Measurement, error) {
	technique, err := bound.WithOptimum(technique)
	if err != nil {
		return nil, err
	}
	m := &Measurement{technique: technique, ball: b, options: options}
	if m.program, err = engine.New(backend, network, b, "tightness of"); err != nil {
		return nil, err
	}
	m.graph, err = m.program.Compile(m.build)
	return m, err
}

// Use replaces the network by another one of the same architecture and precision, without compiling again. It returns
// an error for any other network, and for one that is not valid.
func (m *Measurement) Use(network *net.Network) error { return m.program.Use(network) }

// Close frees the compiled graph.
func (m *Measurement) Close() { m.program.Close() }

// build takes x and the labels; it returns d, r [batch, classes-1], and for each relu d, r, unstable, tight of the same
// shape.
func (m *Measurement) build(n *net.Symbolic, args []*Node) []*Node {
	x, labels := args[0], args[1]
	p := &bound.Problem{Net: n, Region: region.At(m.ball, x), Spec: bound.OtherMargins(labels, n.Classes(), x)}
	ind := Measure(p, m.technique.Bound(p), m.options)
	out := []*Node{ind.D, ind.R}
	for k := range ind.DLayers {
		for _, v := range []*Node{ind.DLayers[k], ind.RLayers[k], ind.Unstable[k], ind.Tight[k]} {
			out = append(out, BroadcastToDims(v, ind.D.Shape().Dimensions...))
		}
	}
	return out
}

// Measure reports on samples: x holds len(labels) inputs, one after another, [samples, input...]. It returns an error
// if there are none, for inputs outside the box or not finite, and labels that are not classes.
func (m *Measurement) Measure(x []float64, labels []int32) (*Report, error) {
	if len(labels) == 0 {
		return nil, fmt.Errorf("no samples to measure: give at least one")
	}
	if err := engine.Check(m.program, x, labels, m.ball.Eps); err != nil {
		return nil, err
	}
	network := m.program.Network()
	r := &Report{Technique: m.technique.Name(), Layers: make([]Layer, len(network.Activations()))}
	for k, v := range network.Activations() {
		r.Layers[k].Units = model.Size(network.ShapeOf(v))
	}
	err := engine.Batches(x, labels, samplesPerCall, func(b engine.Batch) error {
		values, err := m.graph.Values(m.program.Inputs(b.X), engine.Labels(b.Labels))
		if err == nil {
			r.add(values, b.Samples*(network.Classes()-1), b.Samples)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	r.average()
	return r, nil
}

func (r *Report) add(values [][]float64, rows, samples int) {
	r.Samples += samples
	r.Rows += rows
	for i := range rows {
		d, rr := values[0][i], values[1][i]
		r.D += d
		r.R += rr
		if r.tight(values, i) {
			r.TightRows++
			r.Gap = max(r.Gap, d, -d)
		}
		for k := range r.Layers {
			l, v := &r.Layers[k], values[2+4*k:]
			l.D += v[0][i]
			l.R += v[1][i]
			l.Unstable += v[2][i]
			l.Tight += v[3][i]
		}
	}
}

func (r *Report) average() {
	n := float64(r.Rows)
	r.D /= n
	r.R /= n
	for k := range r.Layers {
		l := &r.Layers[k]
		l.D, l.R, l.Unstable, l.Tight = l.D/n, l.R/n, l.Unstable/n, l.Tight/n
	}
}

// tight reports whether all unstable neurons of a row sit on a touching point, up to [TightTolerance].
func (r *Report) tight(values [][]float64, row int) bool {
	for k := range r.Layers {
		if unstable, tight := values[2+4*k+2][row], values[2+4*k+3][row]; unstable != tight {
			return false
		}
	}
	return true
}
