package bound

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/net"
)

// pick is some units of a vertex, each of one sample: a row each, instead of a row for every unit of every sample.
type pick struct {
	index     *Node // sample*units + unit, ascending, [rows] int32
	sample    *Node // of each row, [rows]
	unit      *Node // [rows]
	units     int   // of the vertex
	positions int   // of a convolution's vertex: units = channels*positions; 1 elsewhere
}

func newPick(index *Node, shape []int) *pick {
	p := &pick{index: index, units: size(shape), positions: 1}
	if len(shape) == 3 {
		p.positions = shape[1] * shape[2]
	}
	p.sample, p.unit = DivScalar(index, p.units), ModScalar(index, p.units)
	return p
}

// identity are the rows themselves: [rows, 1, out...].
func (p *pick) identity(out []int, like *Node) *Node {
	rows := p.index.Shape().Dimensions[0]
	return Reshape(OneHot(p.unit, p.units, like.DType()), append([]int{rows, 1}, out...)...)
}

// bySample gives each row its sample's values: [batch, units...] -> [rows, units...].
func (p *pick) bySample(value *Node) *Node { return gathered(value, p.sample) }

// byWindow gives each row its own position's window: [batch*positions, window] -> [rows, window].
func (p *pick) byWindow(unfolded *Node) *Node {
	place := Add(MulScalar(p.sample, p.positions), ModScalar(p.unit, p.positions))
	return gathered(unfolded, place)
}

// byChannel gives each row its own channel's row of a convolution's shared ones: [1, channels, window] -> [rows, 1,
// window].
func (p *pick) byChannel(shared *Node) *Node {
	return InsertAxes(gathered(Squeeze(shared, 0), DivScalar(p.unit, p.positions)), 1)
}

// spread puts one value per row where the row's unit is, into others [batch, units].
func (p *pick) spread(values, others *Node) *Node {
	shape := others.Shape().Clone()
	shape.Dimensions = []int{shape.Size()}
	index := InsertAxes(p.index, -1)
	flags := Scatter(index, OnesLike(values), shape, true, true)
	spread := ReshapeLike(Scatter(index, values, shape, true, true), others)
	return Where(GreaterThan(ReshapeLike(flags, others), ZerosLike(others)), spread, others)
}

// fewRows is up to how many gathered rows the gradient is a product with one-hot rows: XLA's scatter on a CPU works one
// row after another.
const fewRows = 256

// gathered is x[index], [n, dims...] -> [rows, dims...].
func gathered(x, index *Node) *Node {
	rows := Gather(x, InsertAxes(index, -1))
	n := x.Shape().Dimensions[0]
	if n > fewRows {
		return rows
	}
	return net.WithGradient(rows, []*Node{x}, func(v *Node) []*Node {
		flat := Reshape(v, v.Shape().Dimensions[0], -1)
		sum := Dot(OneHot(index, n, v.DType()), flat).General([]int{0}, nil, []int{0}, nil)
		return []*Node{ReshapeLike(sum, x)}
	})
}
