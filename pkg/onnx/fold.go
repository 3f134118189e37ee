package onnx

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tightrope/pkg/model"
)

// Folded is a graph as layers.
type Folded struct {
	Model *model.Model
	// Input says which value of the graph's input each value of the model's input is (for networks whose images have
	// their channels last); nil: the same.
	Input []int32
	// Rounded names the nodes with constants that had to be combined and whose result is no float64, so that the
	// model's outputs differ from the graph's by rounding; empty: they are equal in real arithmetic.
	Rounded []string
}

// Fold turns a graph into layers: Gemm, MatMul and Conv (any groups, dilations and padding) into dense and convolution
// layers, elementwise arithmetic with constants into normalisations and biases, movements of values into the order of
// weights, other piecewise linear operations (Abs, LeakyRelu, PRelu, Clip, HardSigmoid, Max, Min, MaxPool) into relus
// and sums, which are equal in real arithmetic (and whose intervals are the operation's, see cert.Native), and Sigmoid,
// Tanh and Softplus into layers of their own. It returns an error that names the node for what has no layers yet.
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

// restart asks for the input as channels, height and width, whose values come in an order.
type restart struct {
	shape []int
	order []int32
}

func (r *restart) Error() string {
	return fmt.Sprintf("it needs its input as images of shape %v: put the convolution first", r.shape)
}

// layer is a layer to be, and its output's shape.
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
	views   []*view        // by value; nil: constant, or not there yet
	home    map[int]int    // layer with weights -> the value that is its output
	units   map[unitOf]int // the activation of a layer
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

// natural is 0, 1, ..., n-1.
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

// fold turns a node into layers or a view of what is there.
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
	return fmt.Errorf("this operation has no layers yet: replace it by ones with relu, or split the network before it")
}

// unit is what turns the input of an activation into its output; nil for other operations.
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
			return 0, fmt.Errorf("%d weights for a %s layer with %v: this is a fault of the reader; report the model",
				len(data), spec.Type, params[k].Shape)
		}
	}
	f.layers = append(f.layers, layer{spec, inputs, out, weight, bias})
	return len(f.layers) - 1, nil
}

// take counts weights before memory is taken for them: rows of columns, at most a limit of them.
func (f *folder) take(rows, columns, limit int) error {
	limit = min(limit, f.g.options.MaxValues-f.size)
	if columns > 0 && rows > limit/columns {
		return fmt.Errorf("its layer would have %d x %d weights, which is too many: use a smaller network, raise "+
			"MaxValues, or let convolutions see their images in order", rows, columns)
	}
	f.size += rows * columns
	return nil
}

// shape is the shape of a layer's output.
func (f *folder) shape(layer int) []int {
	if layer == model.InputNode {
		return f.input
	}
	return f.layers[layer].out
}

// build makes the model of the layers that the output depends on.
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
