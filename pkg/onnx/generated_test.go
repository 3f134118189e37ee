package onnx

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
)

// builder makes a random model node by node.
type builder struct {
	*rand.Rand
	graph *protos.GraphProto
	shape []int    // of the last value
	last  string   // its name
	names []string // of earlier values
	sizes [][]int  // their shapes
}

// constant adds an initialiser of random numbers, or of those given.
func (b *builder) constant(shape []int, values ...float32) string {
	name := fmt.Sprintf("c%d", len(b.graph.Initializer))
	t := &protos.TensorProto{Name: name, DataType: 1, FloatData: values}
	for _, d := range shape {
		t.Dims = append(t.Dims, int64(d))
	}
	if values == nil {
		t.FloatData = made(product(shape), func(int) float32 { return float32(b.NormFloat64()) })
	}
	b.graph.Initializer = append(b.graph.Initializer, t)
	return name
}

func (b *builder) ints(values ...int64) string {
	name := fmt.Sprintf("c%d", len(b.graph.Initializer))
	b.graph.Initializer = append(b.graph.Initializer,
		&protos.TensorProto{Name: name, DataType: 7, Dims: []int64{int64(len(values))}, Int64Data: values})
	return name
}

// node adds a node that reads the last value and others, with a result of a shape.
func (b *builder) node(op string, shape []int, attributes []*protos.AttributeProto, others ...string) {
	b.join(op, shape, attributes, append([]string{b.last}, others...)...)
}

func (b *builder) join(op string, shape []int, attributes []*protos.AttributeProto, inputs ...string) {
	b.names, b.sizes = append(b.names, b.last), append(b.sizes, b.shape)
	b.last, b.shape = fmt.Sprintf("v%d", len(b.graph.Node)), shape
	b.graph.Node = append(b.graph.Node, &protos.NodeProto{OpType: op, Input: inputs, Output: []string{b.last},
		Attribute: attributes})
}

// elementwise adds arithmetic with a constant, of the whole shape or broadcast along some axes, or a relu.
func (b *builder) elementwise() {
	shape := append([]int{}, b.shape...)
	for i := range shape {
		if b.IntN(2) == 0 {
			shape[i] = 1
		}
	}
	switch op := []string{"Add", "Sub", "Mul", "Div", "Relu", "Relu", "Abs", "LeakyRelu", "PRelu", "Clip", "Max",
		"Min", "Sigmoid", "Tanh", "Softplus"}[b.IntN(15)]; {
	case slices.Contains([]string{"Relu", "Abs", "LeakyRelu", "Sigmoid", "Tanh", "Softplus"}, op):
		b.node(op, b.shape, nil)
	case op == "Clip":
		both := []string{b.constant(nil, -0.5), b.constant(nil, 0.75)}
		both[b.IntN(2)] = []string{both[0], ""}[b.IntN(2)]
		b.node(op, b.shape, nil, both...)
	case op == "PRelu":
		b.node(op, b.shape, nil, b.constant(shape))
	case op == "Div":
		values := made(product(shape), func(int) float32 { return float32(0.5 + b.Float64()) })
		b.node(op, b.shape, nil, b.constant(shape, values...))
	case b.IntN(3) == 0:
		b.join(op, b.shape, nil, b.constant(shape), b.last)
	default:
		b.node(op, b.shape, nil, b.constant(shape))
	}
}

// biased adds a layer with weights but without bias, then a constant, and sometimes reads the layer a second time.
func (b *builder) biased() {
	c := b.shape[1]
	if len(b.shape) == 4 {
		b.node("Conv", []int{1, c, b.shape[2], b.shape[3]}, nil, b.constant([]int{c, c, 1, 1}))
	} else {
		b.node("MatMul", b.shape, nil, b.constant([]int{c, c}))
	}
	first := b.last
	shape := slices.Repeat([]int{1}, len(b.shape))
	shape[1] = c
	if b.IntN(3) == 0 {
		shape = b.shape
	}
	b.node("Add", b.shape, nil, b.constant(shape))
	if b.IntN(2) == 0 {
		b.node("Max", b.shape, nil, first)
	}
}

