package onnx

import (
	"fmt"
	"slices"
)

// pickResult sets result k to the values at an index, which is made only after its size has been counted.
func (c *call) pickResult(p *movement, k int, shape []int, index func() []int32) error {
	if err := c.set(k, c.in[0].Type, shape...); err != nil {
		return err
	}
	p.to = append(p.to, Selection{Index: index()})
	return nil
}

// selected infers an operation that moves values into one result.
func (c *call) selected(p movement, shape []int, index func() []int32) (kernels, error) {
	if err := c.pickResult(&p, 0, shape, index); err != nil {
		return kernels{}, err
	}
	return c.move(p), nil
}

// inferTranspose infers a new order of the axes; without perm it is the reverse order.
func inferTranspose(c *call) (kernels, error) {
	x := c.in[0].Shape
	order, there := c.list("perm")
	if !there {
		for i := range x {
			order = append(order, int64(len(x)-1-i))
		}
	}
	if marks, err := chosen(order, len(x)); err != nil || slices.Contains(marks, false) || slices.Min(append(order,
		0)) < 0 {
		return kernels{}, fmt.Errorf("its perm %v is not an order of the %d axes: correct the model", order, len(x))
	}
	shape, steps, own := make([]int, len(x)), make([]int, len(x)), strides(x)
	for i, o := range order {
		shape[i], steps[i] = x[o], own[o]
	}
	return c.selected(movement{}, shape, func() []int32 { return strided(shape, steps, 0) })
}

// inferSlice infers the selection of ranges of axes, which are attributes before opset 10, and inputs from then on.
func inferSlice(c *call) (kernels, error) {
	s, err := c.ranges()
	if err != nil {
		return kernels{}, err
	}
	x := c.in[0].Shape
	shape, steps, start := slices.Clone(x), strides(x), 0
	if _, err := chosen(s.axes, len(x)); err != nil {
		return kernels{}, err
	}
	for k, a := range s.axes {
		i, _ := axis(a, len(x))
		from, n := s.cut(k, x[i])
		shape[i] = n
		start += from * steps[i]
		if n > 1 { // so the step is smaller than the axis
			steps[i] *= int(s.steps[k])
		}
	}
	return c.selected(movement{}, shape, func() []int32 { return strided(shape, steps, start) })
}

// ranges returns the ranges of Slice.
type ranges struct{ starts, ends, axes, steps []int64 }

func (c *call) ranges() (r ranges, err error) {
	if c.g.Opset < 10 {
		if len(c.in) > 1 {
			return r, fmt.Errorf("its ranges are inputs, which needs opset 10 or later: correct the model's opset")
		}
		r.starts, _ = c.list("starts")
		r.ends, _ = c.list("ends")
		r.axes, _ = c.list("axes")
	} else {
		for k, list := range []*[]int64{&r.starts, &r.ends, &r.axes, &r.steps} {
			if k < 2 || c.optional(k+1) != nil {
				if *list, err = c.integers(k+1, "a range"); err != nil {
					return r, err
				}
			}
		}
	}
	n := len(r.starts)
	if r.axes == nil {
		r.axes = made(n, func(i int) int64 { return int64(i) })
	}
	if r.steps == nil {
		r.steps = slices.Repeat([]int64{1}, n)
	}
	if n == 0 || len(r.ends) != n || len(r.axes) != n || len(r.steps) != n || slices.Contains(r.steps, 0) {
		return r, fmt.Errorf("its starts %v, ends %v, axes %v and steps %v do not fit together: correct the model",
			r.starts, r.ends, r.axes, r.steps)
	}
	return r, nil
}

// cut returns the beginning and the number of values of range k on an axis.
func (r *ranges) cut(k, size int) (from, n int) {
	d, step := int64(size), r.steps[k]
	start, end := r.starts[k], r.ends[k]
	if start < 0 {
		start += d
	}
	if end < 0 {
		end += d
	}
	if step > 0 {
		start, end = min(max(start, 0), d), min(max(end, 0), d)
		if end <= start {
			return 0, 0
		}
		return int(start), int((end-start-1)/step + 1)
	}
	start, end = min(max(start, 0), d-1), min(max(end, -1), d-1)
	if start <= end {
		return 0, 0
	}
	return int(start), int((end-start+1)/step + 1)
}

// inferSplit infers the division of an axis into parts. Their sizes are an attribute before opset 13, and an input from
// then on; by default the parts are equal.
func inferSplit(c *call) (kernels, error) {
	x := c.in[0].Shape
	a, err := axis(c.integer("axis", 0), len(x))
	if err != nil {
		return kernels{}, err
	}
	sizes, err := c.parts(x[a])
	if err != nil {
		return kernels{}, err
	}
	var p movement
	at := int64(0)
	for k, n := range sizes {
		shape := slices.Clone(x)
		shape[a] = int(n)
		start := int(at) * strides(x)[a]
		if err := c.pickResult(&p, k, shape, func() []int32 { return strided(shape, strides(x), start) }); err != nil {
			return kernels{}, err
		}
		at += n
	}
	return c.move(p), nil
}

