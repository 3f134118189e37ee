package net

import (
	"fmt"
	"math"
	"slices"
)

// Fold merges every batch normalisation into the dense or convolution layer before it, where nothing else reads that
// layer. The new network computes the same function with fewer layers; n is not changed. It returns an error for layers
// that do not fit together.
func Fold(n *Network) (*Network, error) {
	f := &folder{from: n, to: New(n.Name, n.Input...), at: map[int]int{InputNode: InputNode}}
	f.to.DType = n.DType
	for i := range n.Vertices {
		if err := f.vertex(i); err != nil {
			return nil, fmt.Errorf("fold network %q: %w", n.Name, err)
		}
	}
	return f.to, nil
}

// folder copies a network vertex by vertex.
type folder struct {
	from, to *Network
	at       map[int]int // vertex of from -> vertex of to
}

func (f *folder) vertex(i int) error {
	v := f.from.Vertices[i]
	if b, ok := v.Layer.(BatchNorm); ok && f.foldable(v.Inputs[0]) {
		f.at[i] = f.at[v.Inputs[0]]
		f.merge(b, f.from.ParamsOf(i), f.to.ParamsOf(f.at[i]))
		return nil
	}
	inputs := make([]int, len(v.Inputs))
	for k, from := range v.Inputs {
		inputs[k] = f.at[from]
	}
	at, err := f.to.Append(v.Layer, inputs...)
	if err != nil {
		return err
	}
	f.at[i] = at
	for k, p := range f.from.ParamsOf(i) {
		f.to.ParamsOf(at)[k].Data = slices.Clone(p.Data)
	}
	return nil
}

// foldable reports whether a vertex is a layer with weight and bias that one vertex alone reads.
func (f *folder) foldable(vertex int) bool {
	if vertex == InputNode {
		return false
	}
	readers := 0
	for _, v := range f.from.Vertices {
		for _, from := range v.Inputs {
			if from == vertex {
				readers++
			}
		}
	}
	switch f.from.Vertices[vertex].Layer.(type) {
	case Dense, Conv, BatchNorm:
		return readers == 1
	}
	return false
}

// merge scales the weight rows and moves the bias: weight [units, ...] and bias [units] are into's first two
// parameters.
func (f *folder) merge(b BatchNorm, own, into []*Param) {
	weight, bias := into[0].Data, into[1].Data
	mean, variance := b.statistics(len(bias))
	row := len(weight) / len(bias)
	for c := range bias {
		scale := own[0].Data[c] / math.Sqrt(variance[c])
		for j := range row {
			weight[c*row+j] *= scale
		}
		bias[c] = (bias[c]-mean[c])*scale + own[1].Data[c]
	}
}
