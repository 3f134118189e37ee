package onnx

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tightrope/pkg/model"
)

// Folded is a graph that has been turned into layers.
type Folded struct {
	Model *model.Model
	// Input maps each value of the model's input to a value of the graph's input, for networks whose images have their
	// channels last; nil if the order is the same.
	Input []int32
	// Rounded names the nodes whose constants were combined with a result that is not exactly a float64. The model's
	// outputs then differ from the graph's by rounding. If it is empty, both are equal in real arithmetic.
	Rounded []string
}

// Fold turns a graph into layers that are equal to it in real arithmetic. Gemm, MatMul and Conv (with any groups,
// dilations and padding) become dense and convolution layers. Elementwise arithmetic with constants becomes
// normalisations and biases, and operations that only move values become an order of weights. Other piecewise linear
// operations (Abs, LeakyRelu, PRelu, Clip, HardSigmoid, Max, Min, MaxPool) become relus and sums whose intervals are as
// tight as those of the operation (see cert.Native). Sigmoid, Tanh and Softplus become layers of their own. For
// operations that cannot become layers yet, it returns an error that names the node.
func Fold(g *Graph) (*Folded, error) {
	f := newFolder(g, []int{g.Values[g.Input].Size()}, nil)
	m, err := f.model()
	if r := (*restart)(nil); errors.As(err, &r) {
		f = newFolder(g, r.shape, r.order)
		m, err = f.model()
	}
	if err != nil {
		return nil, fmt.Errorf("network %.60q as layers: %w", g.Name, err)
	}
	folded := &Folded{Model: m, Input: f.order, Rounded: f.rounded}
	if slices.Equal(f.order, natural(len(f.order))) {
		folded.Input = nil
	}
	return folded, nil
}

// restart asks for another attempt with an input of channels, height and width, whose values come in the given order.
type restart struct {
	shape []int
	order []int32
}

func (r *restart) Error() string {
	return fmt.Sprintf("it needs its input as images of shape %v: put the convolution first", r.shape)
}

// layer is a future layer of the model, with the shape of its output.
type layer struct {
	spec         model.LayerSpec
	inputs       []int
	out          []int
	weight, bias []float64
}

// folder turns nodes into layers.
type folder struct {
	g       *Graph
	input   []int   // shape of the model's input
	order   []int32 // see [Folded]
	layers  []layer
	views   []*view        // by value; nil if it is constant, or not computed yet
	home    map[int]int    // from a layer with weights to the value that is its output
	units   map[unitOf]int // from a layer to its activation
	rounded []string
	node    *Node
	size    int // of the weights so far
}

func newFolder(g *Graph, input []int, order []int32) *folder {
	f := &folder{g: g, input: input, order: order, views: make([]*view, len(g.Values)), home: map[int]int{},
		units: map[unitOf]int{}}
	v := &view{layer: model.InputNode, index: natural(product(input))}
	for i, at := range order {
		v.index[at] = int32(i)
	}
	f.views[g.Input] = v
	return f
}

// natural returns 0, 1, ..., n-1.
func natural(n int) []int32 { return made(n, func(i int) int32 { return int32(i) }) }

// model folds all nodes and makes the model.
func (f *folder) model() (*model.Model, error) {
	for _, n := range f.g.Nodes {
		if f.g.Values[n.Out[0]].Const != nil {
			continue
		}
		f.node = n
		if err := f.fold(n); err != nil {
			return nil, fmt.Errorf("%v: %w", n, err)
		}
	}
	out, err := f.flat(f.views[f.g.Output])
	if err != nil {
		return nil, err
	}
	if out < 0 {
		return nil, fmt.Errorf("the output is a rearrangement of the input: there is nothing to verify")
	}
	return f.build(out)
}

// fold turns a node into layers, or into a view of an existing layer.
func (f *folder) fold(n *Node) error {
	if unit := f.unit(n); unit != nil {
		v, err := unit(f.views[n.In[0]])
		f.views[n.Out[0]] = v
		return err
	}
	switch n.Op {
	case "Max", "Min":
		return f.extremum(n)
	case "MaxPool":
		return f.maxPool(n)
	case "Gemm", "MatMul":
		return f.product(n)
	case "Conv":
		return f.conv(n)
	case "AveragePool", "GlobalAveragePool":
		return f.pool(n)
	case "BatchNormalization":
		return f.normalise(n)
	case "Add", "Sub", "Mul", "Div":
		return f.arithmetic(n)
	case "Cast":
		f.views[n.Out[0]] = f.views[n.In[0]]
		return nil
	}
	if n.Select != nil {
		return f.move(n)
	}
	return fmt.Errorf("this operation cannot become layers yet: replace it by operations with relu, or split the " +
		"network before it")
}

