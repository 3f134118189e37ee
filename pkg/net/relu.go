package net

import "fmt"

// ReLU is a = max(z, 0).
type ReLU struct{}

func (ReLU) relu() {}

// Spec implements Layer.
func (ReLU) Spec() LayerSpec { return LayerSpec{Type: "relu"} }

// OutShape implements Layer.
func (ReLU) OutShape(in ...[]int) ([]int, error) {
	if len(in) != 1 {
		return nil, fmt.Errorf("relu has one input, not %d", len(in))
	}
	return in[0], nil
}

// ParamShapes implements Layer.
func (ReLU) ParamShapes([]int) []ParamShape { return nil }
