package onnxgen

import (
	"github.com/gomlx/compute-onnx/support/protos"
	"google.golang.org/protobuf/proto"
)

// Affine is y = x Weight + Bias, Weight [inputs][outputs].
type Affine struct {
	Weight [][]float32
	Bias   []float32
}

// Chain writes affine maps with an operation of one input, such as Sigmoid, after each of them but the last, as an ONNX
// file.
func Chain(operation string, maps ...Affine) []byte {
	b := &builder{nil, &protos.GraphProto{Name: "chain"}}
	b.graph.Input = []*protos.ValueInfoProto{value("x", len(maps[0].Weight))}
	last := "x"
	for i, m := range maps {
		if i > 0 {
			last = b.node(operation, last)
		}
		var weight []float32
		for _, row := range m.Weight {
			weight = append(weight, row...)
		}
		last = b.node("MatMul", last, b.tensor(weight, len(m.Weight), len(m.Bias)))
		last = b.node("Add", last, b.tensor(m.Bias, len(m.Bias)))
	}
	b.graph.Output = []*protos.ValueInfoProto{value(last, len(maps[len(maps)-1].Bias))}
	return b.file()
}

// file is the graph as a file's content.
func (b *builder) file() []byte {
	content, err := proto.Marshal(&protos.ModelProto{IrVersion: 7, Graph: b.graph,
		OpsetImport: []*protos.OperatorSetIdProto{{Version: 13}}})
	if err != nil {
		panic(err) // a graph of plain values is always written
	}
	return content
}