// branch adds the sum, difference, maximum or minimum of the last value and an earlier one of its shape, where there is
// one.
func (b *builder) branch() {
	for _, k := range b.Perm(len(b.names)) {
		if sameShape(b.sizes[k], b.shape) {
			b.node([]string{"Add", "Sub", "Max", "Min"}[b.IntN(4)], b.shape, nil, b.names[k])
			return
		}
	}
}

// rearrange moves values: an order of the axes, another shape, a part, zeros around, or another value beside it.
func (b *builder) rearrange() {
	a := 1 + b.IntN(len(b.shape)-1)
	shape := append([]int{}, b.shape...)
	switch b.IntN(7) {
	case 5, 6: // a permutation, or with repetitions
		places := made(shape[a], func(int) int64 { return int64(b.IntN(shape[a])) })
		if b.IntN(2) == 0 {
			for i, p := range b.Perm(shape[a]) {
				places[i] = int64(p)
			}
		}
		b.node("Gather", shape, []*protos.AttributeProto{integer("axis", int64(a))}, b.ints(places...))
	case 0:
		order := []int64{0}
		for i, o := range b.Perm(len(shape) - 1) {
			order = append(order, int64(o+1))
			shape[i+1] = b.shape[o+1]
		}
		b.node("Transpose", shape, []*protos.AttributeProto{integers("perm", order...)})
	case 1:
		shape = []int{1, product(shape)}
		b.node("Flatten", shape, nil)
	case 2:
		from := b.IntN(shape[a])
		to := from + 1 + b.IntN(shape[a]-from)
		shape[a] = to - from
		b.node("Slice", shape, nil, b.ints(int64(from)), b.ints(int64(to)), b.ints(int64(a)))
	case 3:
		pads := make([]int64, 2*len(shape))
		pads[a], pads[len(shape)+a] = int64(b.IntN(2)), int64(b.IntN(3))
		shape[a] += int(pads[a] + pads[len(shape)+a])
		others := []string{b.ints(pads...)}
		if b.IntN(3) == 0 {
			others = append(others, b.constant(nil, 0.25))
		}
		b.node("Pad", shape, nil, others...)
	case 4:
		other := []string{b.last, b.constant(shape)}[b.IntN(2)]
		shape[a] *= 2
		b.node("Concat", shape, []*protos.AttributeProto{integer("axis", int64(a))}, other)
	}
}

// weighted adds a layer with weights: of an image [1, channels, height, width] or of a row [1, n].
func (b *builder) weighted() {
	if len(b.shape) == 4 {
		b.image()
		return
	}
	n, m := b.shape[1], 1+b.IntN(5)
	switch b.IntN(3) {
	case 0:
		b.node("MatMul", []int{1, m}, nil, b.constant([]int{n, m}))
	case 1:
		attributes := []*protos.AttributeProto{integer("transB", 1)}
		if b.IntN(3) == 0 {
			attributes = append(attributes, &protos.AttributeProto{Name: "alpha", Type: protos.AttributeProto_FLOAT,
				F: 0.7})
		}
		b.node("Gemm", []int{1, m}, attributes, b.constant([]int{m, n}), b.constant([]int{m}))
	case 2:
		b.node("BatchNormalization", b.shape, nil, b.statistics(n)...)
	}
}

func (b *builder) statistics(n int) []string {
	variance := made(n, func(int) float32 { return float32(0.1 + b.Float64()) })
	return []string{b.constant([]int{n}), b.constant([]int{n}), b.constant([]int{n}), b.constant([]int{n}, variance...)}
}

