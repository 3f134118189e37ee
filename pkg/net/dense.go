package net

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// Dense is a fully connected layer z = W x + b, W [units, inputs] as in PyTorch.
type Dense struct {
	Units int
}

// Spec implements Layer.
func (d Dense) Spec() LayerSpec { return LayerSpec{Type: "dense", Units: d.Units} }

// Apply implements Linear.
func (d Dense) Apply(p Params, x *Node) *Node { return timesTransposed(x, p.Values[0]) }

// AbsApply implements Linear.
func (d Dense) AbsApply(p Params, r *Node) *Node { return timesTransposed(r, Abs(p.Values[0])) }

// Adjoint implements Linear.
func (d Dense) Adjoint(p Params, rows *Node) *Node { return d.adjoint(p, p.Values[0], rows) }

// AbsAdjoint implements Linear.
func (d Dense) AbsAdjoint(p Params, rows *Node) *Node { return d.adjoint(p, Abs(p.Values[0]), rows) }

// adjoint is w^T g for w in the place of the weights.
func (d Dense) adjoint(p Params, w, rows *Node) *Node {
	g := flatRows(rows, d.Units)
	if p.image == nil {
		return asRows(Dot(g, w).Product(), rows, p.In)
	}
	// The few weights are moved instead of the rows.
	w = Reshape(ToChannelsLast(Reshape(w, append([]int{d.Units}, p.image...)...)), d.Units, -1)
	c, height, width := p.image[0], p.image[1], p.image[2]
	y := Reshape(Dot(g, w).Product(), rows.Shape().Dimensions[0], rows.Shape().Dimensions[1], height, width, c)
	return asRows(ToChannelsFirst(y), rows, p.In)
}

// AddBias implements Linear.
func (d Dense) AddBias(p Params, y *Node) *Node {
	return Add(y, Reshape(p.Values[1], 1, d.Units))
}

// BiasDot implements Linear.
func (d Dense) BiasDot(p Params, rows *Node) *Node {
	return asRows(Dot(flatRows(rows, d.Units), p.Values[1]).Product(), rows, nil)
}

// Matrix implements Explicit.
func (d Dense) Matrix(p Params) *Node {
	return Reshape(p.Values[0], 1, d.Units, p.In[0])
}

// timesTransposed is x W^T for x [batch, in], w [out, in].
func timesTransposed(x, w *Node) *Node {
	return Dot(x, w).General([]int{1}, nil, []int{1}, nil)
}
