package model

import (
	"fmt"
	"path/filepath"
	"strings"
)

// ArchitectureKey is the metadata entry of a file that holds the architecture.
const ArchitectureKey = "architecture"

// LoadOptions of [Load]. The zero value reads files that name their architecture.
type LoadOptions struct {
	Arch  *Arch    // instead of the file's own
	Order []string // names of the file's layers in the network's order; nil: by the numbers in their names
}

// File is the content of a safetensors file, of which a network can be made.
type File struct {
	Path     string
	Metadata map[string]string
	Origin   Origin // what the metadata says of the training
	values   []Tensor
	inOrder  bool // the tensors come in the order of the network's layers
}

// Open reads a safetensors file.
//
// It returns an error if the file cannot be read, or if its metadata have an entry of this program that is not
// understood.
func Open(path string) (*File, error) {
	values, metadata, err := ReadTensors(path)
	if err != nil {
		return nil, err
	}
	return newFile(path, values, metadata)
}

func newFile(path string, values []Tensor, metadata map[string]string) (*File, error) {
	origin, err := ReadOrigin(metadata)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &File{Path: path, Metadata: metadata, Origin: origin, values: values}, nil
}

// Load reads a network from a safetensors file by [File.Model]. It returns an error for a file that is missing or
// damaged, or that does not fit the architecture.
func Load(path string, o LoadOptions) (*Model, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	return f.Model(o)
}

// Decode is [Load] for the content of a file that was embedded in a program under a name. The model may share the
// content.
func Decode(name string, content []byte, o LoadOptions) (*Model, error) {
	values, metadata, err := DecodeTensors(content)
	if err != nil {
		return nil, fmt.Errorf("%s is not a usable safetensors file: %w", name, err)
	}
	f, err := newFile(name, values, metadata)
	if err != nil {
		return nil, err
	}
	return f.Model(o)
}

// Model makes the file's network. The architecture is that of the options, or else the file's own metadata: JSON, or
// prose in the notation of [ParseArch]. The tensors may have PyTorch's names ("0.weight", "2.weight", "fc1.bias"): see
// [Model.SetWeights].
//
// It returns an error if no architecture is given or named, or one with an unknown property; if the tensors do not fit
// the architecture, one by one; or if weights are not finite.
func (f *File) Model(o LoadOptions) (*Model, error) {
	if f.inOrder && len(o.Order) == 0 {
		o.Order = f.Layers()
	}
	weights := WeightOptions{Order: o.Order, Statistics: true}
	own := f.Metadata[ArchitectureKey]
	arch := o.Arch
	if arch == nil {
		weights.Statistics = !isJSON(own)
		var err error
		if arch, err = fileArch(own, f.values, weights); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
		if arch.Name == "" {
			arch.Name = strings.TrimSuffix(filepath.Base(f.Path), filepath.Ext(f.Path))
		}
		own = ""
	}
	m, err := New(*arch)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	if err := m.SetWeights(f.values, weights); err != nil {
		if own != "" {
			return nil, fmt.Errorf("%s is for architecture %s, not %s: %w", f.Path, short(own), arch.Text(), err)
		}
		return nil, fmt.Errorf("%s does not fit architecture %s: %w", f.Path, arch.Text(), err)
	}
	m.Origin, m.Assumed = f.Origin, assumptions(*arch)
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	return m, nil
}
