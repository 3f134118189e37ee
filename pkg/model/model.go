package model

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
)

// Layer is a layer in its place: what it reads, the shape of its output, its parameters.
type Layer struct {
	Spec   LayerSpec // complete
	Inputs []int     // indices of earlier layers, or [InputNode]
	Out    []int     // shape of its output
	Params []*Param  // weight, bias
}

// Model is a network: a directed acyclic graph of layers with their parameters. The last layer's output are the logits.
type Model struct {
	Name    string
	Input   []int // shape of one sample
	Float64 bool  // precision of the weights; else float32
	Layers  []Layer
	Origin  Origin   // what its file says of its training; no part of the hash
	Assumed []string // what its file does not tell and was assumed, for readers
	values  int      // of all parameters
}

// New makes a model with all parameters at their constants (0, or 1 for scales). It returns an error for layers that do
// not fit, layers that read themselves or later ones, layers that nothing reads, and an output that is not a list of
// logits. A network of one output is not a classifier (see [Model.Classifies]).
func New(a Arch) (*Model, error) {
	m := &Model{Name: a.Name, Input: slices.Clone(a.Input)}
	if err := m.build(a); err != nil {
		return nil, fmt.Errorf("architecture %q: %w", a.Name, err)
	}
	return m, nil
}

func (m *Model) build(a Arch) error {
	if len(a.Input) != 1 && len(a.Input) != 3 {
		return fmt.Errorf("input shape %v: use [units] or [channels, height, width]", a.Input)
	}
	if err := checkSize(a.Input); err != nil {
		return fmt.Errorf("input: %w", err)
	}
	for i, spec := range a.Layers {
		if err := m.append(spec); err != nil {
			return fmt.Errorf("layer %d: %w", i, err)
		}
	}
	return m.checkGraph()
}

// append adds a layer.
func (m *Model) append(spec LayerSpec) error {
	spec, err := spec.Complete()
	if err != nil {
		return err
	}
	at := len(m.Layers)
	inputs := spec.Inputs
	if len(inputs) == 0 {
		inputs = []int{at - 1}
	}
	shapes := make([][]int, len(inputs))
	for k, from := range inputs {
		if from < InputNode || from >= at {
			return fmt.Errorf("it reads layer %d: inputs must be earlier layers (or -1, the network's input)", from)
		}
		shapes[k] = m.ShapeOf(from)
	}
	out, params, err := spec.Shapes(shapes...)
	if err != nil {
		return err
	}
	for _, p := range params {
		m.values += Size(p.Shape)
	}
	if m.values > MaxParams {
		return fmt.Errorf("the network has more than %d parameters with this layer: use fewer or smaller layers",
			MaxParams)
	}
	spec.Inputs = nil
	m.Layers = append(m.Layers, Layer{Spec: spec, Inputs: slices.Clone(inputs), Out: out, Params: m.newParams(params)})
	return nil
}

// newParams makes parameters; layers with parameters are counted.
func (m *Model) newParams(shapes []ParamShape) (params []*Param) {
	group := 0
	for _, l := range m.Layers {
		if len(l.Params) > 0 {
			group++
		}
	}
	for _, s := range shapes {
		params = append(params, &Param{Name: fmt.Sprintf("%d.%s",
			group, s.Name), Shape: s.Shape, Data: slices.Repeat([]float64{s.Constant}, Size(s.Shape))})
	}
	return params
}

// checkGraph checks that the last layer gives logits and that every other one is read.
func (m *Model) checkGraph() error {
	if len(m.Layers) == 0 {
		return fmt.Errorf("there are no layers")
	}
	if out := m.Layers[len(m.Layers)-1].Out; len(out) != 1 {
		return fmt.Errorf("it ends in an output of shape %v: the last layer must give one logit for each class", out)
	}
	read := make([]bool, len(m.Layers)-1)
	for _, l := range m.Layers {
		for _, from := range l.Inputs {
			if from != InputNode {
				read[from] = true
			}
		}
	}
	if i := slices.Index(read, false); i >= 0 {
		return fmt.Errorf("layer %d (%s) is read by no other and is not the output: remove it, or name it among "+
			"the inputs of one", i, m.Layers[i].Spec.Type)
	}
	return nil
}

// Validate returns an error unless the model can be used: it checks the graph as [New] does, and that all weights are
// finite.
func (m *Model) Validate() error {
	if err := m.checkGraph(); err != nil {
		return fmt.Errorf("network %q: %w", m.Name, err)
	}
	for _, l := range m.Layers {
		for _, p := range l.Params {
			for i, v := range p.Data {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					return fmt.Errorf("network %q: %s[%d] is %v: weights must be finite", m.Name, p.Name, i, v)
				}
			}
		}
	}
	return nil
}

// Classifies returns an error for a network whose output is not one logit for each of at least two classes.
func (m *Model) Classifies() error {
	if out := m.Layers[len(m.Layers)-1].Out; Size(out) < 2 {
		return fmt.Errorf("network %q has one output: classes and margins need one logit for each of at least "+
			"2 classes", m.Name)
	}
	return nil
}

// ShapeOf is the output shape of a layer, or the input's for [InputNode].
func (m *Model) ShapeOf(layer int) []int {
	if layer == InputNode {
		return m.Input
	}
	return m.Layers[layer].Out
}

// Arch is the description without the weights.
func (m *Model) Arch() Arch {
	a := Arch{Name: m.Name, Input: m.Input}
	for i, l := range m.Layers {
		spec := l.Spec
		if len(l.Inputs) != 1 || l.Inputs[0] != i-1 {
			spec.Inputs = l.Inputs
		}
		a.Layers = append(a.Layers, spec)
	}
	return a
}

// Value is a weight in the network's precision: rounded to float32 unless that is float64.
func (m *Model) Value(v float64) float64 {
	if m.Float64 {
		return v
	}
	return float64(float32(v))
}

// HashVersion is the version of [Model.Hash]: what it covers, and in which order. A change must increase it and keep
// the former hash, so that older certificates can still be checked.
const HashVersion = 1

// Hash identifies the network in records and certificates: SHA-256, in hexadecimal, of the input shape, the layers with
// all their constants (not the name), the precision and every weight. It is of what the network computes, on
// inputs of its shape: neither the spelling of the architecture nor the names of the tensors nor [Model.Origin] change
// it.
func (m *Model) Hash() string {
	h := sha256.New()
	a := m.Arch()
	a.Name = ""
	fmt.Fprintf(h, "%s %s\n", a, map[bool]string{false: "Float32", true: "Float64"}[m.Float64])
	buffer := make([]byte, 8)
	for _, l := range m.Layers {
		for _, p := range l.Params {
			fmt.Fprintf(h, "%s %v\n", p.Name, p.Shape)
			for _, v := range p.Data {
				binary.LittleEndian.PutUint64(buffer, math.Float64bits(m.Value(v)))
				h.Write(buffer)
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
