package onnx

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
	"google.golang.org/protobuf/proto"
)

// caseModel is a model of testdata/cases, to be changed.
func caseModel(t testing.TB, name string) *protos.ModelProto {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/cases", name+".onnx"))
	if err != nil {
		t.Fatal(err)
	}
	m := &protos.ModelProto{}
	if err := proto.Unmarshal(b, m); err != nil {
		t.Fatal(err)
	}
	return m
}

// parse reads a model from memory.
func parse(t testing.TB, m *protos.ModelProto, o Options) (*Graph, error) {
	t.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return Parse(b, o)
}

// integer is an attribute.
func integer(name string, v int64) *protos.AttributeProto {
	return &protos.AttributeProto{Name: name, Type: protos.AttributeProto_INT, I: v}
}

func integers(name string, v ...int64) *protos.AttributeProto {
	return &protos.AttributeProto{Name: name, Type: protos.AttributeProto_INTS, Ints: v}
}

func text(name, v string) *protos.AttributeProto {
	return &protos.AttributeProto{Name: name, Type: protos.AttributeProto_STRING, S: []byte(v)}
}

// give adds an attribute to the first node, or replaces it.
func give(a *protos.AttributeProto) func(*protos.GraphProto) {
	return func(g *protos.GraphProto) {
		var kept []*protos.AttributeProto
		for _, old := range g.Node[0].Attribute {
			if old.Name != a.Name {
				kept = append(kept, old)
			}
		}
		g.Node[0].Attribute = append(kept, a)
	}
}

