package net

import (
	"slices"

	"tightrope/pkg/relax"
)

// Activation is an elementwise activation other than relu: a sigmoid, tanh or softplus.
type Activation struct{ Smooth *relax.Smooth }

func init() {
	for _, f := range relax.Smooths() {
		builders[f.Name] = func(LayerSpec) Layer { return Activation{f} }
	}
}

// Spec implements Layer.
func (a Activation) Spec() LayerSpec { return LayerSpec{Type: a.Smooth.Name} }

// Function implements Smooth.
func (a Activation) Function() *relax.Smooth { return a.Smooth }

// IsActivation reports whether a layer is a relu or a smooth activation.
func IsActivation(layer Layer) bool {
	switch layer.(type) {
	case Relu, Smooth:
		return true
	}
	return false
}

// Activations lists the vertices that are relus or smooth activations, in topological order: the order of all per-layer
// results.
func (n *Network) Activations() []int {
	var at []int
	for i, v := range n.Vertices {
		if IsActivation(v.Layer) {
			at = append(at, i)
		}
	}
	return at
}

// ActivationAt is the place of a vertex among the activations, from 0 in topological order; -1 if it is none.
func (n *Network) ActivationAt(vertex int) int { return slices.Index(n.Activations(), vertex) }

// SmoothAt is the function of activation k; nil if it is a relu.
func (n *Network) SmoothAt(k int) *relax.Smooth {
	if layer, ok := n.Vertices[n.Activations()[k]].Layer.(Smooth); ok {
		return layer.Function()
	}
	return nil
}

// Smooths are the names of the network's activations other than relu, each once, in order of appearance.
func (n *Network) Smooths() (names []string) {
	for _, v := range n.Vertices {
		if layer, ok := v.Layer.(Smooth); ok && !slices.Contains(names, layer.Function().Name) {
			names = append(names, layer.Function().Name)
		}
	}
	return names
}
