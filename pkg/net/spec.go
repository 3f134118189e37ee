package net

import (
	"encoding/json"
	"fmt"
	"strings"
)

// LayerSpec describes a layer as data: its type and the fields that the type uses.
type LayerSpec struct {
	Type     string    `json:"type"` // a key of builders: "dense", "conv", "relu", "flatten", "add", ...
	Units    int       `json:"units,omitempty"`
	Channels int       `json:"channels,omitempty"` // output channels
	Kernel   []int     `json:"kernel,omitempty"`   // [height, width]
	Stride   []int     `json:"stride,omitempty"`   // [height, width]; none: 1
	Padding  []int     `json:"padding,omitempty"`  // zeros on both sides of [height, width]; none: 0
	Mean     []float64 `json:"mean,omitempty"`     // of each channel
	Std      []float64 `json:"std,omitempty"`      // of each channel
	Variance []float64 `json:"variance,omitempty"` // of each channel
	Epsilon  float64   `json:"epsilon,omitempty"`  // added to the variance
	Inputs   []int     `json:"inputs,omitempty"`   // vertices read; empty: the one before
}

// builders makes a layer from its spec; a new layer adds its line.
var builders = map[string]func(LayerSpec) (Layer, error){
	"dense":   func(s LayerSpec) (Layer, error) { return Dense{Units: s.Units}, nil },
	"relu":    func(LayerSpec) (Layer, error) { return ReLU{}, nil },
	"flatten": func(LayerSpec) (Layer, error) { return Flatten{}, nil },
	"add":     func(LayerSpec) (Layer, error) { return Addition{}, nil },
}

// build makes the layer.
func (s LayerSpec) build() (Layer, error) {
	if build, ok := builders[s.Type]; ok {
		return build(s)
	}
	if strings.Contains(s.Type, "maxpool") {
		return nil, fmt.Errorf("max pooling has no linear bound here: use average pooling, avgpool(k,s,p), or a convolution of stride 2 instead")
	}
	return nil, fmt.Errorf("%w type %q", ErrUnsupported, s.Type)
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

// Build makes the network, with all parameters 0 (statistics-free scales 1).
func (a Arch) Build() (*Network, error) {
	n := New(a.Name, a.Input...)
	if len(a.Input) != 1 && len(a.Input) != 3 {
		return nil, fmt.Errorf("architecture %q: input shape %v: use [units] or [channels, height, width]", a.Name, a.Input)
	}
	for _, d := range a.Input {
		if d < 1 {
			return nil, fmt.Errorf("architecture %q: input shape %v: dimensions must be positive", a.Name, a.Input)
		}
	}
	for i, spec := range a.Layers {
		layer, err := spec.build()
		if err != nil {
			return nil, fmt.Errorf("architecture %q: layer %d: %w", a.Name, i, err)
		}
		if _, err := n.Append(layer, spec.Inputs...); err != nil {
			return nil, fmt.Errorf("architecture %q: %w", a.Name, err)
		}
	}
	return n, n.Validate()
}
