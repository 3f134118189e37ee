package onnx

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
)

// TestHalf checks float16 and bfloat16 numbers of every kind: normal, below the smallest normal one, zero, infinite.
func TestHalf(t *testing.T) {
	for bits, want := range map[uint16]float64{0x3c00: 1, 0xc000: -2, 0x3555: 0.333251953125, 0x7bff: 65504,
		0x0400: 0x1p-14, 0x03ff: 1023 * 0x1p-24, 0x0001: 0x1p-24, 0x8001: -0x1p-24, 0: 0, 0x7c00: math.Inf(1),
		0xfc00: math.Inf(-1)} {
		if got := float64(half(bits)); got != want {
			t.Errorf("float16 %#04x is %v, want %v", bits, got, want)
		}
	}
	if v := half(0x7e00); v == v {
		t.Errorf("float16 NaN is %v", v)
	}
	for v := range uint16(0x7c00) - 1 { // neighbours differ, in order
		if !(half(v) < half(v+1)) {
			t.Fatalf("float16 %#04x is not below its neighbour", v)
		}
	}
	for bits, want := range map[uint16]float32{0x3f80: 1, 0xbf80: -1, 0x4049: 3.140625} {
		if got := brain(bits); got != want {
			t.Errorf("bfloat16 %#04x is %v, want %v", bits, got, want)
		}
	}
}

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
		`input   "x" [1 1 6 6], FLOAT`, "0   Conv               [1 1 6 6], constant [2 1 3 3], constant [2] -> [1 2 6 6]",
		"2   MaxPool            [1 2 6 6] -> [1 2 3 3]", `output  "v4_0" [1 4], FLOAT`, "96 weights"} {
		if text := g.Describe(); !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