// image adds a convolution of any kind, a pooling or a normalisation.
func (b *builder) image() {
	c := b.shape[1]
	switch b.IntN(6) {
	case 5: // zeros around, and a window in them
		h, w := b.shape[2]+2, b.shape[3]+1
		b.node("Pad", []int{1, c, h, w}, nil, b.ints(0, 0, 1, 0, 0, 0, 1, 1))
		op := []string{"MaxPool", "AveragePool", "GlobalAveragePool"}[b.IntN(3)]
		if op == "GlobalAveragePool" {
			b.node(op, []int{1, c, 1, 1}, nil)
			return
		}
		b.node(op, []int{1, c, h - 1, w - 1}, []*protos.AttributeProto{integers("kernel_shape", 2, 2)})
	case 4:
		op := []string{"MaxPool", "AveragePool"}[b.IntN(2)]
		b.node(op, []int{1, c, (b.shape[2] + 1) / 2, b.shape[3]}, []*protos.AttributeProto{
			integers("kernel_shape", 3, 2), integers("strides", 2, 1), integers("pads", 1, 0, 1, 1)})
	case 0:
		b.node("BatchNormalization", b.shape, nil, b.statistics(c)...)
	case 1:
		b.node("GlobalAveragePool", []int{1, c, 1, 1}, nil)
	default:
		group := 1
		if b.IntN(2) == 0 {
			group = c
		}
		out := group * (1 + b.IntN(2))
		var kernel, pads, strides, dilations []int64
		shape := []int{1, out}
		ends := make([]int64, 2)
		for i := range 2 {
			k, d, s := 1+b.IntN(3), 1+b.IntN(2), 1+b.IntN(2)
			begin := b.IntN(3)
			end := max(b.IntN(3), (k-1)*d+1-b.shape[2+i]-begin)
			kernel, dilations, strides = append(kernel, int64(k)), append(dilations, int64(d)), append(strides,
				int64(s))
			pads, ends[i] = append(pads, int64(begin)), int64(end)
			shape = append(shape, (b.shape[2+i]+begin+end-(k-1)*d-1)/s+1)
		}
		b.node("Conv", shape, []*protos.AttributeProto{integer("group", int64(group)), integers("strides", strides...),
			integers("dilations", dilations...), integers("pads", append(pads, ends...)...)},
			b.constant([]int{out, c / group, int(kernel[0]), int(kernel[1])}), b.constant([]int{out}))
	}
}

// model is a random model that ends in three logits.
func randomModel(r *rand.Rand) *protos.ModelProto {
	b := &builder{Rand: r, graph: &protos.GraphProto{Name: "random"}, last: "x"}
	b.shape = [][]int{{1, 2, 3, 4}, {1, 6}, {1, 4, 3, 2}, {1, 3, 3, 3}}[r.IntN(4)]
	b.graph.Input = []*protos.ValueInfoProto{value("x", b.shape)}
	for range 2 + r.IntN(5) {
		if len(b.shape) != 2 && len(b.shape) != 4 || product(b.shape) > 300 {
			break
		}
		[]func(){b.weighted, b.weighted, b.biased, b.elementwise, b.elementwise, b.rearrange, b.rearrange,
			b.branch}[r.IntN(8)]()
	}
	b.node("Flatten", []int{1, product(b.shape)}, nil)
	b.node("Gemm", []int{1, 3}, nil, b.constant([]int{b.shape[1], 3}), b.constant([]int{3}))
	b.graph.Output = []*protos.ValueInfoProto{value(b.last, b.shape)}
	return &protos.ModelProto{IrVersion: 8, Graph: b.graph, OpsetImport: []*protos.OperatorSetIdProto{{Version: 13}}}
}

// value declares a tensor.
func value(name string, shape []int) *protos.ValueInfoProto {
	s := &protos.TensorShapeProto{}
	for range shape {
		s.Dim = append(s.Dim, &protos.TensorShapeProto_Dimension{})
	}
	v := &protos.ValueInfoProto{Name: name, Type: &protos.TypeProto{Value: &protos.TypeProto_TensorType{
		TensorType: &protos.TypeProto_Tensor{ElemType: 1, Shape: s}}}}
	for i, d := range shape {
		size(v, i, int64(d))
	}
	return v
}

// TestFoldGenerated folds random models and compares their layers with the evaluator.
func TestFoldGenerated(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	folded, exact := 0, 0
	for k := range 3000 {
		m := randomModel(r)
		g, err := parse(t, m, Options{})
		if err != nil {
			t.Fatalf("model %d: %v", k, err)
		}
		f, err := Fold(g)
		if err != nil {
			t.Fatalf("model %d: %v\n%s", k, err, g.Describe())
		}
		folded++
		if len(f.Rounded) == 0 {
			exact++
		}
		for range 3 {
			x := made(g.Values[g.Input].Size(), func(int) float64 { return r.NormFloat64() })
			if d := compareFolded(t, g, f, x); d > 1e-9 {
				t.Fatalf("model %d: layers differ from the graph by %g\n%s\n%s", k, d, g.Describe(), f.Model.Arch())
			}
		}
	}
	if exact < folded/2 || exact == folded {
		t.Errorf("%d of %d models exactly: the models have become too simple, or too odd", exact, folded)
	}
}
