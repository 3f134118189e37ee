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
}

// Open reads a safetensors file.
//
// Errors: the file cannot be read, or an entry of its metadata that is this program's is not understood.
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

// Load reads a network from a safetensors file by [File.Model].
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
// Errors: the file names no architecture and none is given, or one with a property that is not known here; its tensors
// do not fit the architecture, one by one; weights are not finite.
func (f *File) Model(o LoadOptions) (*Model, error) {
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

func isJSON(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "{") }

// short is an architecture found in a file, as text for a message.
func short(own string) string {
	if a, err := ReadArch(own); err == nil {
		return a.Text()
	}
	text, _, _ := strings.Cut(own, ";")
	return fmt.Sprintf("%.200q", text)
}

// fileArch reads the architecture of a file's metadata, JSON or prose.
func fileArch(own string, values []Tensor, o WeightOptions) (*Arch, error) {
	if strings.TrimSpace(own) == "" {
		return nil, fmt.Errorf("the file names no architecture: give one, such as 784-100-100-10, with --arch")
	}
	if isJSON(own) {
		a, err := ReadArch(own)
		if err != nil {
			return nil, fmt.Errorf("the file's architecture cannot be used: %w: give the right one with --arch", err)
		}
		return &a, nil
	}
	a, err := ParseArch(own, guessInput(own, values, o), 0)
	if err != nil {
		return nil, fmt.Errorf("the file's architecture %s: %w; give one with --arch", short(own), err)
	}
	return &a, nil
}

// guessInput finds the input shape that a prose architecture leaves out: channels from the first convolution's weight,
// the side of a square image from the first dense layer's. nil where the text is of dense layers only.
func guessInput(text string, values []Tensor, o WeightOptions) []int {
	groups := groupsOf(values)
	first := firstOf(groups, "conv")
	if dense := firstOf(groups, "dense"); first == nil && dense != nil {
		return []int{dense[1]}
	}
	if first == nil {
		return nil
	}
	sides := []int{28, 32, 8, 64, 96, 224} // of usual data sets first, as several sides can fit
	for side := 1; side <= 256; side++ {
		sides = append(sides, side)
	}
	for _, side := range sides {
		input := []int{first[1], side, side}
		a, err := ParseArch(text, input, 0)
		if err != nil {
			continue
		}
		if m, err := New(a); err == nil && m.SetWeights(values, o) == nil {
			return input
		}
	}
	return nil
}

// firstOf is the shape of the first weight of a kind of layer; nil: there is none.
func firstOf(groups []*group, kind string) []int {
	for _, g := range groups {
		if g.kind() == kind {
			return g.values["weight"].Shape
		}
	}
	return nil
}
