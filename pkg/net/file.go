package net

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
)

// architectureKey is the metadata entry that holds the architecture.
const architectureKey = "architecture"

// Save writes the network atomically as a safetensors file: tensors "0.weight", "0.bias", ... in layer order (PyTorch
// layout, F32, or F64 where DType is Float64), and the architecture as JSON in the metadata. It refuses weights that are not finite.
func Save(path string, n *Network) error {
	if err := n.Validate(); err != nil {
		return fmt.Errorf("save %s: %w", path, err)
	}
	return WriteTensors(path, n.NamedTensors(""), map[string]string{"format": "pt", architectureKey: n.Arch().String()})
}

// NamedTensors are the parameters under their names with a prefix, for a file.
func (n *Network) NamedTensors(prefix string) []NamedTensor {
	out := make([]NamedTensor, len(n.Params))
	for i, t := range n.Tensors() {
		out[i] = NamedTensor{Name: prefix + n.Params[i].Name, Value: t}
	}
	return out
}

// Load reads a network from a safetensors file. The architecture is arch, or where that is nil the file's own metadata:
// JSON as [Save] writes it, or prose in the notation of [ParseArch]. The tensors may have PyTorch's names
// ("0.weight", "2.weight", "fc1.bias"): they are taken in natural order.
//
// Errors: the file cannot be read; it names no architecture and arch is nil; its tensors do not fit the architecture; weights are not finite.
func Load(path string, arch *Arch) (*Network, error) {
	values, metadata, err := ReadTensors(path)
	if err != nil {
		return nil, err
	}
	return fromTensors(path, values, metadata, arch)
}

// Decode is [Load] for the content of a safetensors file that was read, or embedded, under a name.
func Decode(name string, content []byte, arch *Arch) (*Network, error) {
	values, metadata, err := usableTensors(name, content)
	if err != nil {
		return nil, err
	}
	return fromTensors(name, values, metadata, arch)
}

// fromTensors builds a network of a file's tensors.
func fromTensors(path string, values []NamedTensor, metadata map[string]string, arch *Arch) (_ *Network, err error) {
	own := metadata[architectureKey]
	if arch == nil {
		if arch, err = fileArch(own, values); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if arch.Name == "" {
			arch.Name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		}
		own = ""
	}
	n, err := arch.Build()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := n.SetNamed(values); err != nil {
		if own != "" {
			return nil, fmt.Errorf("%s is for architecture %s, not %s: %w", path, short(own), arch.Text(), err)
		}
		return nil, fmt.Errorf("%s does not fit architecture %s: %w", path, arch.Text(), err)
	}
	if err := n.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return n, nil
}

// short is an architecture found in a file, as text for a message.
func short(own string) string {
	var a Arch
	if json.Unmarshal([]byte(own), &a) == nil {
		return a.Text()
	}
	text, _, _ := strings.Cut(own, ";")
	return text
}

// fileArch reads the architecture of a file's metadata, JSON or prose.
func fileArch(own string, values []NamedTensor) (*Arch, error) {
	if strings.TrimSpace(own) == "" {
		return nil, fmt.Errorf("the file names no architecture: give one, such as 784-100-100-10, with --arch")
	}
	if strings.HasPrefix(strings.TrimSpace(own), "{") {
		var a Arch
		if err := json.Unmarshal([]byte(own), &a); err != nil {
			return nil, fmt.Errorf("the file's architecture is broken (%w): give the right one with --arch", err)
		}
		return &a, nil
	}
	input := guessInput(own, values)
	a, err := ParseArch(own, input, 0)
	if err != nil {
		return nil, fmt.Errorf("the file's architecture %q: %w; give one with --arch", short(own), err)
	}
	return &a, nil
}

// guessInput finds the input shape that a prose architecture leaves out: channels from the first convolution's weight, the
// side of a square image from the first dense layer's. nil where the text is of dense layers only.
func guessInput(text string, values []NamedTensor) []int {
	groups := groupsOf(values)
	if len(groups) == 0 || groups[0].shape("weight") == nil {
		return nil
	}
	first := groups[0].shape("weight")
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
		if n, err := a.Build(); err == nil && n.SetNamed(values) == nil {
			return input
		}
	}
	return nil
}

