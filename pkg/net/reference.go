package net

import (
	"encoding/json"
	"fmt"

	"github.com/gomlx/compute/dtypes"
)

// referenceFile is the network part of a reference file (schema robust-golden-1).
type referenceFile struct {
	Name        string `json:"name"`
	WeightDType string `json:"weight_dtype"`
	InputShape  []int  `json:"input_shape"`
	Net         struct {
		Layers []referenceLayer `json:"layers"`
	} `json:"net"`
}

type referenceLayer struct {
	Type        string    `json:"type"`
	Inputs      []int     `json:"inputs"`
	OutFeatures int       `json:"out_features"`
	OutChannels int       `json:"out_channels"`
	Kernel      []int     `json:"kernel"`
	Stride      []int     `json:"stride"`
	Padding     []int     `json:"padding"`
	Weight      []float64 `json:"weight"`
	Bias        []float64 `json:"bias"`
}

// ReadReference reads the network of a reference JSON file (schema robust-golden-1). It returns an error for content of
// another schema or with layers that are not known.
func ReadReference(content []byte) (*Network, error) {
	var f referenceFile
	if err := json.Unmarshal(content, &f); err != nil {
		return nil, fmt.Errorf("reference file: %w", err)
	}
	n := New(f.Name, f.InputShape...)
	if f.WeightDType == "float64" {
		n.DType = dtypes.Float64
	}
	for i, l := range f.Net.Layers {
		if err := n.appendReference(l); err != nil {
			return nil, fmt.Errorf("reference %s, layer %d (%s): %w", f.Name, i, l.Type, err)
		}
	}
	return n, n.Validate()
}

// referenceTypes translates the file's layer types.
var referenceTypes = map[string]string{"linear": "dense", "conv2d": "conv", "relu": "relu", "flatten": "flatten",
	"add": "add"}

func (n *Network) appendReference(l referenceLayer) error {
	spec, err := l.spec().Complete()
	if err != nil {
		return err
	}
	at, err := n.Append(builders[spec.Type](spec), l.Inputs...)
	if err != nil {
		return err
	}
	params := n.ParamsOf(at)
	for i, values := range [][]float64{l.Weight, l.Bias}[:len(params)] {
		if len(values) == 0 && i == 1 {
			continue // no bias: 0
		}
		if len(values) != len(params[i].Data) {
			return fmt.Errorf("%s has %d values, want %d for shape %v",
				params[i].Name, len(values), len(params[i].Data), params[i].Shape)
		}
		copy(params[i].Data, values)
	}
	return nil
}

func (l referenceLayer) spec() LayerSpec {
	kind := referenceTypes[l.Type]
	if kind == "" {
		kind = l.Type
	}
	return LayerSpec{Type: kind, Units: l.OutFeatures, Channels: l.OutChannels, Kernel: l.Kernel, Stride: l.Stride,
		Padding: l.Padding}
}
