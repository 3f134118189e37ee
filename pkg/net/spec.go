package net

import (
	"fmt"

	"tightrope/pkg/model"
)

// The description of networks is package model's.
type (
	Arch      = model.Arch
	LayerSpec = model.LayerSpec
)

// InputNode is the index that a node uses to read the network's input.
const InputNode = model.InputNode

// builders makes a layer from its complete spec; a new layer adds its line.
var builders = map[string]func(LayerSpec) Layer{
	"dense":   func(s LayerSpec) Layer { return Dense{Units: s.Units} },
	"relu":    func(LayerSpec) Layer { return ReLU{} },
	"flatten": func(LayerSpec) Layer { return Flatten{} },
	"add":     func(LayerSpec) Layer { return Addition{} },
}

// ParseArch is [model.ParseArch].
func ParseArch(text string, input []int, classes int) (Arch, error) {
	return model.ParseArch(text, input, classes)
}

// Named builds a network by the name of its architecture or by its text: see [model.Named].
func Named(name string, input []int, classes int) (*Network, error) {
	a, err := model.Named(name, input, classes)
	if err != nil {
		return nil, err
	}
	return Build(a)
}

// Arch describes the network's layers.
func (n *Network) Arch() Arch { return n.Model().Arch() }

// Build returns a network with all parameters 0 (scales of batch normalisations: 1). It returns an error, which names
// the layer, for an architecture that does not fit together.
func Build(a Arch) (*Network, error) {
	m, err := model.New(a)
	if err != nil {
		return nil, err
	}
	return FromModel(m)
}

// FromModel returns the network of a model, whose weights it shares. It returns an error for a model that is not valid.
func FromModel(m *model.Model) (*Network, error) {
	n := New(m.Name, m.Input...)
	n.setFloat64(m.Float64)
	n.Origin = m.Origin
	for i, l := range m.Layers {
		at, err := n.Append(builders[l.Spec.Type](l.Spec), l.Inputs...)
		if err != nil {
			return nil, fmt.Errorf("network %q: %w", m.Name, err)
		}
		for k, p := range n.ParamsOf(i) {
			p.Data = m.Layers[at].Params[k].Data
		}
	}
	return n, n.Validate()
}

// Model is the network as data, which shares its weights: what files, hashes and certificates are about.
func (n *Network) Model() *model.Model {
	m := &model.Model{Name: n.Name, Input: n.Input, Float64: n.isFloat64(), Origin: n.Origin}
	for i, v := range n.Vertices {
		spec, err := v.Layer.Spec().Complete()
		if err != nil {
			panic(err) // Append did the same
		}
		l := model.Layer{Spec: spec, Inputs: v.Inputs, Out: v.Out}
		for _, p := range n.ParamsOf(i) {
			l.Params = append(l.Params, &model.Param{Name: p.Name, Shape: p.Shape, Data: p.Data})
		}
		m.Layers = append(m.Layers, l)
	}
	return m
}