// tensorGroup are the tensors of one layer: those whose names differ only after the last dot.
type tensorGroup struct {
	prefix string
	values map[string]*tensors.Tensor
}

func (g tensorGroup) shape(name string) []int {
	if t := g.values[name]; t != nil {
		return t.Shape().Dimensions
	}
	return nil
}

// groupsOf sorts tensors into layers, in natural order of their names.
func groupsOf(values []NamedTensor) []tensorGroup {
	at := map[string]int{}
	var groups []tensorGroup
	for _, v := range values {
		dot := strings.LastIndexByte(v.Name, '.')
		prefix, name := v.Name[:max(dot, 0)], v.Name[dot+1:]
		if _, ok := at[prefix]; !ok {
			at[prefix] = len(groups)
			groups = append(groups, tensorGroup{prefix, map[string]*tensors.Tensor{}})
		}
		groups[at[prefix]].values[name] = v.Value
	}
	slices.SortFunc(groups, func(a, b tensorGroup) int { return compareNatural(a.prefix, b.prefix) })
	return groups
}

// compareNatural orders names so that "2.weight" comes before "10.weight".
func compareNatural(a, b string) int {
	for a != "" && b != "" {
		i, j := digits(a), digits(b)
		if i > 0 && j > 0 {
			x, _ := strconv.ParseUint(a[:i], 10, 64)
			y, _ := strconv.ParseUint(b[:j], 10, 64)
			if x != y {
				if x < y {
					return -1
				}
				return 1
			}
			a, b = a[i:], b[j:]
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// SetNamed copies tensors into the parameters, layer by layer in natural order of their names; every layer's shapes must
// fit, and a bias that is not there is 0. The network's DType becomes Float64 where any tensor is. Statistics of batch normalisation ("running_mean", "running_var") are taken too.
func (n *Network) SetNamed(values []NamedTensor) error {
	groups := groupsOf(values)
	next := 0
	n.DType = dtypes.Float32
	for _, v := range values {
		if v.Value.DType() == dtypes.Float64 {
			n.DType = dtypes.Float64
		}
	}
	for i := range n.Vertices {
		params := n.ParamsOf(i)
		if len(params) == 0 {
			continue
		}
		if next >= len(groups) {
			return fmt.Errorf("it has weights for %d layers, more are needed", len(groups))
		}
		if err := setGroup(params, groups[next]); err != nil {
			return err
		}
		if err := n.setStatistics(i, groups[next]); err != nil {
			return err
		}
		next++
	}
	if next != len(groups) {
		return fmt.Errorf("it has weights for %d layers, %d are needed", len(groups), next)
	}
	return nil
}

func setGroup(params []*Param, g tensorGroup) error {
	for _, p := range params {
		name := p.Name[strings.LastIndexByte(p.Name, '.')+1:]
		t := g.values[name]
		if t == nil && name == "bias" && len(p.Shape) == 1 { // PyTorch's bias=False
			clear(p.Data)
			continue
		}
		if t == nil {
			return fmt.Errorf("tensor %q is missing", g.prefix+"."+name)
		}
		if !slices.Equal(t.Shape().Dimensions, p.Shape) {
			return fmt.Errorf("tensor %q has shape %v, want %v", g.prefix+"."+name, t.Shape().Dimensions, p.Shape)
		}
		if t.DType() != dtypes.Float32 && t.DType() != dtypes.Float64 {
			return fmt.Errorf("tensor %q is of type %s: store weights as F32 or F64", g.prefix+"."+name, t.DType())
		}
		if err := copyTo(p.Data, t); err != nil {
			return err
		}
	}
	return nil
}

// Hash identifies the network in records and certificates: SHA-256, in hexadecimal, of the input shape, the layers (not the name), the
// precision and every weight.
func (n *Network) Hash() string {
	h := sha256.New()
	a := n.Arch()
	a.Name = ""
	fmt.Fprintf(h, "%s %s\n", a, n.DType)
	buffer := make([]byte, 8)
	for _, p := range n.Params {
		fmt.Fprintf(h, "%s %v\n", p.Name, p.Shape)
		for _, v := range p.Data {
			if n.DType != dtypes.Float64 {
				v = float64(float32(v)) // as the graph and the file see it
			}
			binary.LittleEndian.PutUint64(buffer, math.Float64bits(v))
			h.Write(buffer)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
