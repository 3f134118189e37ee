// Package engine holds compiled graphs over one network: what the evaluators of bounds, the measurements and the
// attacks have in common. A [Program] checks the network and its inputs, hands its parameters to every graph, and takes
// another network of the same architecture in its place without compiling again.
package engine

import (
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/net"
)

// Program is one network on a backend and the graphs that are compiled for it.
type Program struct {
	what    string // in errors, before the network's name: "Fast-Lin of"
	backend compute.Backend
	network *net.Network
	ball    ball.Ball
	params  []any
	graphs  []*Compiled
}

// New prepares a program; what begins its errors, such as "attack on". It returns an error for a network or a ball that
// is not valid.
func New(backend compute.Backend, network *net.Network, b ball.Ball, what string) (*Program, error) {
	if err := b.Validate(); err != nil {
		return nil, err
	}
	if err := network.ValidateParams(); err != nil {
		return nil, err
	}
	p := &Program{what: what, backend: backend, ball: b}
	p.take(network)
	return p, nil
}

// Network is the program's network.
func (p *Program) Network() *net.Network { return p.network }

// Use puts another network of the same architecture and precision in the place of the program's, without compiling
// again. It returns an error for any other network, and for one that is not valid.
func (p *Program) Use(network *net.Network) error {
	if network.DType != p.network.DType || network.Arch().String() != p.network.Arch().String() {
		return fmt.Errorf("network %q (%s) cannot replace %q (%s): their architectures or precisions differ; make "+
			"a new evaluator, measurement or attack for it",
			network.Name, network.Arch().Text(), p.network.Name, p.network.Arch().Text())
	}
	if err := network.ValidateParams(); err != nil {
		return err
	}
	p.take(network)
	return nil
}

// take makes a network the program's.
func (p *Program) take(network *net.Network) {
	p.network, p.params = network, nil
	for _, t := range network.Tensors() {
		p.params = append(p.params, t)
	}
}

// Check returns an error unless x holds one finite input in the box for every label, labels are classes of the network,
// and the radius, in pixel units, is valid.
func Check[T ball.Number](p *Program, x []T, labels []int32, eps float64) error {
	b := p.ball
	b.Eps = eps
	if err := b.Validate(); err != nil {
		return err
	}
	return CheckSamples(p.network, b, x, labels)
}

// CheckSamples returns an error unless x, [samples, input...], holds one finite input in the box for every label, and
// labels are classes of the network.
func CheckSamples[T ball.Number](n *net.Network, b ball.Ball, x []T, labels []int32) error {
	size := n.InputSize()
	if len(x) != size*len(labels) {
		return fmt.Errorf("%d values for %d samples: network %q wants %d values %v a sample",
			len(x), len(labels), n.Name, size, n.Input)
	}
	for i, y := range labels {
		if y < 0 || int(y) >= n.Classes() {
			return fmt.Errorf("label %d of sample %d: network %q has classes 0 to %d", y, i, n.Name, n.Classes()-1)
		}
		if err := ball.CheckInput(b, x[i*size:(i+1)*size]); err != nil {
			return fmt.Errorf("sample %d: %w", i, err)
		}
	}
	return nil
}

// Floats makes a tensor of the network's precision; no dimensions make a scalar.
func (p *Program) Floats(values []float64, dimensions ...int) *tensors.Tensor {
	return floats.Tensor(values, p.network.DType, dimensions...)
}

// Scalar makes a scalar of the network's precision.
func (p *Program) Scalar(v float64) *tensors.Tensor { return p.Floats([]float64{v}) }

// Inputs makes a tensor of inputs, one after another: [samples, input...].
func (p *Program) Inputs(x []float64) *tensors.Tensor {
	return p.Floats(x, append([]int{len(x) / p.network.InputSize()}, p.network.Input...)...)
}

// Labels makes a tensor of labels, [samples].
func Labels(y []int32) *tensors.Tensor { return tensors.FromFlatDataAndDimensions(y, len(y)) }

// Close frees the compiled graphs.
func (p *Program) Close() {
	for _, g := range p.graphs {
		g.exec.Finalize()
	}
}

// Builder builds the graph of a function of the network, whose parameters are bound to nodes, and other arguments.
type Builder func(n *net.Symbolic, args []*Node) []*Node

// Compile makes a graph, which is compiled when it is called first. It returns an error if the backend cannot hold
// graphs; a graph that cannot be built is an error of the first call.
func (p *Program) Compile(build Builder) (*Compiled, error) {
	exec, err := NewExec(p.backend, func(args []*Node) []*Node {
		own := len(args) - len(p.params)
		return build(p.network.On(args[own:]), args[:own])
	})
	if err != nil {
		return nil, err
	}
	g := &Compiled{program: p, exec: exec}
	p.graphs = append(p.graphs, g)
	return g, nil
}
