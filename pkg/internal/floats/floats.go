// Package floats moves numbers between float64 slices, the form of all values on the host, and tensors of either
// precision.
package floats

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
)

// Double converts numbers to float64.
func Double[T ~float32 | ~float64](x []T) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// Tensor makes a tensor of a float precision; no dimensions make a scalar. The values are copied.
func Tensor(x []float64, dtype dtypes.DType, dimensions ...int) *tensors.Tensor {
	if dtype == dtypes.Float64 {
		return tensors.FromFlatDataAndDimensions(x, dimensions...)
	}
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return tensors.FromFlatDataAndDimensions(y, dimensions...)
}

// Read copies a float tensor of either precision. It returns an error for a tensor that cannot be read, e.g. because it
// was freed.
func Read(dst []float64, t *tensors.Tensor) error {
	if t.DType() == dtypes.Float64 {
		return tensors.ConstFlatData(t, func(flat []float64) { copy(dst, flat) })
	}
	return tensors.ConstFlatData(t, func(flat []float32) {
		for i, v := range flat {
			dst[i] = float64(v)
		}
	})
}

// Take reads tensors, [tensor][values], and frees them. It returns an error for one that cannot be read.
func Take(list []*tensors.Tensor) ([][]float64, error) {
	values := make([][]float64, len(list))
	for i, t := range list {
		values[i] = make([]float64, t.Size())
		if err := Read(values[i], t); err != nil {
			return nil, err
		}
	}
	Free(list)
	return values, nil
}

// Free frees tensors.
func Free(list []*tensors.Tensor) {
	for _, t := range list {
		t.MustFinalizeAll()
	}
}
