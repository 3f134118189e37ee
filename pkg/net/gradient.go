package net

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// WithGradient is value, a function of the inputs, with a gradient of our own: vjp maps the gradient v, shaped like
// value, to that of every input.
//
// GoMLX takes custom gradients on identities only. So value and inputs become one vector, on which the identity acts,
// and value is cut out of it again; XLA removes all of that.
func WithGradient(value *Node, inputs []*Node, vjp func(v *Node) []*Node) *Node {
	n := value.Shape().Size()
	parts := []*Node{Reshape(StopGradient(value), n)}
	for _, x := range inputs {
		parts = append(parts, Reshape(x, x.Shape().Size()))
	}
	all := IdentityWithCustomGradient(Concatenate(parts, 0), func(_, v *Node) *Node {
		v = ReshapeLike(crop(v, 0, 0, n), value)
		gradients := []*Node{Zeros(v.Graph(), parts[0].Shape())}
		for i, g := range vjp(v) {
			gradients = append(gradients, ReshapeLike(g, parts[i+1]))
		}
		return Concatenate(gradients, 0)
	})
	return ReshapeLike(crop(all, 0, 0, n), value)
}
