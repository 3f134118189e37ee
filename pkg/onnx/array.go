package onnx

// Real is a precision of evaluation.
type Real interface{ float32 | float64 }

// array is a value while it is computed: floating-point numbers or integers.
type array[T Real] struct {
	shape  []int
	floats []T
	ints   []int64
}

// newArray takes memory for a value.
func newArray[T Real](v *Value) *array[T] {
	a := &array[T]{shape: v.Shape}
	if v.Type.Float() {
		a.floats = make([]T, v.Size())
	} else {
		a.ints = make([]int64, v.Size())
	}
	return a
}

// arrayOf is a constant in a precision.
func arrayOf[T Real](t *Tensor) *array[T] {
	return &array[T]{shape: t.Shape, floats: convert[T](t), ints: t.Ints}
}
