package net

import (
	"fmt"
	"slices"
)

// Addition sums its inputs, all of one shape: the end of a residual block.
type Addition struct{}

func (Addition) sum() {}

// Spec implements Layer.
func (Addition) Spec() LayerSpec { return LayerSpec{Type: "add"} }

// OutShape implements Layer.
func (Addition) OutShape(in ...[]int) ([]int, error) {
	if len(in) < 2 {
		return nil, fmt.Errorf("add has %d input: name at least two layers in its inputs", len(in))
	}
	for _, s := range in[1:] {
		if !slices.Equal(s, in[0]) {
			return nil, fmt.Errorf("add of shapes %v and %v: use a 1x1 convolution on the skip connection to make them equal", in[0], s)
		}
	}
	return in[0], nil
}

// ParamShapes implements Layer.
func (Addition) ParamShapes([]int) []ParamShape { return nil }
