package cert

import (
	"math"
	"slices"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/vector"
)

// Descent searches l_inf balls for misclassified inputs by projected gradient descent on the margins over all other
// classes at once, one lane each, in float64 without error bounds. It is meant for few inputs, because it compiles
// nothing. It is not safe for concurrent use.
type Descent struct {
	net    *Network
	values [][]float64 // of each vertex, [units][lanes]
	slopes []slot      // of the margins by each vertex
	stamp  int32
}

// NewDescent allocates the memory of a search.
func (p *Network) NewDescent() *Descent {
	d := &Descent{net: p}
	for i := range p.vertices {
		d.values = append(d.values, make([]float64, p.vertices[i].size*lanes))
		d.slopes = append(d.slopes, newSlot(p.vertices[i].size))
	}
	return d
}

// Work is about how many multiplications one step takes for each lane.
func (p *Network) Work() int {
	work := 0
	for i := range p.vertices {
		work += 2 * len(p.vertices[i].weight.value)
	}
	return work
}

// Search makes a number of steps from x and returns the first input found that is not classified as the label; nil:
// none.
func (d *Descent) Search(b ball.Ball, x []float64, label, steps int) []float64 {
	lower, upper := b.Bounds(x)
	for classes := range slices.Chunk(d.net.others(label), lanes) {
		for k, v := range x {
			for q := range lanes {
				d.values[input][k*lanes+q] = v
			}
		}
		excess := 0.0
		for t := range steps {
			d.forward()
			if t == 0 {
				excess = clearly * d.size()
			}
			if q := d.beaten(label, classes, excess); q >= 0 {
				return d.point(q)
			}
			d.backward(label, classes)
			d.step(lower, upper, 2.5/float64(steps))
		}
		d.forward()
		if q := d.beaten(label, classes, 0); q >= 0 {
			return d.point(q)
		}
	}
	return nil
}

// clearly is by how much, as a fraction of the clean logits, a class beats the label beyond doubt of the checker.
const clearly = 0x1p-40

// beaten is a lane whose class beats the label by an excess; -1: none.
func (d *Descent) beaten(label int, classes []int, excess float64) int {
	logits := d.values[d.net.output]
	for q, class := range classes {
		if logits[class*lanes+q]-logits[label*lanes+q] >= excess {
			return q
		}
	}
	return -1
}

// size is that of the largest logit.
func (d *Descent) size() (size float64) {
	for _, z := range d.values[d.net.output] {
		size = max(size, math.Abs(z))
	}
	return size
}

// point is the input in a lane.
func (d *Descent) point(lane int) []float64 {
	x := make([]float64, d.net.Inputs())
	for k := range x {
		x[k] = d.values[input][k*lanes+lane]
	}
	return x
}

// forward computes all values.
func (d *Descent) forward() {
	for i := 1; i < len(d.values); i++ {
		v, out := &d.net.vertices[i], d.values[i]
		in := d.values[v.from[0]]
		switch v.kind {
		case affineVertex:
			if v.weight.start == nil {
				vector.GatherDense(out, in, v.bias, v.weight.value, v.weight.cols)
			} else {
				vector.Gather(out, in, v.bias, v.weight.start, v.weight.index, v.weight.value)
			}
		case reluVertex:
			v.activateInto(out, in)
		case sumVertex:
			copy(out, in)
			for _, f := range v.from[1:] {
				for k, a := range d.values[f] {
					out[k] += a
				}
			}
		}
	}
}

// backward computes the margins' slopes.
func (d *Descent) backward(label int, classes []int) {
	d.stamp++
	for i := range d.slopes {
		d.slopes[i].units = d.slopes[i].units[:0]
		d.slopes[i].listAll(d.stamp, d.net.vertices[i].size)
	}
	last := d.slopes[d.net.output].block
	for q, class := range classes {
		last[label*lanes+q], last[class*lanes+q] = 1, -1
	}
	for i := len(d.slopes) - 1; i > input; i-- {
		v, from := &d.net.vertices[i], &d.slopes[i]
		for _, f := range v.from {
			to := d.slopes[f].block
			switch v.kind {
			case affineVertex:
				if v.weight.start == nil {
					vector.SpreadDense(to, from.block, from.units, v.weight.value, v.weight.cols)
				} else {
					vector.Spread(to, from.block, from.units, v.weight.start, v.weight.index, v.weight.value)
				}
			case reluVertex:
				for k, z := range d.values[f] {
					to[k] += v.slopeAt(z) * from.block[k]
				}
			case sumVertex:
				for k, g := range from.block {
					to[k] += g
				}
			}
		}
	}
}

// step moves against the slopes' signs by a fraction of half the ball's width.
func (d *Descent) step(lower, upper []float64, share float64) {
	x, g := d.values[input], d.slopes[input].block
	for k, l := range lower {
		u := upper[k]
		length := share * (u - l) / 2
		for q := k * lanes; q < (k+1)*lanes; q++ {
			switch {
			case g[q] > 0:
				x[q] = max(x[q]-length, l)
			case g[q] < 0:
				x[q] = min(x[q]+length, u)
			}
		}
	}
}
