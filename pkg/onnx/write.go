package onnx

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"
	"google.golang.org/protobuf/proto"

	"tightrope/pkg/internal/atomicfile"
	"tightrope/pkg/model"
)

// Names of the input and the output of written graphs, and of the symbolic size of their first axis.
const (
	writtenInput  = "input"
	writtenOutput = "logits"
	writtenBatch  = "batch"
)

// The versions of the format that are written. Every runtime has read opset 13 since 2020.
const (
	writtenOpset = 13
	writtenIR    = 7
)

// Write writes a network as an ONNX file, atomically: input [batch, shape of a sample], output "logits" [batch,
// classes], in the precision of its weights. Normalisations with fixed statistics become a product and a sum for each
// channel. It returns an error if the file cannot be written or if a layer has no ONNX form.
func Write(path string, m *model.Model) error {
	content, err := Encode(m)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// Encode is like [Write], but returns the bytes of the file.
func Encode(m *model.Model) ([]byte, error) {
	w := &writer{model: m, graph: &protos.GraphProto{Name: m.Name}, kind: protos.TensorProto_FLOAT}
	if m.Float64 {
		w.kind = protos.TensorProto_DOUBLE
	}
	outputs := make([]string, len(m.Layers))
	for i, l := range m.Layers {
		inputs := make([]string, len(l.Inputs))
		for k, from := range l.Inputs {
			inputs[k] = writtenInput
			if from != model.InputNode {
				inputs[k] = outputs[from]
			}
		}
		outputs[i] = fmt.Sprintf("layer%d", i)
		if i == len(m.Layers)-1 {
			outputs[i] = writtenOutput
		}
		if err := w.layer(i, l, inputs, outputs[i]); err != nil {
			return nil, fmt.Errorf("layer %d (%s): %w", i, l.Spec.Text(), err)
		}
	}
	w.graph.Input = []*protos.ValueInfoProto{w.value(writtenInput, m.Input)}
	w.graph.Output = []*protos.ValueInfoProto{w.value(writtenOutput, m.Layers[len(m.Layers)-1].Out)}
	content, err := proto.MarshalOptions{Deterministic: true}.Marshal(&protos.ModelProto{
		IrVersion: writtenIR, ProducerName: "tightrope", Graph: w.graph,
		OpsetImport: []*protos.OperatorSetIdProto{{Version: writtenOpset}},
	})
	if err == nil && len(content) > math.MaxInt32 {
		err = fmt.Errorf("network %.60q takes %d bytes as ONNX, and no reader takes more than 2 GiB: store its "+
			"weights as float32", m.Name, len(content))
	}
	return content, err
}

// writer builds the graph of a network.
type writer struct {
	model *model.Model
	graph *protos.GraphProto
	kind  protos.TensorProto_DataType
}

// layer adds the nodes of one layer.
func (w *writer) layer(i int, l model.Layer, inputs []string, output string) error {
	s := l.Spec
	switch s.Type {
	case "dense":
		w.node("Gemm", output, append(inputs, w.params(l)...), integerAttribute("transB", 1))
	case "conv":
		w.node("Conv", output, append(inputs, w.params(l)...), windowAttributes(s)...)
	case "avgpool":
		w.node("AveragePool", output, inputs, append(windowAttributes(s), integerAttribute("count_include_pad", 1))...)
	case "relu":
		w.node("Relu", output, inputs)
	case "sigmoid":
		w.node("Sigmoid", output, inputs)
	case "tanh":
		w.node("Tanh", output, inputs)
	case "softplus":
		w.node("Softplus", output, inputs)
	case "flatten":
		w.node("Flatten", output, inputs)
	case "add":
		w.sum(inputs, output)
	case "normalize":
		w.channels(i, inputs[0], output, step{"Sub", s.Mean}, step{"Div", s.Std})
	case "batchnorm":
		w.channels(i, inputs[0], output, w.batchNorm(l)...)
	default:
		return fmt.Errorf("layers of type %s have no ONNX form here: replace them before the export", s.Type)
	}
	return nil
}

// node adds a node.
func (w *writer) node(op, output string, inputs []string, attributes ...*protos.AttributeProto) {
	w.graph.Node = append(w.graph.Node, &protos.NodeProto{
		Name: output, OpType: op, Input: inputs, Output: []string{output}, Attribute: attributes,
	})
}

// sum adds the inputs in order, two at a time.
func (w *writer) sum(inputs []string, output string) {
	sum := inputs[0]
	for k, other := range inputs[1:] {
		to := fmt.Sprintf("%s.%d", output, k)
		if k == len(inputs)-2 {
			to = output
		}
		w.node("Add", to, []string{sum, other})
		sum = to
	}
}

// step is an operation with one number for each channel.
type step struct {
	op     string
	values []float64
}

// channels adds a sequence of operations with one number for each channel.
func (w *writer) channels(layer int, input, output string, steps ...step) {
	shape := slices.Repeat([]int{1}, len(w.model.Layers[layer].Out))
	for k, s := range steps {
		shape[0] = len(s.values)
		to := fmt.Sprintf("%s.%d", output, k)
		if k == len(steps)-1 {
			to = output
		}
		w.node(s.op, to, []string{input, w.constant(fmt.Sprintf("%s.constant", to), shape, s.values)})
		input = to
	}
}

// batchNorm returns weight (x - mean)/sqrt(variance + epsilon) + bias for each channel.
func (w *writer) batchNorm(l model.Layer) []step {
	epsilon := l.Spec.Epsilon
	if epsilon == 0 {
		epsilon = model.DefaultEpsilon
	}
	scale, shift := slices.Clone(l.Params[0].Data), slices.Clone(l.Params[1].Data)
	for c := range scale {
		variance := 1.0
		if l.Spec.Variance != nil {
			variance = l.Spec.Variance[c]
		}
		scale[c] /= math.Sqrt(variance + epsilon)
	}
	steps := []step{{"Mul", scale}, {"Add", shift}}
	if l.Spec.Mean != nil {
		steps = slices.Insert(steps, 0, step{"Sub", l.Spec.Mean})
	}
	return steps
}

// params returns a layer's weight and bias as initialisers.
func (w *writer) params(l model.Layer) (names []string) {
	for _, p := range l.Params {
		names = append(names, w.constant(p.Name, p.Shape, p.Data))
	}
	return names
}

// constant adds an initialiser, in the precision of the weights, and returns its name.
func (w *writer) constant(name string, shape []int, values []float64) string {
	var raw []byte
	for _, v := range values {
		if w.model.Float64 {
			raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
		} else {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(v)))
		}
	}
	w.graph.Initializer = append(w.graph.Initializer, &protos.TensorProto{
		Name: name, DataType: int32(w.kind), Dims: wide(shape), RawData: raw,
	})
	return name
}

