package onnx

import (
	"strings"
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
)

// TestIntegers checks the types of integers in both kinds of field.
func TestIntegers(t *testing.T) {
	for _, p := range []*protos.TensorProto{
		{DataType: int32(Int64), RawData: []byte("\xfe\xff\xff\xff\xff\xff\xff\xff")},
		{DataType: int32(Int64), Int64Data: []int64{-2}},
		{DataType: int32(Int32), RawData: []byte("\xfe\xff\xff\xff")},
		{DataType: int32(Int32), Int32Data: []int32{-2}},
	} {
		if v, err := decode(p, 1); err != nil || len(v.Ints) != 1 || v.Ints[0] != -2 {
			t.Errorf("%v: %v, %v", p, v, err)
		}
	}
	for _, p := range []*protos.TensorProto{{DataType: int32(Bool), RawData: []byte{7}},
		{DataType: int32(Bool), Int32Data: []int32{-3}}} {
		if v, err := decode(p, 1); err != nil || v.Ints[0] != 1 {
			t.Errorf("%v: %v, %v", p, v, err)
		}
	}
}

// TestDescribe: what was read is listed, with constants marked.
func TestDescribe(t *testing.T) {
	g, _ := readCase(t, "testdata/cases/symbolic_batch.onnx")
	for _, want := range []string{`ONNX graph "symbolic_batch" (IR version 7, opset 13, written by "tightrope")`,
		`input   "x" [1 1 6 6], FLOAT`, "0   Conv               [1 1 6 6], constant [2 1 3 3], constant [2] -> [1 2 " +
			"6 6]",
		"2   MaxPool            [1 2 6 6] -> [1 2 3 3]", `output  "v4_0" [1 4], FLOAT`, "96 weights"} {
		if text := g.Describe(); !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
