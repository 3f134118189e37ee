package net

import (
	"fmt"

	"tightrope/pkg/model"
)

// Save writes the network atomically as a safetensors file: tensors "0.weight", "0.bias", ... in layer order (PyTorch
// layout, F32, or F64 where DType is Float64), and in the metadata the architecture as JSON and the network's
// [model.Origin]. It returns an error for weights that are not finite, and for an origin that could not be read again.
func Save(path string, n *Network) error {
	if err := n.Validate(); err != nil {
		return fmt.Errorf("save %s: %w", path, err)
	}
	metadata := n.Origin.Metadata()
	if _, err := model.ReadOrigin(metadata); err != nil {
		return fmt.Errorf("save %s: %w", path, err)
	}
	metadata["format"], metadata[model.ArchitectureKey] = "pt", n.Arch().String()
	return WriteTensors(path, n.NamedTensors(""), metadata)
}

// NamedTensors are the parameters under their names with a prefix, for a file.
func (n *Network) NamedTensors(prefix string) []NamedTensor {
	out := make([]NamedTensor, len(n.Params))
	for i, t := range n.Tensors() {
		out[i] = NamedTensor{Name: prefix + n.Params[i].Name, Value: t}
	}
	return out
}

// Load reads a network from a safetensors file by [model.Load]. The architecture is arch or, if arch is nil, that of
// the file. It returns an error for a file that is missing or damaged, or that does not fit the architecture.
func Load(path string, arch *Arch) (*Network, error) {
	return LoadWith(path, model.LoadOptions{Arch: arch})
}

// LoadWith is [Load] with all options.
func LoadWith(path string, o model.LoadOptions) (*Network, error) {
	m, err := model.Load(path, o)
	if err != nil {
		return nil, err
	}
	return FromModel(m)
}

// Hash identifies the network in records and certificates: [model.Model.Hash].
func (n *Network) Hash() string { return n.Model().Hash() }
