package onnx

import (
	"encoding/binary"
	"fmt"
	"math"

	"tightrope/pkg/internal/halves"

	"github.com/gomlx/compute-onnx/support/protos"
)

// decode reads a tensor of at most limit values. It returns an error for types that are not supported, values stored in
// other files, a number of values that does not fit the shape, and NaN.
func decode(p *protos.TensorProto, limit int) (*Tensor, error) {
	if p.DataLocation != protos.TensorProto_DEFAULT || len(p.ExternalData) > 0 {
		return nil, fmt.Errorf("its values are in another file (external data): save the model as one file, " +
			"onnx.save(model, path, save_as_external_data=False)")
	}
	if p.Segment != nil {
		return nil, fmt.Errorf("it is stored in segments: save the model again with a current version of onnx")
	}
	t := &Tensor{Shape: make([]int, len(p.Dims)), Type: Type(p.DataType)}
	for i, d := range p.Dims {
		if d < 0 || d > math.MaxInt32 {
			return nil, fmt.Errorf("its shape is %v: sizes must be from 0 to 2^31-1", p.Dims)
		}
		t.Shape[i] = int(d)
	}
	size, err := sizeOf(t.Shape, limit)
	if err != nil {
		return nil, err
	}
	if err := t.fill(p, size); err != nil {
		return nil, err
	}
	if i := t.nan(); i >= 0 {
		return nil, fmt.Errorf("its value %d is NaN: train or export the network again", i)
	}
	return t, nil
}

// fill decodes the values from raw bytes or from the field of the tensor's type.
func (t *Tensor) fill(p *protos.TensorProto, size int) error {
	fields := map[string]int{"raw_data": len(p.RawData), "float_data": len(p.FloatData), "int32_data": len(p.Int32Data),
		"int64_data": len(p.Int64Data), "double_data": len(p.DoubleData), "uint64_data": len(p.Uint64Data),
		"string_data": len(p.StringData)}
	field, width := layout(t.Type)
	if width == 0 {
		return fmt.Errorf("its type is %v: convert it to float, double, float16, bfloat16, int64, int32 or "+
			"bool", t.Type)
	}
	if fields["raw_data"] > 0 || fields[field] == 0 {
		field = "raw_data"
		size *= width
	}
	for name, n := range fields {
		if name == field && n != size {
			return fmt.Errorf("its shape %v needs a %s of length %d, but there are %d: the file is damaged; export it "+
				"again", t.Shape, field, size, n)
		}
		if name != field && n > 0 {
			return fmt.Errorf("it has values in %s, but values of type %v belong in %s: export it again", name, t.Type,
				field)
		}
	}
	if field == "raw_data" {
		t.raw(p.RawData, width)
		return nil
	}
	t.typed(p)
	return nil
}

// layout returns the field that holds values of a type, and the bytes of one value in raw_data; 0 if the type is not
// supported.
func layout(t Type) (field string, width int) {
	switch t {
	case Float32:
		return "float_data", 4
	case Float64:
		return "double_data", 8
	case Float16, BFloat16:
		return "int32_data", 2
	case Int64:
		return "int64_data", 8
	case Int32:
		return "int32_data", 4
	case Bool:
		return "int32_data", 1
	}
	return "", 0
}

// raw decodes little-endian bytes.
func (t *Tensor) raw(b []byte, width int) {
	n := len(b) / width
	order := binary.LittleEndian
	switch t.Type {
	case Float32:
		t.F32 = made(n, func(i int) float32 { return math.Float32frombits(order.Uint32(b[4*i:])) })
	case Float64:
		t.F64 = made(n, func(i int) float64 { return math.Float64frombits(order.Uint64(b[8*i:])) })
	case Float16:
		t.F32 = made(n, func(i int) float32 { return halves.Half(order.Uint16(b[2*i:])) })
	case BFloat16:
		t.F32 = made(n, func(i int) float32 { return halves.Brain(order.Uint16(b[2*i:])) })
	case Int64:
		t.Ints = made(n, func(i int) int64 { return int64(order.Uint64(b[8*i:])) })
	case Int32:
		t.Ints = made(n, func(i int) int64 { return int64(int32(order.Uint32(b[4*i:]))) })
	case Bool:
		t.Ints = made(n, func(i int) int64 { return int64(min(b[i], 1)) })
	}
}

// typed copies the values from the field of the tensor's type.
func (t *Tensor) typed(p *protos.TensorProto) {
	switch t.Type {
	case Float32:
		t.F32 = p.FloatData
	case Float64:
		t.F64 = p.DoubleData
	case Float16:
		t.F32 = made(len(p.Int32Data), func(i int) float32 { return halves.Half(uint16(p.Int32Data[i])) })
	case BFloat16:
		t.F32 = made(len(p.Int32Data), func(i int) float32 { return halves.Brain(uint16(p.Int32Data[i])) })
	case Int64:
		t.Ints = p.Int64Data
	case Int32:
		t.Ints = made(len(p.Int32Data), func(i int) int64 { return int64(p.Int32Data[i]) })
	case Bool:
		t.Ints = made(len(p.Int32Data), func(i int) int64 {
			return int64(min(max(p.Int32Data[i], -p.Int32Data[i]),
				1))
		})
	}
}

func made[T any](n int, value func(int) T) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = value(i)
	}
	return s
}
