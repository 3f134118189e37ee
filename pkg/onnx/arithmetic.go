package onnx

import (
	"fmt"
	"slices"
)

// elementwise is the plan of an operation that combines the values of two or more arrays place by place.
type elementwise struct {
	op     string
	spread [][]int32 // of each input
}

func inferArithmetic(c *call) (kernels, error) {
	if err := c.oneType(); err != nil {
		return kernels{}, err
	}
	if c.in[0].Type == Bool {
		return kernels{}, fmt.Errorf("its inputs are truth values, but it needs numbers: correct the model")
	}
	shape := c.in[0].Shape
	var err error
	for _, v := range c.in[1:] {
		if shape, err = broadcast(shape, v.Shape); err != nil {
			return kernels{}, err
		}
	}
	if err := c.set(0, c.in[0].Type, shape...); err != nil {
		return kernels{}, err
	}
	if err := c.checkDivisor(); err != nil {
		return kernels{}, err
	}
	c.work = max(1, len(c.in)) * c.g.Values[c.node.Out[0]].Size()
	p := elementwise{op: c.node.Op}
	for _, v := range c.in {
		if err := c.g.take(shape); err != nil { // of the index
			return kernels{}, err
		}
		p.spread = append(p.spread, spread(v.Shape, shape))
	}
	return kernel(p, combine[float32], combine[float64]), nil
}

// checkDivisor returns an error for a division by a constant 0.
func (c *call) checkDivisor() error {
	if c.node.Op != "Div" || c.in[1].Const == nil {
		return nil
	}
	d := c.in[1].Const
	if i := max(slices.Index(d.F32, 0), slices.Index(d.F64, 0), slices.Index(d.Ints, 0)); i >= 0 {
		return fmt.Errorf("it divides by 0 (value %d of %.60q): correct the model", i, c.in[1].Name)
	}
	return nil
}

func combine[T Real](p elementwise, in, out []*array[T]) {
	if out[0].floats == nil {
		combineAll(p, in, func(a *array[T]) []int64 { return a.ints }, out[0].ints)
		return
	}
	combineAll(p, in, func(a *array[T]) []T { return a.floats }, out[0].floats)
}

// combineAll combines the first input with each of the others in turn.
func combineAll[E int64 | float32 | float64, T Real](p elementwise, in []*array[T], of func(*array[T]) []E, out []E) {
	first := of(in[0])
	for i := range out {
		out[i] = pick(first, p.spread[0], i)
	}
	f := functionOf[E](p.op)
	for k := 1; k < len(in); k++ {
		v, index := of(in[k]), p.spread[k]
		for i := range out {
			out[i] = f(out[i], pick(v, index, i))
		}
	}
}

// functionOf returns the function of two numbers for an operation; integers are divided towards zero.
func functionOf[E int64 | float32 | float64](op string) func(a, b E) E {
	switch op {
	case "Add":
		return func(a, b E) E { return a + b }
	case "Sub":
		return func(a, b E) E { return a - b }
	case "Mul":
		return func(a, b E) E { return a * b }
	case "Div":
		return func(a, b E) E { return a / b }
	case "Max":
		return func(a, b E) E { return max(a, b) }
	}
	return func(a, b E) E { return min(a, b) }
}