// value describes the input or the output, with a batch of any size.
func (w *writer) value(name string, shape []int) *protos.ValueInfoProto {
	dims := []*protos.TensorShapeProto_Dimension{
		{Value: &protos.TensorShapeProto_Dimension_DimParam{DimParam: writtenBatch}},
	}
	for _, d := range shape {
		dims = append(dims, &protos.TensorShapeProto_Dimension{
			Value: &protos.TensorShapeProto_Dimension_DimValue{DimValue: int64(d)},
		})
	}
	return &protos.ValueInfoProto{Name: name, Type: &protos.TypeProto{Value: &protos.TypeProto_TensorType{
		TensorType: &protos.TypeProto_Tensor{ElemType: int32(w.kind), Shape: &protos.TensorShapeProto{Dim: dims}},
	}}}
}

// windowAttributes returns kernel, stride and padding as attributes.
func windowAttributes(s model.LayerSpec) []*protos.AttributeProto {
	pads := append(wide(s.Padding), wide(s.Padding)...)
	return []*protos.AttributeProto{
		integersAttribute("kernel_shape", wide(s.Kernel)), integersAttribute("strides", wide(s.Stride)),
		integersAttribute("pads", pads),
	}
}

// wide converts sizes to the integers that ONNX uses.
func wide(sizes []int) []int64 {
	out := make([]int64, len(sizes))
	for i, n := range sizes {
		out[i] = int64(n)
	}
	return out
}

func integerAttribute(name string, v int64) *protos.AttributeProto {
	return &protos.AttributeProto{Name: name, Type: protos.AttributeProto_INT, I: v}
}

func integersAttribute(name string, v []int64) *protos.AttributeProto {
	return &protos.AttributeProto{Name: name, Type: protos.AttributeProto_INTS, Ints: v}
}
