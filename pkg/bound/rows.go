package bound

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
)

// locally maps a value of a vertex, [batch, units...], to what the rows at that vertex see of it. Dense rows see all of it.
type locally func(value *Node) *Node

func all(value *Node) *Node { return value }

// pass pushes rows over a vertex back to the input. relu gets the rows h over a relu's output and returns those over its input;
// bias, where not nil, gets every b^T g. rows nil: one for each unit of the vertex; where that vertex and all before it are
// convolutions and relus, those rows are kept as windows (see windows), and [batch, units...] values must go through local.
type pass struct {
	*Problem
	relu func(k int, h *Node, local locally) *Node
	bias func(b *Node)
	// dense keeps every row over the whole vertex, for a relu whose choice differs from row to row.
	dense bool
}

// backward returns the rows at the input with the region that they see, and merge, which brings a result
// [batch of the rows, spec] back to [batch, units].
func (p pass) backward(vertex int, rows *Node) (v *Node, region *ball.Region, merge func(*Node) *Node) {
	if rows == nil && !p.dense && p.windowed(vertex) {
		w := newWindows(p, vertex)
		v = w.backward()
		return v, p.Region.Map(w.unfold), w.merge
	}
	v = p.Net.Backward(vertex, rows, func(k int, h *Node) *Node { return p.relu(k, h, all) }, p.bias)
	return v, p.Region, all
}

// windowed tells whether a vertex is a convolution behind nothing but convolutions and relus.
func (p pass) windowed(vertex int) bool {
	if _, ok := p.Net.Vertices[vertex].Layer.(net.Windowed); !ok {
		return false
	}
	for at := vertex; at != net.InputNode; at = p.Net.Vertices[at].Inputs[0] {
		switch p.Net.Vertices[at].Layer.(type) {
		case net.Windowed, net.Relu:
		default:
			return false
		}
	}
	return true
}