// refusals are changes of models of testdata/cases, and a part of the message that refuses them. opset_13 has the nodes
// Conv, Relu, MaxPool, Flatten, Gemm.
var refusals = []struct {
	model, message string
	change         func(*protos.GraphProto)
}{
	{"opset_13", `node 1 (Softmax): this operation is not supported: replace it`,
		func(g *protos.GraphProto) { g.Node[1].OpType = "Softmax" }},
	{"opset_13", `node 1 (Relu, named "here"): its domain is "com.example": only`,
		func(g *protos.GraphProto) { g.Node[1].Name, g.Node[1].Domain = "here", "com.example" }},
	{"opset_13", `node 0 (Conv): its attribute "momentum" is not understood`, give(integer("momentum", 1))},
	{"opset_13", "attribute group is of type FLOAT, but must be INT",
		give(&protos.AttributeProto{Name: "group", Type: protos.AttributeProto_FLOAT, F: 1})},
	{"opset_13", "refers to an attribute of a function", give(&protos.AttributeProto{Name: "group", RefAttrName: "g"})},
	{"opset_13", `its attribute "pads" occurs twice`, func(g *protos.GraphProto) {
		g.Node[0].Attribute = append(g.Node[0].Attribute, g.Node[0].Attribute[0])
	}},
	{"conv_valid", "its auto_pad is \"SAME\"", give(text("auto_pad", "SAME"))},
	{"conv_same_upper", "both auto_pad and dilations", give(integers("dilations", 1, 2))},
	{"opset_13", "both auto_pad and pads", give(text("auto_pad", "VALID"))},
	{"opset_13", "pads is [-1 0 0 0]", give(integers("pads", -1, 0, 0, 0))},
	{"opset_13", "pads has 3 numbers", give(integers("pads", 1, 1, 1))},
	{"opset_13", "strides is [0 1]", give(integers("strides", 0, 1))},
	{"opset_13", "dilations is [1 4611686018427387904]", give(integers("dilations", 1, 1<<62))},
	{"opset_13", "kernel_shape does not fit", give(integers("kernel_shape", 2, 3))},
	{"opset_13", "its kernel spans 9 values", give(integers("dilations", 4, 1))},
	{"opset_13", "do not fit an input of shape [1 1 6 6] in 2 groups", give(integer("group", 2))},
	{"opset_13", "in 0 groups", give(integer("group", -5))},
	{"opset_13", "neither a node's result nor an initialiser",
		func(g *protos.GraphProto) { g.Node[1].Input[0] = "nowhere" }},
	{"opset_13", "its input 1 is missing", func(g *protos.GraphProto) { g.Node[0].Input[1] = "" }},
	{"opset_13", "it has 2 inputs, but must have 1:",
		func(g *protos.GraphProto) { g.Node[1].Input = []string{"x", "x"} }},
	{"opset_13", "part of a cycle", func(g *protos.GraphProto) { g.Node[1].Input[0] = g.Node[2].Output[0] }},
	{"opset_13", "is defined twice", func(g *protos.GraphProto) { g.Node[1].Output[0] = g.Node[0].Output[0] }},
	{"opset_13", "is defined twice",
		func(g *protos.GraphProto) { g.Initializer = append(g.Initializer, g.Initializer[0]) }},
	{"opset_13", "is declared twice", func(g *protos.GraphProto) { g.Input = append(g.Input, g.Input[0]) }},
	{"opset_13", "it has no output", func(g *protos.GraphProto) { g.Node[1].Output = nil }},
	{"opset_13", "no node makes the output", func(g *protos.GraphProto) { g.Output[0].Name = "nothing" }},
	{"opset_13", "has 0 inputs besides its weights", func(g *protos.GraphProto) { g.Input = nil }},
	{"opset_13", "has 2 outputs", func(g *protos.GraphProto) { g.Output = append(g.Output, g.Output[0]) }},
	{"opset_13", "does not depend on the input", func(g *protos.GraphProto) { g.Output[0].Name = "c0" }},
	{"opset_13", "without nodes", func(g *protos.GraphProto) { g.Node = nil }},
	{"opset_13", "declared with shape [1 5], but is of shape [1 4]", func(g *protos.GraphProto) {
		size(g.Output[0], 1, 5)
	}},
	{"opset_13", "only the first axis, the batch, may be of unknown size",
		func(g *protos.GraphProto) { size(g.Input[0], 2, 0) }},
	{"opset_13", "than the 134217632 that are left of MaxValues",
		func(g *protos.GraphProto) { size(g.Input[0], 2, 1<<30) }},
	{"opset_13", `initialiser "c0": its values are in another file`, func(g *protos.GraphProto) {
		g.Initializer[0].DataLocation = protos.TensorProto_EXTERNAL
	}},
	{"opset_13", "needs a raw_data of length 72, but there are 71", func(g *protos.GraphProto) {
		g.Initializer[0].RawData = g.Initializer[0].RawData[1:]
	}},
	{"opset_13", "it has values in float_data, but",
		func(g *protos.GraphProto) { g.Initializer[0].FloatData = []float32{1} }},
	{"opset_13", "its type is STRING", func(g *protos.GraphProto) { g.Initializer[0].DataType = 8 }},
	{"opset_13", "its type is 99", func(g *protos.GraphProto) { g.Initializer[0].DataType = 99 }},
	{"opset_13", "sizes must be from 0", func(g *protos.GraphProto) { g.Initializer[0].Dims[0] = -2 }},
	{"opset_13", "more values than the 134217728", func(g *protos.GraphProto) { g.Initializer[0].Dims[0] = 1 << 30 }},
	{"opset_13", "its value 0 is NaN",
		func(g *protos.GraphProto) { copy(g.Initializer[0].RawData, "\x00\x00\xc0\x7f") }},
	{"opset_13", `its input 1, "c0", is infinite at 0`, func(g *protos.GraphProto) {
		copy(g.Initializer[0].RawData, "\x00\x00\x80\x7f")
	}},
	{"opset_13", "sparse initialisers",
		func(g *protos.GraphProto) { g.SparseInitializer = []*protos.SparseTensorProto{{}} }},
	{"opset_13", "it is stored in segments", func(g *protos.GraphProto) {
		g.Initializer[0].Segment = &protos.TensorProto_Segment{}
	}},
	{"cast_activations", "converts values of the network to integers", give(integer("to", 7))},
	{"cast_activations", "it casts to STRING", give(integer("to", 8))},
	{"gather_places", "its index 0 is 3, but the axis has size 2", give(integer("axis", 2))},
	{"gather_places", "the axis 3 does not exist", give(integer("axis", 3))},
	{"reshape_rest", "cannot be given the shape [5 12]",
		func(g *protos.GraphProto) { copy(g.Initializer[0].RawData, "\x05") }},
	{"reshape_rest", "the shape [-2 -1] does not fit",
		func(g *protos.GraphProto) { copy(g.Initializer[0].RawData, "\xfe\xff\xff\xff\xff\xff\xff\xff") }},
	{"reshape_rest", "depends on the network's input", func(g *protos.GraphProto) { g.Node[0].Input[1] = "x" }},
	{"transpose_nchw", "perm [0 1 1 2] is not an order", give(integers("perm", 0, 1, 1, 2))},
	{"transpose_nchw", "perm [0 1 2] is not an order", give(integers("perm", 0, 1, 2))},
	{"squeeze_attribute", "but the size of this axis is not 1", give(integers("axes", 1))},
	{"squeeze_attribute", "the axis 0 occurs twice", give(integers("axes", -4, 0))},
	{"slice_attributes", "do not fit together", give(integers("starts", 1))},
	{"slice_attributes", "would have the shape [0 3] and no values", give(integers("ends", 1, -1))},
	{"split_attribute", "its 2 parts of sizes [1 3]", give(integers("split", 1, 3))},
	{"pad_attributes", `its mode is "reflect"`, give(text("mode", "reflect"))},
	{"pad_attributes", "cuts away all of axis 2", give(integers("pads", 0, 0, -2, 0, 0, 0, 0, 0))},
	{"dropout_mask", "its result 1", func(g *protos.GraphProto) { g.Output[0].Name = g.Node[0].Output[1] }},
	{"dropout_inputs", "training_mode, is missing or depends",
		func(g *protos.GraphProto) { g.Node[0].Input = []string{"x", "", "x"} }},
	{"batchnorm_15", "export the model for inference", give(integer("training_mode", 1))},
	{"batchnorm_7", "is not positive", func(g *protos.GraphProto) {
		copy(g.Initializer[3].RawData, "\x00\x00\x00\xbf")
	}},
	{"averagepool_counted_padded", "count_include_pad with windows beyond", func(g *protos.GraphProto) {
		give(integer("ceil_mode", 1))(g)
		give(integers("pads", 0, 0, 0, 0))(g)
		give(integers("kernel_shape", 2, 3))(g)
		give(integers("strides", 4, 4))(g)
		size(g.Input[0], 3, 6)
	}},
	{"averagepool_same", "both auto_pad and ceil_mode", give(integer("ceil_mode", 1))},
	{"maxpool_order", `"ceil_mode" is not understood (in this opset)`, give(integer("ceil_mode", 1))},
	{"averagepool_padded", `"dilations" is not understood (in this opset)`, give(integers("dilations", 1, 1))},
	{"averagepool_padded", "padding is as large as its kernel", give(integers("pads", 3, 0, 0, 0))},
	{"averagepool_dilated", "contains no value of the input", func(g *protos.GraphProto) {
		give(integers("kernel_shape", 2, 2))(g)
		give(integers("dilations", 1, 3))(g)
		size(g.Input[0], 3, 2)
	}},
	{"clip_attributes", "no number lies between its bounds",
		give(&protos.AttributeProto{Name: "min", Type: protos.AttributeProto_FLOAT, F: 2})},
	{"div_constant", "it divides by 0",
		func(g *protos.GraphProto) { copy(g.Initializer[0].RawData, make([]byte, 12)) }},
	{"add_constant", "do not fit together", func(g *protos.GraphProto) { g.Initializer[0].Dims = []int64{1, 1, 3} }},
	{"matmul_second", "do not fit: correct", func(g *protos.GraphProto) { g.Initializer[0].Dims = []int64{2, 3} }},
	{"double_model", "insert a Cast",
		func(g *protos.GraphProto) { g.Input[0].Type.GetTensorType().ElemType = 1 }},
	{"constant_node", "must have exactly one, its value", give(integer("value_int", 1))},
	{"constant_node", "its value is neither a tensor", func(g *protos.GraphProto) {
		g.Node[0].Attribute = []*protos.AttributeProto{text("value_string", "a")}
	}},
}