// parts returns the sizes of the parts of an axis.
func (c *call) parts(size int) (sizes []int64, err error) {
	n := int64(len(c.node.Out))
	if c.g.Opset < 13 {
		sizes, _ = c.list("split")
	} else if c.optional(1) != nil {
		if sizes, err = c.integers(1, "the sizes"); err != nil {
			return nil, err
		}
	}
	uneven := c.g.Opset >= 18 && c.integer("num_outputs", n) == n
	if c.g.Opset >= 18 && !uneven {
		return nil, fmt.Errorf("its num_outputs differs from its number of results, %d: correct the model", n)
	}
	if sizes == nil {
		part := (int64(size) + n - 1) / n
		sizes = slices.Repeat([]int64{part}, int(n))
		sizes[n-1] = int64(size) - part*(n-1)
		if sizes[n-1] != part && !uneven {
			return nil, fmt.Errorf("an axis of size %d cannot be cut into %d equal parts: give their sizes", size, n)
		}
	}
	sum := int64(0)
	for _, s := range sizes {
		if s < 1 || s > int64(size) {
			return nil, fmt.Errorf("one of its parts has size %d, of an axis of size %d: correct the model", s, size)
		}
		sum += s
	}
	if sum != int64(size) || int64(len(sizes)) != n {
		return nil, fmt.Errorf("its %d parts of sizes %v do not make an axis of size %d: correct the model", n, sizes,
			size)
	}
	return sizes, nil
}

// inferConcat infers the concatenation of arrays along an axis.
func inferConcat(c *call) (kernels, error) {
	if err := c.oneType(); err != nil {
		return kernels{}, err
	}
	shape := slices.Clone(c.in[0].Shape)
	if c.byName["axis"] == nil {
		return kernels{}, fmt.Errorf("its attribute axis is missing: export the model again")
	}
	a, err := axis(c.integer("axis", 0), len(shape))
	if err != nil {
		return kernels{}, err
	}
	for k, v := range c.in[1:] {
		own := slices.Clone(v.Shape)
		if len(own) == len(shape) {
			own[a] = shape[a]
		}
		if !slices.Equal(own, shape) {
			return kernels{}, fmt.Errorf("its input %d of shape %v does not fit the first, of shape %v: correct the "+
				"model", k+1, v.Shape, c.in[0].Shape)
		}
		shape[a] += v.Shape[a]
	}
	return c.selected(movement{joined: true}, shape, func() []int32 { return joined(c.in, shape, a) })
}

// joined returns the origin of each value of a concatenation.
func joined(in []*Value, shape []int, a int) []int32 {
	n := 1
	for _, d := range shape {
		n *= d
	}
	index := make([]int32, n)
	place, start := 0, 0
	for _, v := range in {
		for i, to := range strided(v.Shape, strides(shape), place) {
			index[to] = int32(start + i)
		}
		start += v.Size()
		place += v.Shape[a] * strides(shape)[a]
	}
	return index
}

// inferGather infers the selection of constant places of an axis.
func inferGather(c *call) (kernels, error) {
	x := c.in[0].Shape
	a, err := axis(c.integer("axis", 0), len(x))
	if err != nil {
		return kernels{}, err
	}
	t, err := c.constant(1, "the indices")
	if err != nil {
		return kernels{}, err
	}
	if t.Type != Int64 && t.Type != Int32 {
		return kernels{}, fmt.Errorf("its indices are of type %v, but must be integers: correct the model", t.Type)
	}
	places := slices.Clone(t.Ints)
	for i, v := range places {
		at, err := axis(v, x[a])
		if err != nil {
			return kernels{}, fmt.Errorf("its index %d is %d, but the axis has size %d: correct the model", i, v, x[a])
		}
		places[i] = int64(at)
	}
	shape := slices.Concat(x[:a], t.Shape, x[a+1:])
	return c.selected(movement{}, shape, func() []int32 { return gathered(x, a, places) })
}

func gathered(x []int, a int, places []int64) []int32 {
	var index []int32
	inner := strides(x)[a]
	outer := 1
	for _, d := range x[:a] {
		outer *= d
	}
	for o := range outer {
		for _, p := range places {
			for i := range inner {
				index = append(index, int32((o*x[a]+int(p))*inner+i))
			}
		}
	}
	return index
}
