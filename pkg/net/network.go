package net

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/internal/floats"
	"tightrope/pkg/model"
)

// Vertex is one layer in the network's graph and the vertices whose outputs it reads.
type Vertex struct {
	Layer  Layer
	Inputs []int // indices of earlier vertices, or InputNode
	Out    []int // output shape of one sample
	params int   // index of its first parameter in Network.Params
}

// Param is one parameter of a network, kept on the host in float64 (exact for float32 weights).
type Param struct {
	Name  string // "0.weight", "0.bias", "1.weight", ... in layer order
	Shape []int
	Data  []float64
	fanIn int
}

// Network is a directed acyclic graph of layers with its parameters. The last vertex is the output (the logits).
type Network struct {
	Name     string
	Input    []int        // shape of one sample: [units] or [channels, height, width]
	DType    dtypes.DType // Float32 (default) or Float64: precision of files and of graphs
	Vertices []Vertex
	Params   []*Param
	Origin   model.Origin // what a file says of its training; no part of the hash
}

// New returns an empty network with inputs of the given shape, [units] or [channels, height, width].
func New(name string, input ...int) *Network {
	return &Network{Name: name, Input: slices.Clone(input), DType: dtypes.Float32}
}

// Append adds a layer; without inputs it reads the vertex before it (the first one reads the network's input). It
// returns the new vertex's index. It returns an error for a layer with no role or several, inputs that are not there,
// and shapes that do not fit.
func (n *Network) Append(layer Layer, inputs ...int) (int, error) {
	at := len(n.Vertices)
	if len(inputs) == 0 {
		inputs = []int{at - 1}
	}
	shapes := make([][]int, len(inputs))
	for i, from := range inputs {
		if from < InputNode || from >= at {
			return 0, fmt.Errorf("layer %d reads layer %d: inputs must be earlier layers (or -1, the network's input)",
				at, from)
		}
		shapes[i] = n.ShapeOf(from)
	}
	if err := checkRole(layer); err != nil {
		return 0, fmt.Errorf("layer %d: %w", at, err)
	}
	spec, err := layer.Spec().Complete()
	if err != nil {
		return 0, fmt.Errorf("layer %d: %w", at, err)
	}
	out, params, err := spec.Shapes(shapes...)
	if err != nil {
		return 0, fmt.Errorf("layer %d: %w", at, err)
	}
	n.Vertices = append(n.Vertices, Vertex{Layer: layer, Inputs: slices.Clone(inputs), Out: out, params: len(n.Params)})
	n.addParams(params)
	return at, nil
}

func (n *Network) addParams(shapes []model.ParamShape) {
	if len(shapes) == 0 {
		return
	}
	group := 0
	if len(n.Params) > 0 {
		fmt.Sscanf(n.Params[len(n.Params)-1].Name, "%d.", &group)
		group++
	}
	for _, s := range shapes {
		data := slices.Repeat([]float64{s.Constant}, size(s.Shape))
		n.Params = append(n.Params, &Param{Name: fmt.Sprintf("%d.%s",
			group, s.Name), Shape: s.Shape, Data: data, fanIn: s.FanIn})
	}
}

// ShapeOf is the output shape of a vertex, or the input's for InputNode.
func (n *Network) ShapeOf(vertex int) []int {
	if vertex == InputNode {
		return n.Input
	}
	return n.Vertices[vertex].Out
}

// Classes is the number of outputs.
func (n *Network) Classes() int { return size(n.Vertices[len(n.Vertices)-1].Out) }

// InputSize is the number of values in one input.
func (n *Network) InputSize() int { return size(n.Input) }

// Relus lists the vertices that are relus, in topological order.
func (n *Network) Relus() []int {
	var at []int
	for i, v := range n.Vertices {
		if _, ok := v.Layer.(Relu); ok {
			at = append(at, i)
		}
	}
	return at
}

// HiddenUnits is the number of units of all activations, "n" in the scale of the indicator r.
func (n *Network) HiddenUnits() int {
	units := 0
	for _, i := range n.Activations() {
		units += size(n.Vertices[i].Out)
	}
	return units
}

// NumParams is the number of trainable values.
func (n *Network) NumParams() int {
	total := 0
	for _, p := range n.Params {
		total += len(p.Data)
	}
	return total
}

// ParamsOf are the parameters of one vertex.
func (n *Network) ParamsOf(vertex int) []*Param {
	end := len(n.Params)
	if vertex+1 < len(n.Vertices) {
		end = n.Vertices[vertex+1].params
	}
	return n.Params[n.Vertices[vertex].params:end]
}

// Validate returns an error unless the network can be used: it has layers, each read by another or the output, ends in
// a flat output of at least two classes, and holds only finite weights.
func (n *Network) Validate() error {
	m := n.Model()
	if err := m.Validate(); err != nil {
		return err
	}
	return m.Classifies()
}

// ValidateParams is [Network.Validate] for graphs of bounds, which need a parameter: it returns an error for a network
// without any.
func (n *Network) ValidateParams() error {
	if err := n.Validate(); err != nil {
		return err
	}
	if len(n.Params) == 0 {
		return fmt.Errorf("network %q has no parameters: bounds need at least one fully connected layer, "+
			"convolution or batch normalisation", n.Name)
	}
	return nil
}

func (n *Network) isFloat64() bool { return n.DType == dtypes.Float64 }

func (n *Network) setFloat64(double bool) {
	n.DType = dtypes.Float32
	if double {
		n.DType = dtypes.Float64
	}
}

// Clone is a deep copy of the parameters on the same layers.
func (n *Network) Clone() *Network {
	c := *n
	c.Vertices = slices.Clone(n.Vertices)
	c.Params = make([]*Param, len(n.Params))
	for i, p := range n.Params {
		q := *p
		q.Data = slices.Clone(p.Data)
		c.Params[i] = &q
	}
	return &c
}

// Tensors are the parameters as tensors of the network's precision, for the call of a graph built with [On].
func (n *Network) Tensors() []*tensors.Tensor {
	out := make([]*tensors.Tensor, len(n.Params))
	for i, p := range n.Params {
		out[i] = floats.Tensor(p.Data, n.DType, p.Shape...)
	}
	return out
}

// SetTensors copies trained values back, in the order of Params. It returns an error for another number of tensors, and
// for one of another shape.
func (n *Network) SetTensors(values []*tensors.Tensor) error {
	if len(values) != len(n.Params) {
		return fmt.Errorf("network %q has %d parameters, got %d", n.Name, len(n.Params), len(values))
	}
	for i, t := range values {
		p := n.Params[i]
		if !slices.Equal(t.Shape().Dimensions, p.Shape) {
			return fmt.Errorf("network %q: %s has shape %v, got %v", n.Name, p.Name, p.Shape, t.Shape().Dimensions)
		}
		if err := floats.Read(p.Data, t); err != nil {
			return err
		}
	}
	return nil
}
