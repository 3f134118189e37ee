package cert

import (
	"fmt"
	"slices"
	"sync"

	"tightrope/pkg/model"
)

// input is the vertex that every network begins with.
const input = 0

type kind int

const (
	inputVertex kind = iota
	affineVertex
	reluVertex // or another activation
	sumVertex
)

// vertex is one operation; it reads earlier vertices only.
type vertex struct {
	kind   kind
	from   []int
	size   int
	weight matrix    // affine: [size, inputs]
	bias   []float64 // affine: [size]
	relu   int       // activation: its number among the activations
	curve  *curve    // activation: what it is; nil: a relu
	native *Native   // sum: what it is besides; nil: nothing
}

// isRelu reports whether a vertex is a relu, and no other activation.
func (v *vertex) isRelu() bool { return v.kind == reluVertex && v.curve == nil }

// Network is a feed-forward network as plain float64 arrays: affine maps, activations and sums, all values flat in
// the order channel, row, column. It is made from a [model.Model] and shares no
// code with the graphs that compute bounds.
type Network struct {
	Hash     string // of the model
	vertices []vertex
	output   int        // the vertex that holds the logits
	relus    []int      // vertices that are activations, in topological order
	idle     *sync.Pool // of *scratch
}

// NewNetwork copies a network's layers and weights, at the precision of its files. It returns an error for a layer that
// this package cannot describe.
func NewNetwork(m *model.Model) (*Network, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	p := &Network{Hash: m.Hash(), idle: &sync.Pool{},
		vertices: []vertex{{kind: inputVertex, size: model.Size(m.Input)}}}
	at := map[int]int{model.InputNode: input}
	for i, l := range m.Layers {
		from := make([]int, len(l.Inputs))
		for k, f := range l.Inputs {
			from[k] = at[f]
		}
		id, err := p.add(l.Spec, from, m.ShapeOf(l.Inputs[0]), weights(m, l.Params))
		if err != nil {
			return nil, fmt.Errorf("layer %d of network %q: %w", i, m.Name, err)
		}
		at[i] = id
	}
	p.output = at[len(m.Layers)-1]
	return p, p.validate()
}

// maxTerms is the largest number of terms of a sum for which the constants of the error analysis hold.
const maxTerms = 4_000_000

// validate refuses what the error analysis does not allow, and vertices that nothing reads: the theorem is about all
// of the network that a file describes.
func (p *Network) validate() error {
	read := make([]bool, len(p.vertices))
	read[p.output] = true
	for i := range p.vertices {
		v := &p.vertices[i]
		for _, f := range v.from {
			read[f] = true
		}
		if v.size > maxTerms {
			return fmt.Errorf("vertex %d has %d values: certificates allow %d", i, v.size, maxTerms)
		}
		if !allAllowed(v.weight.value) || !allAllowed(v.bias) {
			return fmt.Errorf("vertex %d has a weight beyond %g: certificates allow none", i, largest)
		}
	}
	for i, r := range read {
		if !r && i != input {
			return fmt.Errorf("vertex %d is read by no other and is not the output: remove the layers that do nothing",
				i)
		}
	}
	return nil
}

// weights are a layer's parameters as its file holds them.
func weights(m *model.Model, params []*model.Param) (out [][]float64) {
	for _, p := range params {
		w := make([]float64, len(p.Data))
		for i, v := range p.Data {
			w[i] = m.Value(v)
		}
		out = append(out, w)
	}
	return out
}

// add appends a layer and returns the vertex that holds its output.
func (p *Network) add(spec model.LayerSpec, from, shape []int, w [][]float64) (int, error) {
	v := vertex{from: from, size: p.vertices[from[0]].size}
	switch spec.Type {
	case "flatten":
		return from[0], nil // values are flat already
	case "relu", "sigmoid", "tanh", "softplus":
		v.kind, v.relu, v.curve = reluVertex, len(p.relus), curves[spec.Type]
		p.relus = append(p.relus, len(p.vertices))
	case "add":
		v.kind = sumVertex
	default:
		make, ok := affine[spec.Type]
		if !ok {
			return 0, fmt.Errorf("layer type %q cannot be checked: certificates know dense, conv, avgpool, "+
				"batchnorm, normalize, relu, sigmoid, tanh, softplus, flatten and add", spec.Type)
		}
		v.kind = affineVertex
		v.weight, v.bias = make(spec, shape, w)
		v.size = len(v.bias)
	}
	v.native = p.native(&v)
	p.vertices = append(p.vertices, v)
	return len(p.vertices) - 1, nil
}

// Smooth names the network's activations other than relu, each once. Proofs by multipliers, linear and integer
// programs, and searches over phases do not support them.
func (p *Network) Smooth() (names []string) {
	for _, at := range p.relus {
		if f := p.vertices[at].curve; f != nil && !slices.Contains(names, f.name) {
			names = append(names, f.name)
		}
	}
	return names
}

// Inputs is the number of inputs.
func (p *Network) Inputs() int { return p.vertices[input].size }

// Classes is the number of outputs.
func (p *Network) Classes() int { return p.vertices[p.output].size }

// Values is the number of all values of all operations.
func (p *Network) Values() int {
	values := 0
	for i := range p.vertices {
		values += p.vertices[i].size
	}
	return values
}

// Units is the number of units of each activation, in topological order.
func (p *Network) Units() []int {
	units := make([]int, len(p.relus))
	for k, id := range p.relus {
		units[k] = p.vertices[id].size
	}
	return units
}
