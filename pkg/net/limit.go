package net

import "fmt"

// The largest networks that are built: more is nearly always a typing error, and would end the program for want of
// memory. The largest networks of the field have some 10^7 parameters.
const (
	maxValues = 1 << 27 // values of one parameter or of one layer's output for one sample
	maxParams = 1 << 28 // values of all parameters, 2 GiB on the host
)

// product multiplies sizes without overflow: what is too large stays so.
func product(sizes ...int) float64 {
	p := 1.0
	for _, s := range sizes {
		p *= float64(s)
	}
	return p
}

// checkValues returns an error where a layer has more values than are built.
func checkValues(what string, sizes ...int) error {
	if n := product(sizes...); n > maxValues {
		return fmt.Errorf("%s: %.3g values, more than %d: use smaller layers", what, n, maxValues)
	}
	return nil
}

// checkSize adds up the parameters of an architecture without building it. Layers that do not fit are left to
// [Arch.Build].
func checkSize(a Arch) error {
	shapes, total := [][]int{a.Input}, 0.0 // of vertex i-1
	for i, spec := range a.Layers {
		layer, err := spec.build()
		if err != nil {
			return nil
		}
		from := spec.Inputs
		if len(from) == 0 {
			from = []int{i - 1}
		}
		in := make([][]int, len(from))
		for k, f := range from {
			if f < InputNode || f >= i {
				return nil
			}
			in[k] = shapes[f+1]
		}
		out, err := layer.OutShape(in...)
		if err != nil {
			return nil
		}
		for _, p := range layer.ParamShapes(in[0]) {
			total += product(p.Shape...)
		}
		shapes = append(shapes, out)
	}
	if total > maxParams {
		return fmt.Errorf("architecture %q has %.3g parameters, more than %d: use fewer or smaller layers", a.Name,
			total, maxParams)
	}
	return nil
}
