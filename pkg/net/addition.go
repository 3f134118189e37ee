package net

// Addition sums its inputs, all of one shape: the end of a residual block.
type Addition struct{}

func (Addition) sum() {}

// Spec implements Layer.
func (Addition) Spec() LayerSpec { return LayerSpec{Type: "add"} }
