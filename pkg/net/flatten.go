package net

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// Flatten turns [channels, height, width] into [units], channels slowest.
type Flatten struct{}

// Spec implements Layer.
func (Flatten) Spec() LayerSpec { return LayerSpec{Type: "flatten"} }

// Apply implements Linear.
func (Flatten) Apply(p Params, x *Node) *Node {
	return Reshape(x, x.Shape().Dimensions[0], size(p.In))
}

// AbsApply implements Linear.
func (f Flatten) AbsApply(p Params, r *Node) *Node { return f.Apply(p, r) }

// Adjoint implements Linear.
func (Flatten) Adjoint(p Params, rows *Node) *Node { return asRows(rows, rows, p.In) }

// AbsAdjoint implements Linear.
func (f Flatten) AbsAdjoint(p Params, rows *Node) *Node { return f.Adjoint(p, rows) }

// AddBias implements Linear.
func (Flatten) AddBias(_ Params, y *Node) *Node { return y }

// BiasDot implements Linear.
func (Flatten) BiasDot(Params, *Node) *Node { return nil }
