package engine

import "tightrope/pkg/internal/floats"

// Batch is a few samples of many, filled up to one size by copies of their first, so that the shapes of a graph's
// arguments never change.
type Batch struct {
	First, Samples int       // of all samples: which is the first here, and how many follow with it
	X              []float64 // [size, input...] flat
	Labels         []int32   // [size]
}

// Batches cuts samples into batches of one size and calls f for each, until one gives an error: x holds len(labels)
// inputs, one after another.
func Batches[T ~float32 | ~float64](x []T, labels []int32, size int, f func(b Batch) error) error {
	for from := 0; from < len(labels); from += size {
		to := min(from+size, len(labels))
		n := len(x) / len(labels)
		b := Batch{from, to - from, PadRows(floats.Double(x[from*n:to*n]), n, size), PadRows(labels[from:to], 1, size)}
		if err := f(b); err != nil {
			return err
		}
	}
	return nil
}

// PadRows fills rows of a width up to a number of rows by copies of the first, in a new slice.
func PadRows[T any](rows []T, width, count int) []T {
	out := append(make([]T, 0, count*width), rows...)
	for len(out) < count*width {
		out = append(out, rows[:width]...)
	}
	return out
}
