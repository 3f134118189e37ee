package onnx

import "fmt"

// strides returns the distances between neighbours along each axis of an array in row-major order.
func strides(shape []int) []int {
	s := make([]int, len(shape))
	n := 1
	for i := len(shape) - 1; i >= 0; i-- {
		s[i] = n
		n *= shape[i]
	}
	return s
}

// strided lists the places of the values of an array, when a step along axis i moves by strides[i].
func strided(shape, strides []int, start int) []int32 {
	n := 1
	for _, d := range shape {
		n *= d
	}
	index := make([]int32, n)
	coordinates := make([]int, len(shape))
	at := start
	for i := range index {
		index[i] = int32(at)
		for a := len(shape) - 1; a >= 0; a-- {
			coordinates[a]++
			at += strides[a]
			if coordinates[a] < shape[a] {
				break
			}
			at -= strides[a] * shape[a]
			coordinates[a] = 0
		}
	}
	return index
}

// broadcast returns the shape of an elementwise operation on two arrays: axes are aligned from the last one, and axes
// of size 1 are repeated.
func broadcast(a, b []int) ([]int, error) {
	if len(a) < len(b) {
		a, b = b, a
	}
	out := append([]int{}, a...)
	offset := len(a) - len(b)
	for i, d := range b {
		switch o := &out[offset+i]; {
		case *o == 1:
			*o = d
		case d != 1 && d != *o:
			return nil, fmt.Errorf("the shapes %v and %v do not fit together: correct the model", a, b)
		}
	}
	return out, nil
}

// spread lists the places to which an array's values go when it is broadcast to a shape; nil if each stays where it is.
func spread(from, to []int) []int32 {
	own := strides(from)
	s := make([]int, len(to))
	same := len(from) == len(to)
	offset := len(to) - len(from)
	for i, d := range from {
		if d != to[offset+i] {
			same = false
		}
		if d != 1 {
			s[offset+i] = own[i]
		}
	}
	if same {
		return nil
	}
	return strided(to, s, 0)
}

// pick returns the value at place i of an array that is broadcast.
func pick[E any](values []E, index []int32, i int) E {
	if index != nil {
		i = int(index[i])
	}
	return values[i]
}
