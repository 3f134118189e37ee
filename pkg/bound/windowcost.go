package bound

import "tightrope/pkg/net"

// windows counts the rows of every unit of an image vertex behind nothing but convolutions, channelwise layers,
// activations and sums, kept as windows.
func (m model) windows(what string, vertex int) (w Work, ok bool) {
	out := m.ShapeOf(vertex)
	if vertex == net.InputNode || len(out) != 3 {
		return w, false
	}
	c := windowCost{model: m, out: out, over: map[int]counted{vertex: {oneUnit, float64(out[0])}},
		Work: Work{What: what, Form: WindowRows, Rows: size(out), Pieces: out[0], relu: -1}}
	for at := vertex; at > net.InputNode; at-- {
		if _, ok := c.over[at]; ok && !c.step(at) {
			return w, false
		}
	}
	c.FLOPs += 2 * c.numbers(net.InputNode)
	return c.Work, true
}

// windowCost counts rows kept as windows on their way to the input.
type windowCost struct {
	model
	Work
	out  []int           // shape of the rows' vertex
	over map[int]counted // the rows over each vertex that they have reached
}

// counted are rows over one vertex: one for each channel while all positions share them, else one for each unit.
type counted struct {
	frame
	rows float64
}

// numbers is how many numbers the rows over a vertex are.
func (c *windowCost) numbers(vertex int) float64 {
	r := c.over[vertex]
	return r.rows * float64(r.size(c.ShapeOf(vertex)))
}

// step counts the way through a vertex; it reports whether the rows can be windows there.
func (c *windowCost) step(at int) bool {
	v, r, before := c.Vertices[at], c.over[at], c.numbers(at)
	delete(c.over, at)
	switch layer := v.Layer.(type) {
	case net.Windowed:
		in := c.ShapeOf(v.Inputs[0])
		c.FLOPs += r.rows * float64(layer.WidenFLOPs(in, r.length))
		r.frame = r.through(layer)
		after := r.rows * float64(r.size(in))
		c.Kept += after
		c.atOnce(liveWindowFactor * (before + after))
	case net.Channelwise:
		c.FLOPs += before
		c.Kept += before
	case net.Relu, net.Smooth:
		before *= float64(size(c.out)) / r.rows
		r.rows = float64(size(c.out))
		c.FLOPs += 4 * before
		c.Kept += 2 * before
		c.atOnce(2 * liveWindowFactor * before)
	case net.Sum:
	default:
		return false
	}
	for _, from := range v.Inputs {
		if !c.add(from, r) {
			return false
		}
	}
	return true
}

// atOnce counts numbers that are in memory at the same time, in addition to the rows that wait at other vertices.
func (c *windowCost) atOnce(numbers float64) {
	for vertex := range c.over {
		numbers += c.numbers(vertex)
	}
	c.Live = max(c.Live, numbers)
}

// add counts that rows are added to those over a vertex; it reports whether their windows can be joined.
func (c *windowCost) add(vertex int, r counted) bool {
	old, ok := c.over[vertex]
	if !ok {
		c.over[vertex] = r
		return true
	}
	union, ok := old.union(r.frame, [2]int{c.out[1], c.out[2]})
	if !ok {
		return false
	}
	c.over[vertex] = counted{union, max(old.rows, r.rows)}
	joined := c.numbers(vertex)
	c.FLOPs += 2 * joined
	c.Kept += joined
	c.atOnce(liveWindowFactor * joined)
	return true
}
