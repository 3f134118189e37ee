package net

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// Normalize is y = (x - mean) / std for each channel of the input, with constants that are not trained. As a layer of
// the network it leaves eps in pixel units.
type Normalize struct {
	Mean, Std []float64 // one for each channel
}

func init() {
	builders["normalize"] = func(s LayerSpec) Layer { return Normalize{Mean: s.Mean, Std: s.Std} }
}

// Spec implements Layer.
func (n Normalize) Spec() LayerSpec { return LayerSpec{Type: "normalize", Mean: n.Mean, Std: n.Std} }

// at is the layer beside a node.
func (n Normalize) at(x *Node) channelwise {
	scale, shift := make([]float64, len(n.Mean)), make([]float64, len(n.Mean))
	for i, std := range n.Std {
		scale[i], shift[i] = 1/std, -n.Mean[i]/std
	}
	return channelwise{ConstAsDType(x.Graph(), x.DType(), scale), ConstAsDType(x.Graph(), x.DType(), shift)}
}

// Apply implements Linear.
func (n Normalize) Apply(_ Params, x *Node) *Node { return n.at(x).apply(x) }

// AbsApply implements Linear.
func (n Normalize) AbsApply(_ Params, r *Node) *Node { return n.at(r).absApply(r) }

// Adjoint implements Linear.
func (n Normalize) Adjoint(_ Params, rows *Node) *Node { return n.at(rows).adjoint(rows) }

// AbsAdjoint implements Linear.
func (n Normalize) AbsAdjoint(_ Params, rows *Node) *Node { return n.at(rows).absAdjoint(rows) }

// AddBias implements Linear.
func (n Normalize) AddBias(_ Params, y *Node) *Node { return n.at(y).addShift(y) }

// BiasDot implements Linear.
func (n Normalize) BiasDot(_ Params, rows *Node) *Node { return n.at(rows).shiftDot(rows) }
