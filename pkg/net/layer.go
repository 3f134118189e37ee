// Package net describes feed-forward networks of relus and other activations: layers, their shapes and
// parameters, initialisation, files, and the graph code that evaluates them.
//
// It does not know about bounds, but it provides, layer by layer, the products that bounds need: W x, W^T g (the
// adjoint), |W| r and |W|^T g.
package net

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/model"
	"tightrope/pkg/relax"
)

// Layer is one operation of a network. Shapes are those of one sample,
// without the batch axis: [units] or [channels, height, width].
//
// Every layer also implements exactly one of [Linear], [Relu], [Smooth] and [Sum]; this
// role, not its type, is what code outside this package may look at, by a [Visitor].
type Layer interface {
	// Spec describes the layer as data, from which package model derives its shapes and parameters.
	Spec() LayerSpec
}

// Linear is a layer y = W x + b with one input. Implementations work on any
// number of samples or rows at once and build only graph code.
type Linear interface {
	Layer
	// Apply is W x: [batch, in...] -> [batch, out...].
	Apply(p Params, x *Node) *Node
	// AbsApply is |W| r: [batch, in...] -> [batch, out...].
	AbsApply(p Params, r *Node) *Node
	// Adjoint is W^T g for every row: [batch, spec, out...] -> [batch, spec, in...].
	Adjoint(p Params, rows *Node) *Node
	// AbsAdjoint is |W|^T g for every row: [batch, spec, out...] -> [batch, spec, in...].
	AbsAdjoint(p Params, rows *Node) *Node
	// AddBias is y + b; y [batch, out...].
	AddBias(p Params, y *Node) *Node
	// BiasDot is b^T g for every row: [batch, spec, out...] -> [batch, spec]; nil if the layer has no bias.
	BiasDot(p Params, rows *Node) *Node
}

// Explicit is a Linear layer whose matrix is available directly, so that no identity matrix has to be propagated
// through it.
type Explicit interface {
	Linear
	// Matrix is W as rows over the input: [1, out units, in...].
	Matrix(p Params) *Node
}

// Params are a layer's parameters as graph nodes, and the shapes that it works on.
type Params struct {
	Values  []*Node
	In, Out []int
	image   []int // the shape of flattened inputs whose rows are worked on with their channels last; nil: of none
}

// Relu is the role of a = max(z, 0), elementwise.
type Relu interface {
	Layer
	relu()
}

// Smooth is the role of a = f(z), elementwise, for a smooth increasing function f.
type Smooth interface {
	Layer
	// Function is f with its lower and upper lines.
	Function() *relax.Smooth
}

// Sum is the role of a layer that adds its inputs, all of one shape (the end of a residual block).
type Sum interface {
	Layer
	sum()
}

func size(shape []int) int { return model.Size(shape) }

// flatRows reshapes [batch, spec, dims...] to [batch*spec, units]: one tall
// matrix, because batched products are slower than one tall product.
func flatRows(rows *Node, units int) *Node {
	d := rows.Shape().Dimensions
	return Reshape(rows, d[0]*d[1], units)
}

// asRows reshapes [batch*spec, ...] to the leading axes of like and the shape given.
func asRows(flat, like *Node, shape []int) *Node {
	d := like.Shape().Dimensions
	return Reshape(flat, append([]int{d[0], d[1]}, shape...)...)
}
