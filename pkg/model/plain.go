package model

import (
	"fmt"
	"slices"
)

// sameShape is that of an activation.
func sameShape(s *LayerSpec, in [][]int) ([]int, error) {
	if len(in) != 1 {
		return nil, fmt.Errorf("%s has one input, not %d", s.Type, len(in))
	}
	return in[0], nil
}

// flatShape is that of a flatten: [channels, height, width] becomes [units], channels slowest.
func flatShape(s *LayerSpec, in [][]int) ([]int, error) {
	if len(in) != 1 {
		return nil, fmt.Errorf("%s has one input, not %d", s.Type, len(in))
	}
	return []int{Size(in[0])}, nil
}

// sumShape is that of a sum of inputs of one shape, the end of a residual block.
func sumShape(_ *LayerSpec, in [][]int) ([]int, error) {
	if len(in) < 2 {
		return nil, fmt.Errorf("add has %d input: name at least two layers in its inputs", len(in))
	}
	for _, s := range in[1:] {
		if !slices.Equal(s, in[0]) {
			return nil, fmt.Errorf("add of shapes %v and %v: use a 1x1 convolution on the skip connection to make "+
				"them equal", in[0], s)
		}
	}
	return in[0], nil
}
