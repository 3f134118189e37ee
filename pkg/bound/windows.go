package bound

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/relax"
)

// windows pushes the rows of every unit of an image vertex back to the input, each kept as the window of a vertex that
// it can see, instead of as a row over the whole vertex that is 0 almost everywhere: a unit of Small's second layer
// sees 4 x 4 positions of the first and 10 x 10 pixels. At a vertex that several layers read, the rows that come from
// them are added on the smallest windows that contain all of theirs.
type windows struct {
	pass
	batch     int    // samples
	positions [2]int // of the rows' vertex
	over      map[int]windowRows
}

// windowRows are the rows over one vertex. All positions share their channels' rows until a relu's slopes tell them
// apart.
//
// A window that sticks out of the vertex sees zeros there: slopes, slacks and radii are unfolded with zero padding.
type windowRows struct {
	*windows
	frame
	g      *Node // [1 or batch*positions, channels of the rows' vertex, channels*height*width of the window]
	at     int   // the vertex that the windows are over
	masked bool  // whether g is 0 outside the vertex
	shared bool  // whether all positions still share their channel's row
}

// newWindows starts with a row for each unit of a vertex.
func newWindows(p pass, vertex int) *windows {
	out := p.Net.ShapeOf(vertex)
	x := p.Region.X
	w := &windows{pass: p, batch: x.Shape().Dimensions[0], positions: [2]int{out[1], out[2]}}
	rows := InsertAxes(ConvertDType(Diagonal(x.Graph(), out[0]), x.DType()), 0)
	if p.only != nil {
		rows = p.only.rows(out[0], x.DType())
	}
	w.over = map[int]windowRows{vertex: {windows: w, frame: oneUnit, g: rows, at: vertex, masked: true, shared: true}}
	return w
}

// backward pushes the rows from a vertex to the input, where g is [1 or batch*positions, channels, window].
func (w *windows) backward(vertex int) windowRows {
	for at := vertex; at > net.InputNode; at-- {
		rows, ok := w.over[at]
		if !ok {
			continue
		}
		delete(w.over, at)
		before := net.Visit(w.Net.Network, at, rows)
		for _, before.at = range w.Net.Vertices[at].Inputs {
			w.add(before)
		}
	}
	input := w.over[net.InputNode].tellApart()
	if w.Region.Norm() != ball.Linf { // the radius of l_inf is 0 outside the input
		input = input.mask()
	}
	return input
}

// add adds rows to those over their vertex.
func (w *windows) add(rows windowRows) {
	if old, ok := w.over[rows.at]; ok {
		rows = old.plus(rows)
	}
	w.over[rows.at] = rows
}

// plus adds other rows over the same vertex.
func (w windowRows) plus(v windowRows) windowRows {
	if w.shared != v.shared {
		w, v = w.tellApart(), v.tellApart()
	}
	union, ok := w.union(v.frame, w.positions)
	if !ok {
		panic(fmt.Errorf("rows over vertex %d come with windows at steps %v and %v: they must be kept whole", w.at,
			w.step, v.step))
	}
	w.g = Add(w.widened(union), v.widened(union))
	w.frame, w.masked, w.shared = union, w.masked && v.masked, w.shared && v.shared
	return w
}

// widened are the rows on larger windows, 0 where they had none.
func (w windowRows) widened(f frame) *Node {
	if w.length == f.length {
		return w.g
	}
	d := w.g.Shape().Dimensions
	pad := make([]PadAxis, 5)
	for i := range f.length {
		before := w.start[i] - f.start[i]
		pad[3+i] = PadAxis{Start: before, End: f.length[i] - w.length[i] - before}
	}
	g := Reshape(w.g, d[0], d[1], w.Net.ShapeOf(w.at)[0], w.length[0], w.length[1])
	return Reshape(Pad(g, ScalarZero(g.Graph(), g.DType()), pad...), d[0], d[1], -1)
}

// Linear implements net.Visitor.
func (w windowRows) Linear(vertex int, layer net.Linear) windowRows {
	switch layer := layer.(type) {
	case net.Windowed:
		return w.convolution(layer)
	case net.Channelwise:
		return w.channels(layer)
	}
	panic(fmt.Errorf("rows over layer %d (%T) cannot be kept as windows: only convolutions, channelwise layers, "+
		"activations and sums can", vertex, layer))
}

// Relu implements net.Visitor. The slopes are 0 outside the vertex.
func (w windowRows) Relu(_, k int) windowRows {
	w = w.tellApart()
	w.g = w.relu(k, w.g, seen(w.local))
	w.masked, w.shared = true, false
	return w
}

