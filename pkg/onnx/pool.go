package onnx

import (
	"fmt"
	"math"
)

// pooling is the plan of AveragePool or MaxPool.
type pooling struct {
	window
	planes int
	padded bool // AveragePool: the padding is part of the average
}

// pooling reads the attributes of a pooling and sets the shape of its result.
func (c *call) pooling(dilates bool) (p pooling, err error) {
	if err := c.floats(); err != nil {
		return p, err
	}
	images, channels, size, err := planes(c.in[0].Shape)
	if err != nil {
		return p, err
	}
	rank := len(c.in[0].Shape) - 2
	if p.window, err = c.window(size, rank, nil, dilates); err != nil {
		return p, err
	}
	for i := range p.begin {
		if p.begin[i] >= p.kernel[i] || p.end[i] >= p.kernel[i] {
			return p, fmt.Errorf("its padding is as large as its kernel, so some windows contain no value: use less " +
				"padding")
		}
	}
	p.planes = images * channels
	if err := c.set(0, c.in[0].Type, p.shape(images, channels, rank)...); err != nil {
		return p, err
	}
	c.work = c.g.Values[c.node.Out[0]].Size() * p.area()
	return p, p.covered()
}

// covered returns an error for windows that contain no value of the input, which dilation makes possible.
func (w *window) covered() error {
	for i := range w.in {
		seen := make([]bool, w.out[i])
		for k := range w.kernel[i] {
			from, to := w.taps(i, k)
			for o := from; o < to; o++ {
				seen[o] = true
			}
		}
		for _, s := range seen {
			if !s {
				return fmt.Errorf("one of its windows contains no value of the input: use less padding or dilation")
			}
		}
	}
	return nil
}

func inferAveragePool(c *call) (kernels, error) {
	padded := c.flag("count_include_pad", false)
	p, err := c.pooling(c.g.Opset >= 19)
	if err != nil {
		return kernels{}, err
	}
	if p.padded = padded; padded && p.overhangs() {
		return kernels{}, fmt.Errorf("count_include_pad with windows beyond the padding (ceil_mode) is computed " +
			"differently by different programs: set one of the two to 0")
	}
	return kernel(p, average[float32], average[float64]), nil
}

func average[T Real](p pooling, in, out []*array[T]) {
	plane, result := p.in[0]*p.in[1], p.out[0]*p.out[1]
	counts := make([]int, result)
	p.each(func(_, o, _, n int) {
		for i := range n {
			counts[o+i]++
		}
	})
	if p.padded {
		fill(counts, p.area())
	}
	ones := make([]T, p.area())
	fill(ones, 1)
	for k := range p.planes {
		to := out[0].floats[k*result:][:result]
		accumulate(&p.window, in[0].floats[k*plane:][:plane], ones, to)
		for i, n := range counts {
			to[i] /= T(n)
		}
	}
}

func inferMaxPool(c *call) (kernels, error) {
	if err := c.dropOutputs("indices of maxima are not computed; export the model without them"); err != nil {
		return kernels{}, err
	}
	c.ignore("storage_order") // which matters for the indices only
	p, err := c.pooling(c.g.Opset >= 10)
	if err != nil {
		return kernels{}, err
	}
	return kernel(p, largest[float32], largest[float64]), nil
}

func largest[T Real](p pooling, in, out []*array[T]) {
	plane, result := p.in[0]*p.in[1], p.out[0]*p.out[1]
	fill(out[0].floats, T(math.Inf(-1)))
	for k := range p.planes {
		to, from := out[0].floats[k*result:][:result], in[0].floats[k*plane:][:plane]
		p.each(func(_, o, x, n int) {
			for i := range to[o : o+n] {
				to[o+i] = max(to[o+i], from[x+i*p.stride[1]])
			}
		})
	}
}

// inferGlobalAveragePool infers the mean of each channel over all axes after it. These axes remain, with size 1.
func inferGlobalAveragePool(c *call) (kernels, error) {
	if err := c.floats(); err != nil {
		return kernels{}, err
	}
	x := c.in[0].Shape
	if len(x) < 3 {
		return kernels{}, fmt.Errorf("its input of shape %v has no axes after the channels: correct the model", x)
	}
	shape, inner := append([]int{}, x...), 1
	for i := 2; i < len(x); i++ {
		inner *= x[i]
		shape[i] = 1
	}
	c.work = c.in[0].Size()
	return kernel(inner, mean[float32], mean[float64]), c.set(0, c.in[0].Type, shape...)
}

func mean[T Real](inner int, in, out []*array[T]) {
	for i := range out[0].floats {
		var sum T
		for _, v := range in[0].floats[i*inner:][:inner] {
			sum += v
		}
		out[0].floats[i] = sum / T(inner)
	}
}
