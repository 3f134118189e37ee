package net

import (
	"fmt"

	"tightrope/pkg/relax"
)

// Visitor is implemented by propagators. Its methods compute, for a layer of each role, the value, the interval or the
// rows of the layer from those of its inputs. A new role is a new method here, so that no propagator compiles until it
// implements it.
type Visitor[T any] interface {
	// Linear is for y = W x + b, which reads one vertex.
	Linear(vertex int, layer Linear) T
	// Relu is for a = max(z, 0); k counts the network's activations from 0, in topological order.
	Relu(vertex, k int) T
	// Smooth is for a = f(z), for f another activation; k counts as for Relu.
	Smooth(vertex, k int, f *relax.Smooth) T
	// Sum is for the sum of all vertices that are read.
	Sum(vertex int) T
}

// Visit calls the method for the role of a vertex's layer. It panics, naming the visitor and the layer, if the layer
// has none of the roles: a propagator that guessed would compute bounds of another network.
func Visit[T any](n *Network, vertex int, v Visitor[T]) T {
	switch layer := n.Vertices[vertex].Layer.(type) {
	case Linear:
		return v.Linear(vertex, layer)
	case Relu:
		return v.Relu(vertex, n.ActivationAt(vertex))
	case Smooth:
		return v.Smooth(vertex, n.ActivationAt(vertex), layer.Function())
	case Sum:
		return v.Sum(vertex)
	default:
		panic(fmt.Errorf("%T cannot go through layer %d of network %q: %w", v, vertex, n.Name, checkRole(layer)))
	}
}

// checkRole returns an error unless a layer has exactly one role.
func checkRole(layer Layer) error {
	_, linear := layer.(Linear)
	_, relu := layer.(Relu)
	_, smooth := layer.(Smooth)
	_, sum := layer.(Sum)
	roles := 0
	for _, has := range []bool{linear, relu, smooth, sum} {
		if has {
			roles++
		}
	}
	if roles != 1 {
		return fmt.Errorf("a %T has %d of the roles Linear, Relu, Smooth and Sum: implement exactly one of them, "+
			"or add a role to net.Visitor", layer, roles)
	}
	return nil
}
