package bound

import (
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/engine"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// ProjectionNoise compares, draw by draw, the radius (u-l)/2 that [Projected] estimates for the last relu's input with
// the exact radius on the same l, u of the relus before (those of IBP, which for one relu before are Fast-Lin's).
type ProjectionNoise struct {
	program *engine.Program
	graph   *engine.Compiled
	x       any // [1, input...]
}

// NewProjectionNoise compiles the comparison of k random vectors for one input x [input...] of a network. It returns an
// error for l_1 balls and for l_2 balls with a box, which have no projection, for networks of fewer than two relus, and
// for a wrong input.
func NewProjectionNoise(backend compute.Backend, network *net.Network, b ball.Ball, k int,
	x []float64) (*ProjectionNoise, error) {
	relus := network.Activations()
	switch {
	case b.Norm == ball.L1 || b.Norm == ball.L2 && b.Box != nil:
		return nil, fmt.Errorf("%v balls with box %v have no random projection: use l_inf, or l_2 without a box",
			b.Norm, b.Box)
	case len(relus) < 2 || k < 1:
		return nil, fmt.Errorf("%d vectors for the last of %d relus of network %q: use at least 1 vector and 2 relus",
			k, len(relus), network.Name)
	}
	program, err := engine.New(backend, network, b, "random projections of")
	if err != nil {
		return nil, err
	}
	if err := engine.Check(program, x, []int32{0}, b.Eps); err != nil {
		return nil, err
	}
	graph, err := program.Compile(func(n *net.Symbolic, args []*Node) []*Node {
		return compareRadii(n, b, k, args[0], args[1])
	})
	return &ProjectionNoise{program, graph, program.Inputs(x)}, err
}

// compareRadii gives twice the exact and twice the estimated radius of the last relu's input.
func compareRadii(network *net.Symbolic, b ball.Ball, k int, x, state *Node) []*Node {
	p := &Problem{Net: network, Region: region.At(b, x), Random: state}
	known, last := IBP{}.Layers(p), len(network.Activations())-1
	s := newProjection(p, k)
	var exact, estimated Interval
	walkLinear(p, func(w *linearNet, k int, centre *Node) Interval {
		if k < last {
			return known[k]
		}
		exact, estimated = w.interval(k, centre), s.estimate(w, k, centre)
		return exact
	})
	return []*Node{Sub(exact.Upper, exact.Lower), Sub(estimated.Upper, estimated.Lower)}
}

// Ratios are the estimated over the exact radii of one draw, [unit]. It returns an error if the backend fails.
func (n *ProjectionNoise) Ratios(seed int64) ([]float64, error) {
	state, err := RNGStateFromSeed(seed)
	if err != nil {
		return nil, err
	}
	radii, err := n.graph.Values(n.x, state)
	if err != nil {
		return nil, err
	}
	exact, estimated := radii[0], radii[1]
	for i := range estimated {
		estimated[i] /= exact[i]
	}
	return estimated, nil
}

// Close frees the compiled graph.
func (n *ProjectionNoise) Close() { n.program.Close() }
