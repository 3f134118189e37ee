package net

import (
	"encoding/json"
	"fmt"
)

// LayerSpec describes a layer as data: its type and the fields that the type uses.
type LayerSpec struct {
	Type   string `json:"type"` // a key of builders: "dense", "relu", "flatten", "add", ...
	Units  int    `json:"units,omitempty"`
	Inputs []int  `json:"inputs,omitempty"` // vertices read; empty: the one before
}

// builders makes a layer from its spec; a new layer adds its line.
var builders = map[string]func(LayerSpec) (Layer, error){
	"dense":   func(s LayerSpec) (Layer, error) { return Dense{Units: s.Units}, nil },
	"relu":    func(LayerSpec) (Layer, error) { return ReLU{}, nil },
	"flatten": func(LayerSpec) (Layer, error) { return Flatten{}, nil },
	"add":     func(LayerSpec) (Layer, error) { return Addition{}, nil },
}

// Arch is a network without its parameters, as data.
type Arch struct {
	Name   string      `json:"name"`
	Input  []int       `json:"input"` // shape of one sample
	Layers []LayerSpec `json:"layers"`
}

// Arch describes the network's layers.
func (n *Network) Arch() Arch {
	a := Arch{Name: n.Name, Input: n.Input}
	for i, v := range n.Vertices {
		spec := v.Layer.Spec()
		if len(v.Inputs) != 1 || v.Inputs[0] != i-1 {
			spec.Inputs = v.Inputs
		}
		a.Layers = append(a.Layers, spec)
	}
	return a
}

// String is the architecture as one line of JSON.
func (a Arch) String() string {
	b, _ := json.Marshal(a)
	return string(b)
}

// Build makes the network, with all parameters 0.
func (a Arch) Build() (*Network, error) {
	n := New(a.Name, a.Input...)
	for _, d := range a.Input {
		if d < 1 {
			return nil, fmt.Errorf("architecture %q: input shape %v: dimensions must be positive", a.Name, a.Input)
		}
	}
	for i, spec := range a.Layers {
		build, ok := builders[spec.Type]
		if !ok {
			return nil, fmt.Errorf("architecture %q: layer %d has unknown type %q", a.Name, i, spec.Type)
		}
		layer, err := build(spec)
		if err != nil {
			return nil, fmt.Errorf("architecture %q: layer %d: %w", a.Name, i, err)
		}
		if _, err := n.Append(layer, spec.Inputs...); err != nil {
			return nil, fmt.Errorf("architecture %q: %w", a.Name, err)
		}
	}
	return n, n.Validate()
}
