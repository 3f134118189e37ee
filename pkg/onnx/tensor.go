package onnx

import (
	"fmt"
	"math"

	"github.com/gomlx/compute-onnx/support/protos"
)

// Type is the type of a tensor's values. The numbers are those of the ONNX standard.
type Type int

// The supported types.
const (
	Float32  = Type(protos.TensorProto_FLOAT)
	Float64  = Type(protos.TensorProto_DOUBLE)
	Float16  = Type(protos.TensorProto_FLOAT16)
	BFloat16 = Type(protos.TensorProto_BFLOAT16)
	Int64    = Type(protos.TensorProto_INT64)
	Int32    = Type(protos.TensorProto_INT32)
	Bool     = Type(protos.TensorProto_BOOL)
)

// Float reports whether the values are floating-point numbers.
func (t Type) Float() bool { return t == Float32 || t == Float64 || t == Float16 || t == BFloat16 }

// String returns the name of the type in the ONNX standard.
func (t Type) String() string { return protos.TensorProto_DataType(t).String() }

// Tensor is a constant of a graph: an array of numbers in row-major order, stored in one of the slices.
type Tensor struct {
	Shape []int
	Type  Type
	F32   []float32 // of the types Float32, Float16 and BFloat16, without rounding
	F64   []float64 // of the type Float64, and of constants that were computed
	Ints  []int64   // of the integer types, and of Bool (0 or 1)
}

// Size returns the number of values.
func (t *Tensor) Size() int { return len(t.F32) + len(t.F64) + len(t.Ints) }

// Float64s returns a copy of the values in float64, which needs no rounding; nil for integers.
func (t *Tensor) Float64s() []float64 { return convert[float64](t) }

// convert returns a tensor's floating-point values in a precision; it may share memory with the tensor.
func convert[T Real](t *Tensor) []T {
	if t.F64 != nil {
		return values[T](t.F64)
	}
	if t.F32 != nil {
		return values[T](t.F32)
	}
	return nil
}

// values converts a slice.
func values[T, S Real](from []S) []T {
	to := make([]T, len(from))
	for i, v := range from {
		to[i] = T(v)
	}
	return to
}

// finite returns the index of the first infinity among floating-point values, or -1 if there is none.
func (t *Tensor) infinite() int {
	for i, v := range t.F32 {
		if math.IsInf(float64(v), 0) {
			return i
		}
	}
	for i, v := range t.F64 {
		if math.IsInf(v, 0) {
			return i
		}
	}
	return -1
}

// nan returns the index of the first NaN among floating-point values, or -1 if there is none.
func (t *Tensor) nan() int {
	for i, v := range t.F32 {
		if v != v {
			return i
		}
	}
	for i, v := range t.F64 {
		if v != v {
			return i
		}
	}
	return -1
}

// sizeOf returns the number of values of a shape, computed without overflow. It returns an error above the limit.
func sizeOf(shape []int, limit int) (int, error) {
	n := 1
	for _, d := range shape {
		if d < 0 || d > 0 && n > limit/d {
			return 0, fmt.Errorf("the shape %v has a negative size, or more values than the %d that are left of "+
				"MaxValues: use a smaller one, or raise that", shape, limit)
		}
		n *= d
	}
	return n, nil
}