// unit returns the function that turns the input of an activation into its output; nil for other operations.
func (f *folder) unit(n *Node) func(*view) (*view, error) {
	switch n.Op {
	case "Relu":
		return f.relu
	case "Sigmoid", "Tanh", "Softplus":
		return func(v *view) (*view, error) { return f.activation(strings.ToLower(n.Op), v) }
	case "Abs":
		return func(v *view) (*view, error) { return f.leaky(v, []float64{-1}, nil) }
	case "LeakyRelu":
		alpha := n.run.plan.(float64)
		return func(v *view) (*view, error) { return f.leaky(v, []float64{alpha}, nil) }
	case "PRelu":
		return func(v *view) (*view, error) { return f.prelu(n, v) }
	case "Clip":
		p := n.run.plan.(bounds)
		return func(v *view) (*view, error) { return f.clip(v, p) }
	case "HardSigmoid":
		p := n.run.plan.(line)
		return func(v *view) (*view, error) { return f.hardSigmoid(v, p) }
	}
	return nil
}

// emit adds a layer and returns its index.
func (f *folder) emit(spec model.LayerSpec, weight, bias []float64, inputs ...int) (int, error) {
	spec, err := spec.Complete()
	if err != nil {
		return 0, err
	}
	shapes := made(len(inputs), func(k int) []int { return f.shape(inputs[k]) })
	out, params, err := spec.Shapes(shapes...)
	if err != nil {
		return 0, err
	}
	for k, data := range [][]float64{weight, bias} {
		if k < len(params) && data != nil && len(data) != model.Size(params[k].Shape) {
			return 0, fmt.Errorf("%d weights for a %s layer with %v: this is a bug in tightrope; report it with the "+
				"model", len(data), spec.Type, params[k].Shape)
		}
	}
	f.layers = append(f.layers, layer{spec, inputs, out, weight, bias})
	return len(f.layers) - 1, nil
}

// take counts the weights of a matrix of rows x columns before memory is allocated for them, and returns an error above
// the limit.
func (f *folder) take(rows, columns, limit int) error {
	limit = min(limit, f.g.options.MaxValues-f.size)
	if columns > 0 && rows > limit/columns {
		return fmt.Errorf("its layer would have %d x %d weights, which is too many: use a smaller network, raise "+
			"MaxValues, or let convolutions see their images in order", rows, columns)
	}
	f.size += rows * columns
	return nil
}

// shape returns the shape of a layer's output.
func (f *folder) shape(layer int) []int {
	if layer == model.InputNode {
		return f.input
	}
	return f.layers[layer].out
}

// build makes the model from the layers on which the output depends.
func (f *folder) build(out int) (*model.Model, error) {
	needed := make([]bool, len(f.layers))
	needed[out] = true
	for i := out; i >= 0; i-- {
		for _, from := range f.layers[i].inputs {
			if needed[i] && from >= 0 {
				needed[from] = true
			}
		}
	}
	at := map[int]int{model.InputNode: model.InputNode}
	a := model.Arch{Name: f.g.Name, Input: f.input}
	var kept []layer
	for i, l := range f.layers {
		if !needed[i] {
			continue
		}
		at[i] = len(kept)
		l.spec.Inputs = made(len(l.inputs), func(k int) int { return at[l.inputs[k]] })
		a.Layers = append(a.Layers, l.spec)
		kept = append(kept, l)
	}
	m, err := model.New(a)
	if err != nil {
		return nil, err
	}
	for i, l := range kept {
		for k, data := range [][]float64{l.weight, l.bias} {
			if data != nil {
				copy(m.Layers[i].Params[k].Data, data)
				m.Float64 = m.Float64 || slices.ContainsFunc(data,
					func(v float64) bool { return float64(float32(v)) != v })
			}
		}
	}
	return m, m.Validate()
}
