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

// Layer are means of one relu layer over samples and other classes.
type Layer struct {
	D, R            float64
	Units           int
	Unstable, Tight float64 // neurons a sample: unstable, and those of them on a touching point
}

// Report answers Proposition 1 on data: how tight the relaxation is at its own optimum, layer by layer.
type Report struct {
	Technique string
	Samples   int
	D, R      float64 // means over samples and other classes
	Layers    []Layer
	// Gap is the largest |d| of a sample and class where r is 0 (to rounding): 0 by Proposition 1.
	Gap float64
	// TightRows is how many of all sample-class pairs have r = 0, up to TightTolerance of each neuron.
	TightRows, Rows int
}

// Measurement is the graph of a [Report] for one network, technique and ball.
type Measurement struct {
	net       *net.Network
	technique bound.Technique
	ball      ball.Ball
	options   Options
	batch     int
	exec      *Exec
	params    []any
}

// NewMeasurement prepares a report; technique nil means Fast-Lin. IBP has no optimal input and is an error.
func NewMeasurement(backend compute.Backend, network *net.Network, technique bound.Technique, b ball.Ball, options Options) (*Measurement, error) {
	if technique == nil {
		technique = bound.FastLin{}
	}
	if _, ok := technique.(bound.IBP); ok {
		return nil, fmt.Errorf("IBP has no optimal input x*: measure the tightness of Fast-Lin, CROWN or CROWN-IBP")
	}
	if err := b.Validate(); err != nil {
		return nil, err
	}
	if err := network.ValidateParams(); err != nil {
		return nil, err
	}
	m := &Measurement{net: network, technique: technique, ball: b, options: options, batch: 50}
	for _, t := range network.Tensors() {
		m.params = append(m.params, t)
	}
	var err error
	m.exec, err = NewExec(backend, m.graph)
	return m, err
}

// Close frees the compiled graph.
func (m *Measurement) Close() { m.exec.Finalize() }

// graph returns d, r [batch, classes-1], and for each relu d, r, unstable, tight of the same shape.
func (m *Measurement) graph(args []*Node) []*Node {
	x, labels := args[0], args[1]
	s := m.net.On(args[2:])
	p := &bound.Problem{Net: s, Region: region.At(m.ball, x), Spec: bound.OtherMargins(labels, m.net.Classes(), x)}
	ind := Measure(p, m.technique.Bound(p), m.options)
	out := []*Node{ind.D, ind.R}
	for k := range ind.DLayers {
		for _, v := range []*Node{ind.DLayers[k], ind.RLayers[k], ind.Unstable[k], ind.Tight[k]} {
			out = append(out, BroadcastToDims(v, ind.D.Shape().Dimensions...))
		}
	}
	return out
}

// Measure reports on samples; x holds len(labels) inputs, one after another.
func (m *Measurement) Measure(x []float64, labels []int32) (*Report, error) {
	if len(labels) == 0 {
		return nil, fmt.Errorf("no samples to measure: give at least one")
	}
	if err := bound.CheckSamples(m.net, m.ball, x, labels); err != nil {
		return nil, err
	}
	r := &Report{Technique: m.technique.Name(), Layers: make([]Layer, len(m.net.Relus()))}
	for k, v := range m.net.Relus() {
		r.Layers[k].Units = size(m.net.ShapeOf(v))
	}
	n := m.net.InputSize()
	for from := 0; from < len(labels); from += m.batch {
		to := min(from+m.batch, len(labels))
		if err := m.chunk(r, x[from*n:to*n], labels[from:to]); err != nil {
			return nil, fmt.Errorf("tightness of network %q: %w", m.net.Name, err)
		}
	}
	r.average()
	return r, nil
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// chunk adds one batch, padded by its first sample, to the sums.
func (m *Measurement) chunk(r *Report, x []float64, labels []int32) error {
	n := m.net.InputSize()
	xs, ys := append([]float64{}, x...), append([]int32{}, labels...)
	for len(ys) < m.batch {
		xs, ys = append(xs, x[:n]...), append(ys, labels[0])
	}
	dims := append([]int{m.batch}, m.net.Input...)
	args := append([]any{bound.FloatTensor(xs, m.net.DType, dims...), tensors.FromFlatDataAndDimensions(ys, len(ys))}, m.params...)
	out, err := m.exec.Call(args...)
	if err != nil {
		return err
	}
	values := make([][]float64, len(out))
	for i, t := range out {
		values[i] = make([]float64, t.Size())
		if err := bound.ReadFloats(values[i], t); err != nil {
			return err
		}
		t.MustFinalizeAll()
	}
	r.add(values, len(labels)*(m.net.Classes()-1), len(labels))
	return nil
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
