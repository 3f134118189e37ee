package onnx

import "fmt"

// convolution is the plan of Conv.
type convolution struct {
	window
	images, in, out, group int // channels in and out of all groups
}

func inferConv(c *call) (kernels, error) {
	if err := c.floats(); err != nil {
		return kernels{}, err
	}
	p := convolution{group: int(min(max(c.integer("group", 1), 0), many))}
	x, weights := c.in[0].Shape, c.in[1].Shape
	var err error
	var size [2]int
	if p.images, p.in, size, err = planes(x); err != nil {
		return kernels{}, err
	}
	if len(weights) != len(x) || p.group < 1 || weights[0]%p.group != 0 || weights[1]*p.group != p.in {
		return kernels{}, fmt.Errorf("its weights of shape %v do not fit an input of shape %v in %d groups: correct "+
			"the model", weights, x, p.group)
	}
	p.out = weights[0]
	if b := c.optional(2); b != nil && (len(b.Shape) != 1 || b.Shape[0] != p.out) {
		return kernels{}, fmt.Errorf("its bias of shape %v does not fit %d channels: correct the model", b.Shape, p.out)
	}
	rank := len(x) - 2
	if p.window, err = c.window(size, rank, weights, true); err != nil {
		return kernels{}, err
	}
	if err := c.set(0, c.in[0].Type, p.shape(p.images, p.out, rank)...); err != nil {
		return kernels{}, err
	}
	c.work = c.g.Values[c.node.Out[0]].Size() * weights[1] * p.area()
	return kernel(p, convolve[float32], convolve[float64]), nil
}

func convolve[T Real](p convolution, in, out []*array[T]) {
	plane, result := p.window.in[0]*p.window.in[1], p.window.out[0]*p.window.out[1]
	own, area := p.in/p.group, p.area()
	for image := range p.images {
		for o := range p.out {
			to := out[0].floats[(image*p.out+o)*result:][:result]
			if len(in) > 2 && in[2] != nil {
				fill(to, in[2].floats[o])
			}
			first := image*p.in + o/(p.out/p.group)*own
			for k := range own {
				from := in[0].floats[(first+k)*plane:][:plane]
				weights := in[1].floats[(o*own+k)*area:][:area]
				accumulate(&p.window, from, weights, to)
			}
		}
	}
}

func fill[T any](to []T, v T) {
	for i := range to {
		to[i] = v
	}
}

// accumulate adds the convolution of one plane to the output.
func accumulate[T Real](w *window, from, weights, to []T) {
	step := w.stride[1]
	w.each(func(position, out, in, n int) {
		weight := weights[position]
		if weight == 0 {
			return
		}
		for i := range to[out : out+n] {
			to[out+i] += weight * from[in+i*step]
		}
	})
}
