package onnx

import "fmt"

// movement is the plan of an operation that moves values without changing them.
type movement struct {
	to     []Selection // of each result
	joined bool        // all inputs are moved, one after the other; otherwise only the first
	pad    float64
}

// move records what a node moves, see [Node.Select].
func (c *call) move(p movement) kernels {
	c.node.Select, c.node.Pad = p.to, p.pad
	return kernel(p, move[float32], move[float64])
}

func move[T Real](p movement, in, out []*array[T]) {
	from := in[0]
	if p.joined && len(in) > 1 {
		from = &array[T]{}
		for _, a := range in {
			from.floats, from.ints = append(from.floats, a.floats...), append(from.ints, a.ints...)
		}
	}
	for k, o := range out {
		if o == nil {
			continue
		}
		take(p.to[k], from.floats, o.floats, T(p.pad))
		take(p.to[k], from.ints, o.ints, int64(p.pad))
	}
}

// take copies the values that a selection names. If the values are of the other kind, to is empty.
func take[E any](s Selection, from, to []E, pad E) {
	if s.Same {
		copy(to, from)
		return
	}
	for i := range to {
		if at := s.Index[i]; at >= 0 {
			to[i] = from[at]
		} else {
			to[i] = pad
		}
	}
}

// reshape gives the values of the first input another shape.
func (c *call) reshape(shape []int) (kernels, error) {
	n, err := sizeOf(shape, c.g.options.MaxValues)
	if err != nil {
		return kernels{}, err
	}
	if n != c.in[0].Size() {
		return kernels{}, fmt.Errorf("an input of shape %v (%d values) cannot be given the shape %v (%d values): "+
			"export the model again, for a batch of 1", c.in[0].Shape, c.in[0].Size(), shape, n)
	}
	return c.move(movement{to: []Selection{{Same: true}}}), c.set(0, c.in[0].Type, shape...)
}

func inferIdentity(c *call) (kernels, error) { return c.reshape(c.in[0].Shape) }

// inferDropout infers the identity; in training mode it is an error.
func inferDropout(c *call) (kernels, error) {
	if c.g.Opset < 12 {
		c.ignore("ratio")
		if len(c.in) > 1 {
			return kernels{}, fmt.Errorf("it has more than one input, which needs opset 12 or later: correct the " +
				"model's opset")
		}
	}
	c.ignore("seed")
	if c.optional(2) != nil {
		t, err := c.constant(2, "training_mode")
		if err != nil {
			return kernels{}, err
		}
		if len(t.Ints) != 1 || t.Ints[0] != 0 {
			return kernels{}, fmt.Errorf("it is in training mode: export the model for inference")
		}
	}
	if err := c.dropOutputs("the mask of training is not computed; export the model for inference"); err != nil {
		return kernels{}, err
	}
	return c.reshape(c.in[0].Shape)
}

// inferFlatten infers a matrix: the axes before a given one become its rows, the others its columns.
func inferFlatten(c *call) (kernels, error) {
	x := c.in[0].Shape
	a := c.integer("axis", 1)
	if a < 0 && c.g.Opset >= 11 {
		a += int64(len(x))
	}
	if a < 0 || a > int64(len(x)) {
		return kernels{}, fmt.Errorf("its axis does not fit an input of shape %v: correct the model", x)
	}
	shape := []int{1, 1}
	for i, d := range x {
		if i < int(a) {
			shape[0] *= d
		} else {
			shape[1] *= d
		}
	}
	return c.reshape(shape)
}

// inferReshape infers Reshape. A size of 0 keeps the size of the input's axis, and one size may be -1, which stands for
// whatever remains.
func inferReshape(c *call) (kernels, error) {
	keep := !(c.g.Opset >= 14 && c.flag("allowzero", false))
	target, err := c.integers(1, "the shape")
	if err != nil {
		return kernels{}, err
	}
	x := c.in[0].Shape
	shape := make([]int, len(target))
	open, rest := -1, c.in[0].Size()
	for i, d := range target {
		switch {
		case d == -1 && open < 0:
			open = i
			continue
		case d == 0 && keep && i < len(x):
			d = int64(x[i])
		case d < 0 || d > int64(c.g.options.MaxValues) || d == 0 && keep:
			return kernels{}, fmt.Errorf("the shape %v does not fit an input of shape %v: correct the model", target, x)
		}
		shape[i] = int(d)
		if d > 0 && rest%int(d) == 0 {
			rest /= int(d)
		}
	}
	if open >= 0 {
		shape[open] = rest
	}
	return c.reshape(shape)
}

// axes returns the axes of an operation: an attribute before opset 13, an input from then on. there is false if the
// node has neither.
func (c *call) axes() (axes []int64, there bool, err error) {
	if c.g.Opset < 13 {
		axes, there = c.list("axes")
		if len(c.in) > 1 {
			err = fmt.Errorf("its axes are an input, which needs opset 13 or later: correct the model's opset")
		}
		return axes, there, err
	}
	if c.optional(1) == nil {
		return nil, false, nil
	}
	axes, err = c.integers(1, "the axes")
	return axes, true, err
}

// chosen marks axes among rank of them, and returns an error for an axis that occurs twice.
func chosen(axes []int64, rank int) ([]bool, error) {
	marks := make([]bool, rank)
	for _, a := range axes {
		i, err := axis(a, rank)
		if err != nil {
			return nil, err
		}
		if marks[i] {
			return nil, fmt.Errorf("the axis %d occurs twice: correct the model", a)
		}
		marks[i] = true
	}
	return marks, nil
}

// inferSqueeze infers the removal of axes of size 1: those that are given, or all.
func inferSqueeze(c *call) (kernels, error) {
	axes, there, err := c.axes()
	if err != nil {
		return kernels{}, err
	}
	x := c.in[0].Shape
	marks, err := chosen(axes, len(x))
	if err != nil {
		return kernels{}, err
	}
	var shape []int
	for i, d := range x {
		switch {
		case there && marks[i] && d != 1:
			return kernels{}, fmt.Errorf("it removes axis %d of an input of shape %v, but the size of this axis is "+
				"not 1: correct the model", i, x)
		case there && !marks[i], !there && d != 1:
			shape = append(shape, d)
		}
	}
	return c.reshape(shape)
}

// inferUnsqueeze infers the insertion of axes of size 1, at given places of the result.
func inferUnsqueeze(c *call) (kernels, error) {
	axes, there, err := c.axes()
	if err != nil {
		return kernels{}, err
	}
	if !there || len(axes) > 64 {
		return kernels{}, fmt.Errorf("it has no axes, or more than 64: export the model again")
	}
	x := c.in[0].Shape
	marks, err := chosen(axes, len(x)+len(axes))
	if err != nil {
		return kernels{}, err
	}
	shape := make([]int, 0, len(marks))
	for _, added := range marks {
		if added {
			shape = append(shape, 1)
		} else {
			shape = append(shape, x[0])
			x = x[1:]
		}
	}
	return c.reshape(shape)
}