// Smooth implements net.Visitor. Slopes and intercepts are 0 outside the vertex, if there are no neurons.
func (w windowRows) Smooth(vertex, k int, _ *relax.Smooth) windowRows { return w.Relu(vertex, k) }

// Sum implements net.Visitor.
func (w windowRows) Sum(int) windowRows { return w }

// channels pushes the rows through a layer that keeps positions and channels apart.
func (w windowRows) channels(layer net.Channelwise) windowRows {
	if w.bias != nil {
		w = w.mask()
	}
	p, d := w.Net.ParamsOf(w.at), w.g.Shape().Dimensions
	rows := Reshape(w.g, d[0], d[1], p.Out[0], w.length[0], w.length[1])
	if w.bias != nil {
		w.bias(layer.BiasDot(p, rows))
	}
	w.g = Reshape(layer.Adjoint(p, rows), d...)
	return w
}

// convolution pushes the rows through a layer, by one operation for all positions and samples.
func (w windowRows) convolution(layer net.Windowed) windowRows {
	w = w.mask()
	p := w.Net.ParamsOf(w.at)
	d := w.g.Shape().Dimensions
	if w.bias != nil {
		if b := layer.BiasDot(p, Reshape(w.g, d[0], d[1], p.Out[0], w.length[0], w.length[1])); b != nil {
			w.bias(b)
		}
	}
	w.g = Reshape(layer.Widen(p, Reshape(w.g, d[0]*d[1], d[2]), w.length), d[0], d[1], -1)
	w.frame = w.through(layer)
	w.masked = !w.stickOut(w.Net.Vertices[w.at].Inputs[0])
	return w
}

// stickOut reports whether some window leaves a vertex.
func (w windowRows) stickOut(vertex int) bool {
	shape := w.Net.ShapeOf(vertex)
	for i := range w.length {
		if w.start[i] < 0 || w.end(i, w.positions[i]) > shape[i+1] {
			return true
		}
	}
	return false
}

// mask sets the rows to 0 outside the vertex.
func (w windowRows) mask() windowRows {
	if w.masked {
		return w
	}
	dims := append([]int{w.batch}, w.Net.ShapeOf(w.at)...)
	ones := BroadcastToDims(Scalar(w.g.Graph(), w.g.DType(), 1), dims...)
	w = w.tellApart()
	w.g, w.masked, w.shared = Mul(w.g, perRow(w.local(ones))), true, false
	return w
}

// tellApart gives each row that is picked the window that it has shared with its channel's.
func (w windowRows) tellApart() windowRows {
	if w.pick != nil && w.shared {
		w.g, w.shared = w.pick.byChannel(w.g), false
	}
	return w
}

// local is what the rows see of a value of the vertex: [batch, channels, height, width] -> [batch*positions or rows,
// window].
func (w windowRows) local(value *Node) *Node {
	if w.pick != nil {
		return w.pick.byWindow(w.unfold(value))
	}
	return w.unfold(value)
}

// unfold is what every window sees of a value of the vertex: [batch, channels, height, width] -> [batch*positions,
// window].
func (w windowRows) unfold(value *Node) *Node {
	value = w.slide(value, 0, 2, 3) // [batch, channels, positions h, window h, width]
	value = w.slide(value, 1, 4, 5) // [batch, channels, positions h, window h, positions w, window w]
	value = TransposeAllAxes(value, 0, 2, 4, 1, 3, 5)
	return Reshape(value, w.batch*w.positions[0]*w.positions[1], -1)
}

// slide cuts an axis into windows: that axis becomes the positions, and a new one at `to` the places in the window.
func (w windowRows) slide(value *Node, i, axis, to int) *Node {
	positions := w.positions[i]
	before, after := max(0, -w.start[i]), max(0, w.end(i, positions)-value.Shape().Dimensions[axis])
	if before > 0 || after > 0 {
		pad := make([]PadAxis, value.Rank())
		pad[axis] = PadAxis{Start: before, End: after}
		value = Pad(value, ScalarZero(value.Graph(), value.DType()), pad...)
	}
	slices := make([]*Node, w.length[i])
	for k := range slices {
		from := w.start[i] + before + k
		slices[k] = SliceAxis(value, axis, AxisRange(from, from+(positions-1)*w.step[i]+1).Stride(w.step[i]))
	}
	return Stack(slices, to)
}

// merge brings [batch*positions, channels] to [batch, units], channels slowest.
func (w *windows) merge(result *Node) *Node {
	channels := result.Shape().Dimensions[1]
	positions := w.positions[0] * w.positions[1]
	return Reshape(TransposeAllAxes(Reshape(result, w.batch, positions, channels), 0, 2, 1), w.batch,
		channels*positions)
}
