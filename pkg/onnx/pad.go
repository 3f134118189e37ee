package onnx

import (
	"fmt"
	"slices"
)

// inferPad infers padding with a constant. Its parameters are attributes before opset 11, and inputs from then on.
// Negative padding cuts values off.
func inferPad(c *call) (kernels, error) {
	if mode := c.text("mode", "constant"); mode != "constant" {
		return kernels{}, fmt.Errorf("its mode is %.40q, but only padding with a constant is supported: pad the "+
			"data instead", mode)
	}
	begin, end, err := c.padding()
	if err != nil {
		return kernels{}, err
	}
	p := movement{}
	if p.pad, err = c.padValue(); err != nil {
		return kernels{}, err
	}
	x := c.in[0].Shape
	shape, kept := make([]int, len(x)), make([]int, len(x))
	from, to := 0, 0
	for i, d := range x {
		shape[i] = d + begin[i] + end[i]
		kept[i] = d + min(begin[i], 0) + min(end[i], 0)
		if kept[i] < 1 || shape[i] < 1 {
			return kernels{}, fmt.Errorf("it cuts away all of axis %d: correct the model", i)
		}
		from -= min(begin[i], 0) * strides(x)[i]
	}
	if _, err := sizeOf(shape, c.g.options.MaxValues); err != nil {
		return kernels{}, err
	}
	for i := range x {
		to += max(begin[i], 0) * strides(shape)[i]
	}
	return c.selected(p, shape, func() []int32 {
		places := strided(kept, strides(shape), to)
		values := strided(kept, strides(x), from)
		index := slices.Repeat([]int32{-1}, product(shape))
		for i, at := range places {
			index[at] = values[i]
		}
		return index
	})
}

func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// padding returns the padding at the beginning and at the end of each axis.
func (c *call) padding() (begin, end []int, err error) {
	rank := len(c.in[0].Shape)
	var pads []int64
	if c.g.Opset < 11 {
		if len(c.in) > 1 {
			return nil, nil, fmt.Errorf("its pads are an input, which needs opset 11 or later: correct the model's " +
				"opset")
		}
		pads, _ = c.list("pads")
	} else if pads, err = c.integers(1, "the pads"); err != nil {
		return nil, nil, err
	}
	axes := made(rank, func(i int) int64 { return int64(i) })
	if c.optional(3) != nil {
		if axes, err = c.integers(3, "the axes"); err != nil {
			return nil, nil, err
		}
	}
	if _, err := chosen(axes, rank); err != nil {
		return nil, nil, err
	}
	if len(pads) != 2*len(axes) {
		return nil, nil, fmt.Errorf("it has %d pads for %d axes: export the model again", len(pads), len(axes))
	}
	begin, end = make([]int, rank), make([]int, rank)
	for k, v := range pads {
		if v < -1<<31 || v > 1<<31 {
			return nil, nil, fmt.Errorf("its padding of %d is beyond 2^31: correct the model", v)
		}
		i, _ := axis(axes[k%len(axes)], rank)
		if k < len(axes) {
			begin[i] = int(v)
		} else {
			end[i] = int(v)
		}
	}
	return begin, end, nil
}

// padValue returns the value of the padding, 0 by default.
func (c *call) padValue() (float64, error) {
	if c.g.Opset < 11 {
		return c.finite("value", 0), nil
	}
	if c.optional(2) == nil {
		return 0, nil
	}
	t, err := c.constant(2, "the value")
	switch {
	case err != nil:
		return 0, err
	case t.Size() != 1 || t.Type != c.in[0].Type:
		return 0, fmt.Errorf("its input 2, the value, must be one number of the data's type: correct the model")
	case !t.Type.Float():
		return float64(t.Ints[0]), nil
	}
	return t.Float64s()[0], nil
}