// size sets a declared size.
func size(v *protos.ValueInfoProto, axis int, n int64) {
	v.Type.GetTensorType().Shape.Dim[axis].Value = &protos.TensorShapeProto_Dimension_DimValue{DimValue: n}
}

// TestRefusals: each change is refused with its remedy, and the unchanged model is read.
func TestRefusals(t *testing.T) {
	for _, f := range refusals {
		m := caseModel(t, f.model)
		if _, err := parse(t, m, Options{}); err != nil {
			t.Errorf("%s, unchanged: %v", f.model, err)
		}
		f.change(m.Graph)
		if _, err := parse(t, m, Options{}); err == nil || !strings.Contains(err.Error(), f.message) {
			t.Errorf("%s: %v: want %q", f.model, err, f.message)
		}
	}
}

// TestModelRefusals are refusals of what is outside of the graph.
func TestModelRefusals(t *testing.T) {
	for message, change := range map[string]func(*protos.ModelProto){
		"has opset 6 (0: none)": func(m *protos.ModelProto) { m.OpsetImport[0].Version = 6 },
		"has opset 21":          func(m *protos.ModelProto) { m.OpsetImport[0].Version = 21 },
		"has opset 0":           func(m *protos.ModelProto) { m.OpsetImport = nil },
		"imports opset 13 and opset 12": func(m *protos.ModelProto) {
			m.OpsetImport = append(m.OpsetImport, &protos.OperatorSetIdProto{Version: 12})
		},
		"inline them":          func(m *protos.ModelProto) { m.Functions = []*protos.FunctionProto{{}} },
		"training information": func(m *protos.ModelProto) { m.TrainingInfo = []*protos.TrainingInfoProto{{}} },
		"no graph":             func(m *protos.ModelProto) { m.Graph = nil },
	} {
		m := caseModel(t, "opset_13")
		change(m)
		if _, err := parse(t, m, Options{}); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%v: want %q", err, message)
		}
	}
	m := caseModel(t, "opset_13")
	m.OpsetImport = append(m.OpsetImport, m.OpsetImport[0]) // as a file of the competition has it
	if _, err := parse(t, m, Options{}); err != nil {
		t.Errorf("the same opset twice: %v", err)
	}
}
