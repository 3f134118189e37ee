package onnx

import (
	"strings"
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
	"google.golang.org/protobuf/encoding/protowire"
)

// TestOrder: nodes in any order are read, and give the same output.
func TestOrder(t *testing.T) {
	m := caseModel(t, "opset_13")
	want, _ := readCase(t, "testdata/cases/opset_13.onnx")
	for i, j := 0, len(m.Graph.Node)-1; i < j; i, j = i+1, j-1 {
		m.Graph.Node[i], m.Graph.Node[j] = m.Graph.Node[j], m.Graph.Node[i]
	}
	g, err := parse(t, m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 36)
	x[7] = 1
	_, a := evaluate(t, g, x)
	_, b := evaluate(t, want, x)
	if difference(a, b) != 0 {
		t.Errorf("%v in another order, %v in the file's", a, b)
	}
	if s := g.Nodes[0].String(); s != "node 4 (Conv)" {
		t.Errorf("the first node is %s", s)
	}
}

// TestHostile: sizes are refused before memory is taken: the largest of these would need an exabyte.
func TestHostile(t *testing.T) {
	parts := func(n int, part []byte) []byte {
		var graph []byte
		for range n {
			graph = protowire.AppendBytes(protowire.AppendTag(graph, 1, protowire.BytesType), part)
		}
		return protowire.AppendBytes(protowire.AppendTag(nil, 7, protowire.BytesType), graph)
	}
	nested := []byte{}
	for range 100 { // a node's attribute's graph's node's ...
		attribute := protowire.AppendBytes(protowire.AppendTag(nil, 6, protowire.BytesType), nested)
		node := protowire.AppendBytes(protowire.AppendTag(nil, 5, protowire.BytesType), attribute)
		nested = protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), node)
	}
	for message, b := range map[string][]byte{
		"too many parts":        parts(1<<20+1, nil),
		"nested more than 20":   protowire.AppendBytes(protowire.AppendTag(nil, 7, protowire.BytesType), nested),
		"has a field 99":        protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 1),
		"not encoded correctly": protowire.AppendVarint(protowire.AppendTag(nil, 7, protowire.VarintType), 1),
		"ModelProto is damage":  {0xff},
	} {
		if _, err := Parse(b, Options{}); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%v: want %q", err, message)
		}
	}
	m := caseModel(t, "constant_of_shape")
	m.Graph.Node[1].Input[0] = "huge"
	m.Graph.Initializer = []*protos.TensorProto{{Name: "huge", DataType: 7, Dims: []int64{2},
		Int64Data: []int64{1 << 30, 1 << 30}}}
	if _, err := parse(t, m, Options{}); err == nil || !strings.Contains(err.Error(), "left of MaxValues") {
		t.Errorf("2^60 constants: %v", err)
	}
	for message, o := range map[string]Options{"raise MaxWork": {MaxWork: 500}, "left of MaxValues": {MaxValues: 200},
		"raise MaxBytes": {MaxBytes: 100}, "raise MaxMessages": {MaxMessages: 20}} {
		if _, err := parse(t, caseModel(t, "opset_13"), o); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%v: want %q", err, message)
		}
	}
}

// TestWrongInput: an evaluator refuses inputs of another size.
func TestWrongInput(t *testing.T) {
	g, _ := readCase(t, "testdata/cases/opset_13.onnx")
	_, err := NewEvaluator[float64](g).Run(make([]float64, 35))
	if err == nil || !strings.Contains(err.Error(), "reads 36") {
		t.Errorf("35 values: %v", err)
	}
}
