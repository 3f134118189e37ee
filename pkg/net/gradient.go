package net

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// WithGradient returns value, a function of the inputs, with a custom gradient: vjp maps the gradient v, shaped like
// value, to the gradients of all inputs.
//
// GoMLX supports custom gradients on identities only. Therefore value and inputs are joined into one vector, to which
// the identity is applied, and value is cut out of it again; XLA optimises all of this away.
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
