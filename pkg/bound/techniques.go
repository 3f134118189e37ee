package bound

import (
	"fmt"

	"tightrope/pkg/net"
	"tightrope/pkg/technique"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// graphs is how each technique bounds in a compiled graph; the file of a technique adds it.
var graphs = map[technique.ID]Named{}

// ByID is how a technique bounds in a compiled graph: a [Technique], or [AlphaOptions]. It returns an error for one
// that has no graph, such as a linear program.
func ByID(t technique.ID) (Named, error) {
	if graph, ok := graphs[t]; ok {
		return graph, nil
	}
	return nil, fmt.Errorf("%v does not bound in a compiled graph: use one of %v", t, technique.Of(technique.ForGraph))
}

// MustByID is [ByID] for a technique that is known to bound in one pass, not step by step; it panics for any other.
func MustByID(t technique.ID) Technique {
	graph, ok := graphs[t].(Technique)
	if !ok {
		panic(fmt.Sprintf("%v does not bound in one pass", t))
	}
	return graph
}

// Passes returns the stages of a verification that compute bounds in one pass of a compiled graph, loosest first.
func Passes() (all []Technique) {
	for _, id := range technique.Of(technique.ForStage) {
		if t, ok := graphs[id].(Technique); ok {
			all = append(all, t)
		}
	}
	return all
}

// Bounder bounds samples by compiled graphs: an [Evaluator] or an [AlphaEvaluator].
type Bounder interface {
	// Bound bounds the margins of every sample at a radius in pixel units: x holds len(labels) inputs, one after
	// another, [samples, input...]. It returns an error for inputs outside the box or labels that are not classes.
	Bound(x []float32, labels []int32, eps float64) (*Output, error)
	// Use replaces the network by another one of the same architecture and precision.
	Use(network *net.Network) error
	// DType is the precision of the bounds.
	DType() dtypes.DType
	// Close frees the compiled graphs.
	Close()
}

// Bound implements [Bounder].
func (e *Evaluator) Bound(x []float32, labels []int32, eps float64) (*Output, error) {
	return EvaluateAt(e, x, labels, eps)
}

// Bound implements [Bounder].
func (e *AlphaEvaluator) Bound(x []float32, labels []int32, eps float64) (*Output, error) {
	e.options.Ball.Eps = eps // an input of the graphs
	return EvaluateAlpha(e, x, labels)
}

// Use implements [Bounder].
func (e *AlphaEvaluator) Use(network *net.Network) error { return e.program.Use(network) }

// DType implements [Bounder].
func (e *AlphaEvaluator) DType() dtypes.DType { return e.program.Network().DType }

// NewBounder makes a bounder for a technique, by the options; alpha-CROWN takes the ball, batch and memory from them.
// It returns an error if [NewEvaluator] or [NewAlphaEvaluator] would, and for alpha-CROWN on several devices.
func NewBounder(backend compute.Backend, network *net.Network, t Named, o Options) (Bounder, error) {
	switch t := t.(type) {
	case Technique:
		o.Technique = t
		return NewEvaluator(backend, network, o)
	case AlphaOptions:
		if o.Devices > 1 {
			return nil, fmt.Errorf("%s runs on one device, not on %d: give it one", t.Name(), o.Devices)
		}
		t.Ball, t.Batch, t.Memory = o.Ball, o.Batch, o.Memory
		return NewAlphaEvaluator(backend, network, t)
	}
	return nil, fmt.Errorf("%s bounds no samples", t.Name())
}
