package bound

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// locally maps a value of a vertex, [batch, units...], to what the rows at that vertex see of it. Dense rows see all of
// it.
type locally func(value *Node) *Node

func all(value *Node) *Node { return value }

// view maps per-neuron values, [batch, units...], to the layout of the rows h over a relu's output.
type view struct {
	line func(value *Node) *Node // the value for each row: broadcasts to h
	// region.PairSum or region.AbsPairSum of rows shaped like h: [batch, spec]
	sum func(pair func(rows, x *Node) *Node, rows, value *Node) *Node
}

// seen is the view of rows with an axis of their own behind the first.
func seen(local locally) view {
	return view{
		line: func(value *Node) *Node { return perRow(local(value)) },
		sum:  func(pair func(rows, x *Node) *Node, rows, value *Node) *Node { return pair(rows, local(value)) },
	}
}

// pass pushes rows over a vertex back to the input. relu gets the rows h over a relu's output and returns those over
// its input; bias, where not nil, gets every b^T g. rows nil: one for each unit of the vertex; where that vertex and
// all before it are convolutions, channelwise layers, activations and sums, those rows are kept as windows where that
// is cheaper (see windows), and [batch, units...] values must go through local.
type pass struct {
	*Problem
	relu func(k int, h *Node, at view) *Node
	bias func(b *Node)
	form Form // of rows nil; empty: the cheaper one. Where a relu's choice differs from row to row they must be whole.
	// only takes, where rows are nil, some of the vertex's units.
	only  *unitRange
	pick  *pick  // takes, where rows are nil, some units of some samples: the rows are [rows, 1, ...]
	trace *Trace // gets what relu chose, where it is not nil
	// inOrder keeps the neurons in the order of the vertex's shape, for a relu that has values of its own for them.
	inOrder bool
}

// unitRange is a range of the units of a vertex: first (scalar int32) and count, of units, or of channels where the
// rows are windows.
type unitRange struct {
	first *Node
	count int
}

// rows are the range's rows of the identity over n: [1, count, n].
func (s *unitRange) rows(n int, dtype dtypes.DType) *Node {
	index := Add(s.first, Iota(s.first.Graph(), shapes.Make(s.first.DType(), s.count), 0))
	return InsertAxes(OneHot(index, n, dtype), 0)
}

// of takes the range of values [batch, units...], where one element of the range stands for each units:
// [batch, count*each].
func (s *unitRange) of(value *Node, each int) *Node {
	d := value.Shape().Dimensions
	if s == nil {
		return Reshape(value, d[0], -1)
	}
	// A product with rows of the identity, for the pure-Go backend has no dynamic slice.
	picked := Dot(Squeeze(s.rows(size(d[1:])/each, value.DType()), 0), Reshape(value, d[0], -1, each)).General([]int{1},
		nil, []int{1}, nil)
	return Reshape(TransposeAllAxes(picked, 1, 0, 2), d[0], s.count*each)
}

// backward returns the rows at the input with the region that they see, and merge, which brings a result
// [batch of the rows, spec] back to [batch, units].
func (p pass) backward(vertex int, rows *Node) (v *Node, region *region.Region, merge func(*Node) *Node) {
	if rows == nil && p.windowed(vertex) {
		w := newWindows(p, vertex).backward(vertex)
		if p.pick != nil {
			return w.g, p.Region.Map(w.local), all
		}
		return w.g, p.Region.Map(w.local), w.merge
	}
	if rows == nil && p.pick != nil {
		rows = p.pick.identity(p.Net.ShapeOf(vertex), p.Region.X)
		v = p.Net.Backward(vertex, rows, func(k int, h *Node) *Node { return p.whole(k, h, p.pick.bySample) }, p.bias)
		return v, p.Region.Map(p.pick.bySample), all
	}
	if rows == nil && p.only != nil {
		out := p.Net.ShapeOf(vertex)
		rows = Reshape(p.only.rows(size(out), p.Region.X.DType()), append([]int{1, p.only.count}, out...)...)
	}
	v = p.Net.Backward(vertex, rows, func(k int, h *Node) *Node { return p.whole(k, h, all) }, p.bias)
	return v, p.Region, all
}

// whole is relu for rows over whole vertices, [batch, spec, units...]. Where they lie with their channels last (see
// [net.Symbolic.ChannelsLast]) relu gets them so, and with batch and spec as one axis, as the convolutions on both
// sides have them: what it makes is then read by these without another operation between, or XLA would compute it once
// for each of them.
func (p pass) whole(k int, h *Node, local locally) *Node {
	d := h.Shape().Dimensions
	shared := p.pick == nil && d[0] != p.Region.X.Shape().Dimensions[0]
	if p.inOrder || shared || !p.Net.ChannelsLast(p.inputOf(k)) {
		return p.relu(k, h, seen(local))
	}
	last := []int{d[0], d[1], d[3], d[4], d[2]}
	merged := func(x *Node) *Node { return Reshape(x, d[0]*d[1], d[3], d[4], d[2]) }
	back := func(x *Node) *Node { return net.ToChannelsFirst(Reshape(x, last...)) }
	g := back(p.relu(k, merged(net.ToChannelsLast(h)), view{
		line: func(value *Node) *Node {
			return merged(BroadcastToDims(perRow(net.ToChannelsLast(local(value))), last...))
		},
		sum: func(pair func(rows, x *Node) *Node, rows, value *Node) *Node {
			return pair(Reshape(rows, last...), net.ToChannelsLast(local(value)))
		},
	}))
	if p.trace != nil {
		c := p.trace.Relus[k]
		p.trace.Relus[k] = Choice{H: back(c.H), Slope: back(c.Slope), Intercept: back(c.Intercept)}
	}
	return g
}

// windowed reports whether the rows of a vertex's units are kept as windows: where they can be, and are cheaper so.
func (p pass) windowed(vertex int) bool {
	m := model{Network: p.Net.Network}
	if p.form == "" {
		return m.windowed(vertex)
	}
	_, possible := m.windows("", vertex)
	return possible && p.form == WindowRows
}
