package model

import "slices"

// Activations are the types of layers that are elementwise activations: relu, and the smooth ones.
func Activations() []string { return []string{"relu", "sigmoid", "tanh", "softplus"} }

// IsActivation reports whether a type of layer is an activation.
func IsActivation(layer string) bool { return slices.Contains(Activations(), layer) }
