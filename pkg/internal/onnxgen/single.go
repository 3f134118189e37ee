package onnxgen

import (
	"github.com/gomlx/compute-onnx/support/protos"
	"google.golang.org/protobuf/proto"
)

// Single is a network of one input and one output: an activation of weight x + bias.
func Single(activation string, weight, bias float32) []byte {
	b := &builder{graph: &protos.GraphProto{Name: "single"}}
	b.graph.Input = []*protos.ValueInfoProto{value("x", 1)}
	for name, v := range map[string]float32{"weight": weight, "bias": bias} {
		b.graph.Initializer = append(b.graph.Initializer, &protos.TensorProto{Name: name, DataType: 1,
			Dims: []int64{1, 1}, FloatData: []float32{v}})
	}
	out := b.node(activation, b.node("Add", b.node("MatMul", "x", "weight"), "bias"))
	b.graph.Output = []*protos.ValueInfoProto{value(out, 1)}
	content, err := proto.Marshal(&protos.ModelProto{IrVersion: 7, Graph: b.graph,
		OpsetImport: []*protos.OperatorSetIdProto{{Version: 13}}})
	if err != nil {
		panic(err) // a graph of plain values is always written
	}
	return content
}
