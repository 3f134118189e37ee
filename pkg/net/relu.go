package net

// ReLU is a = max(z, 0).
type ReLU struct{}

func (ReLU) relu() {}

// Spec implements Layer.
func (ReLU) Spec() LayerSpec { return LayerSpec{Type: "relu"} }
