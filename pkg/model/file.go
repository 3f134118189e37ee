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

// Load reads a network from a safetensors file. The architecture is that of the options, or else the file's own
// metadata: JSON, or prose in the notation of [ParseArch]. The tensors may have PyTorch's names ("0.weight",
// "2.weight", "fc1.bias"): see [Model.SetWeights].
//
// Errors: the file cannot be read; it names no architecture and none is given, or one with a property that is not known
// here; its tensors do not fit the architecture, one by one; weights are not finite.
func Load(path string, o LoadOptions) (*Model, error) {
	values, metadata, err := ReadTensors(path)
	if err != nil {
		return nil, err
	}
	return fromTensors(path, values, metadata, o)
}

// Decode is [Load] for the content of a file that was embedded in a program under a name. The model may share the
// content.
func Decode(name string, content []byte, o LoadOptions) (*Model, error) {
	values, metadata, err := DecodeTensors(content)
	if err != nil {
		return nil, fmt.Errorf("%s is not a usable safetensors file: %w", name, err)
	}
	return fromTensors(name, values, metadata, o)
}

// fromTensors builds a model of a file's tensors.
func fromTensors(path string, values []Tensor, metadata map[string]string, o LoadOptions) (_ *Model, err error) {
	weights := WeightOptions{Order: o.Order, Statistics: true}
	own := metadata[ArchitectureKey]
	arch := o.Arch
	if arch == nil {
		weights.Statistics = !isJSON(own)
		if arch, err = fileArch(own, values, weights); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if arch.Name == "" {
			arch.Name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		}
		own = ""
	}
	m, err := New(*arch)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := m.SetWeights(values, weights); err != nil {
		if own != "" {
			return nil, fmt.Errorf("%s is for architecture %s, not %s: %w", path, short(own), arch.Text(), err)
		}
		return nil, fmt.Errorf("%s does not fit architecture %s: %w", path, arch.Text(), err)
	}
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
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
	if len(groups) == 0 || groups[0].values["weight"] == nil {
		return nil
	}
	first := groups[0].values["weight"].Shape
	if len(first) == 2 {
		return []int{first[1]}
	}
	if len(first) != 4 {
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
