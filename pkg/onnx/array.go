package onnx

// Real is a floating-point type in which a graph can be evaluated.
type Real interface{ float32 | float64 }

// array is a value of the graph during evaluation: floating-point numbers or integers.
type array[T Real] struct {
	shape  []int
	floats []T
	ints   []int64
}

// newArray allocates memory for a value.
func newArray[T Real](v *Value) *array[T] {
	a := &array[T]{shape: v.Shape}
	if v.Type.Float() {
		a.floats = make([]T, v.Size())
	} else {
		a.ints = make([]int64, v.Size())
	}
	return a
}

// arrayOf converts a constant to a precision.
func arrayOf[T Real](t *Tensor) *array[T] {
	return &array[T]{shape: t.Shape, floats: convert[T](t), ints: t.Ints}
}
