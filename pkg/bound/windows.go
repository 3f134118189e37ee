package bound

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/net"
	"tightrope/pkg/relax"
)

// windows are the rows of every unit of a convolution, each kept as the window of the vertex that it can see, instead
// of as a row over the whole vertex that is 0 almost everywhere: a unit of Small's second layer sees 4 x 4 positions of
// the first and 10 x 10 pixels. All positions share their channels' rows until a relu's slopes tell them apart.
//
// A window that sticks out of the vertex sees zeros there: slopes, slacks and radii are unfolded with zero padding.
type windows struct {
	pass
	g         *Node  // [1 or batch*positions, channels of the rows' vertex, channels*height*width of the window]
	at        int    // the vertex that the windows are over
	batch     int    // samples
	positions [2]int // of the rows' vertex
	length    [2]int // of a window
	start     [2]int // of the first window; negative in the padding
	step      [2]int // from one window to the next
	masked    bool   // whether g is 0 outside the vertex
	shared    bool   // whether all positions still share their channel's row
}

func newWindows(p pass, vertex int) *windows {
	out := p.Net.ShapeOf(vertex)
	x := p.Region.X
	rows := InsertAxes(ConvertDType(Diagonal(x.Graph(), out[0]), x.DType()), 0)
	if p.only != nil {
		rows = p.only.rows(out[0], x.DType())
	}
	return &windows{pass: p, g: rows, at: vertex, batch: x.Shape().Dimensions[0],
		positions: [2]int{out[1], out[2]}, length: [2]int{1, 1}, step: [2]int{1, 1}, masked: true, shared: true}
}

// backward pushes the windows to the input: rows [1 or batch*positions, channels, window].
func (w *windows) backward() *Node {
	for w.at != net.InputNode {
		w.g = net.Visit(w.Net.Network, w.at, w)
		w.at = w.Net.Vertices[w.at].Inputs[0]
	}
	if w.Region.Norm() != ball.Linf { // the radius of l_inf is 0 outside the input
		w.mask()
	}
	return w.g
}

// Linear implements net.Visitor.
func (w *windows) Linear(vertex int, layer net.Linear) *Node {
	switch layer := layer.(type) {
	case net.Windowed:
		return w.convolution(layer)
	case net.Channelwise:
		return w.channels(layer)
	}
	panic(fmt.Errorf("rows over layer %d (%T) cannot be kept as windows: only convolutions, channelwise layers and "+
		"relus can", vertex, layer))
}

// Relu implements net.Visitor. The slopes are 0 outside the vertex.
func (w *windows) Relu(_, k int) *Node {
	w.tellApart()
	g := w.relu(k, w.g, seen(w.local))
	w.masked = true
	return g
}

// Smooth implements net.Visitor. Slopes and intercepts are 0 outside the vertex, if there are no neurons.
func (w *windows) Smooth(vertex, k int, _ *relax.Smooth) *Node { return w.Relu(vertex, k) }

// Sum implements net.Visitor.
func (w *windows) Sum(vertex int) *Node {
	panic(fmt.Errorf("rows over layer %d, a sum, cannot be kept as windows", vertex))
}

// channels pushes the windows through a layer that keeps positions and channels apart.
func (w *windows) channels(layer net.Channelwise) *Node {
	if w.bias != nil {
		w.mask()
	}
	p, d := w.Net.ParamsOf(w.at), w.g.Shape().Dimensions
	rows := Reshape(w.g, d[0], d[1], p.Out[0], w.length[0], w.length[1])
	if w.bias != nil {
		w.bias(layer.BiasDot(p, rows))
	}
	return Reshape(layer.Adjoint(p, rows), d...)
}

// convolution pushes the windows through a layer, by one operation for all positions and samples.
func (w *windows) convolution(layer net.Windowed) *Node {
	w.mask()
	p := w.Net.ParamsOf(w.at)
	d := w.g.Shape().Dimensions
	if w.bias != nil {
		if b := layer.BiasDot(p, Reshape(w.g, d[0], d[1], p.Out[0], w.length[0], w.length[1])); b != nil {
			w.bias(b)
		}
	}
	g := Reshape(layer.Widen(p, Reshape(w.g, d[0]*d[1], d[2]), w.length), d[0], d[1], -1)
	kernel, stride, padding := layer.Window()
	for i := range w.length {
		w.length[i] = (w.length[i]-1)*stride[i] + kernel[i]
		w.start[i] = w.start[i]*stride[i] - padding[i]
		w.step[i] *= stride[i]
	}
	w.masked = !w.stickOut(w.Net.Vertices[w.at].Inputs[0])
	return g
}

// stickOut reports whether some window leaves a vertex.
func (w *windows) stickOut(vertex int) bool {
	shape := w.Net.ShapeOf(vertex)
	for i := range w.length {
		if w.start[i] < 0 || w.end(i) > shape[i+1] {
			return true
		}
	}
	return false
}

// end is where the last window ends along an axis.
func (w *windows) end(i int) int { return w.start[i] + (w.positions[i]-1)*w.step[i] + w.length[i] }

// mask sets the rows to 0 outside the vertex.
func (w *windows) mask() {
	if w.masked {
		return
	}
	dims := append([]int{w.batch}, w.Net.ShapeOf(w.at)...)
	ones := BroadcastToDims(Scalar(w.g.Graph(), w.g.DType(), 1), dims...)
	w.tellApart()
	w.g, w.masked = Mul(w.g, perRow(w.local(ones))), true
}

// tellApart gives each row that is picked the window that it has shared with its channel's.
func (w *windows) tellApart() {
	if w.pick != nil && w.shared {
		w.g, w.shared = w.pick.byChannel(w.g), false
	}
}

// local is what the rows see of a value of the vertex: [batch, channels, height, width] -> [batch*positions or rows,
// window].
func (w *windows) local(value *Node) *Node {
	if w.pick != nil {
		return w.pick.byWindow(w.unfold(value))
	}
	return w.unfold(value)
}

// unfold is what every window sees of a value of the vertex: [batch, channels, height, width] -> [batch*positions,
// window].
func (w *windows) unfold(value *Node) *Node {
	value = w.slide(value, 0, 2, 3) // [batch, channels, positions h, window h, width]
	value = w.slide(value, 1, 4, 5) // [batch, channels, positions h, window h, positions w, window w]
	value = TransposeAllAxes(value, 0, 2, 4, 1, 3, 5)
	return Reshape(value, w.batch*w.positions[0]*w.positions[1], -1)
}

// slide cuts an axis into windows: that axis becomes the positions, and a new one at `to` the places in the window.
func (w *windows) slide(value *Node, i, axis, to int) *Node {
	before, after := max(0, -w.start[i]), max(0, w.end(i)-value.Shape().Dimensions[axis])
	if before > 0 || after > 0 {
		pad := make([]PadAxis, value.Rank())
		pad[axis] = PadAxis{Start: before, End: after}
		value = Pad(value, ScalarZero(value.Graph(), value.DType()), pad...)
	}
	slices := make([]*Node, w.length[i])
	for k := range slices {
		from := w.start[i] + before + k
		slices[k] = SliceAxis(value, axis, AxisRange(from, from+(w.positions[i]-1)*w.step[i]+1).Stride(w.step[i]))
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
