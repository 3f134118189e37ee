package onnx

import (
	"fmt"
	"math"
	"slices"

	"tightrope/pkg/model"
)

// leaky returns x where that is positive and slope x elsewhere, as relu(x) - slope relu(-x). There is one slope for all
// values, or one at index[i] for each value i.
func (f *folder) leaky(v *view, slope []float64, index []int32) (*view, error) {
	if index == nil && len(slope) == 1 {
		index = make([]int32, len(v.index))
	}
	positive, err := f.relu(v)
	if err != nil {
		return nil, err
	}
	negative, err := f.relu(f.scaled(v, -1))
	if err != nil {
		return nil, err
	}
	w := *negative
	f.scale(&w, made(len(v.index), func(i int) float64 { return -pick(slope, index, i) }))
	return f.sum(positive, &w)
}

func (f *folder) prelu(n *Node, v *view) (*view, error) {
	slope := f.g.Values[n.In[1]].Const
	if slope == nil {
		return nil, fmt.Errorf("its slope depends on the network's input, which is not piecewise linear: make it " +
			"constant")
	}
	return f.leaky(v, slope.Float64s(), n.run.plan.([]int32))
}

// clip returns x within bounds, as low + relu(x - low) - relu(x - high). The largest float32 stands for "no bound"
// before opset 11, so a bound of that size is ignored.
func (f *folder) clip(v *view, b bounds) (*view, error) {
	low, high := b.low > -math.MaxFloat32, b.high < math.MaxFloat32
	switch {
	case low && high:
		above, err := f.above(v, b.low)
		if err != nil {
			return nil, err
		}
		beyond, err := f.above(v, b.high)
		if err != nil {
			return nil, err
		}
		w, err := f.sum(above, f.scaled(beyond, -1))
		if err != nil {
			return nil, err
		}
		return f.shifted(w, slices.Repeat([]float64{b.low}, len(v.index))), nil
	case low:
		return f.maximum(v, slices.Repeat([]float64{b.low}, len(v.index)))
	case high:
		w, err := f.maximum(f.scaled(v, -1), slices.Repeat([]float64{-b.high}, len(v.index)))
		if err != nil {
			return nil, err
		}
		return f.scaled(w, -1), nil
	}
	return v, nil
}

// above returns relu(x - bound).
func (f *folder) above(v *view, bound float64) (*view, error) {
	return f.relu(f.shifted(v, slices.Repeat([]float64{-bound}, len(v.index))))
}

// hardSigmoid returns alpha x + beta within 0 and 1.
func (f *folder) hardSigmoid(v *view, p line) (*view, error) {
	w := f.shifted(f.scaled(v, p.alpha), slices.Repeat([]float64{p.beta}, len(v.index)))
	return f.clip(w, bounds{0, 1})
}

// maximum returns max(x, c) = c + relu(x - c) for each value.
func (f *folder) maximum(v *view, c []float64) (*view, error) {
	w, err := f.relu(f.shifted(v, made(len(c), func(i int) float64 { return -c[i] })))
	if err != nil {
		return nil, err
	}
	return f.shifted(w, c), nil
}

// larger returns max(a, b) = b + relu(a - b) for each value. If b is not a layer, it becomes one: both terms then refer
// to the same layer, and the checker recognises the sum as a maximum (cert.Native).
func (f *folder) larger(a, b *view) (*view, error) {
	if !b.plain() || !b.ordered(model.Size(f.shape(b.layer))) {
		at, err := f.layer(b)
		if err != nil {
			return nil, err
		}
		b = &view{layer: at, index: natural(len(b.index))}
	}
	d, err := f.sum(a, f.scaled(b, -1))
	if err != nil {
		return nil, err
	}
	if d, err = f.relu(d); err != nil {
		return nil, err
	}
	return f.sum(b, d)
}

// extremum folds Max or Min of branches and constants. A minimum is a maximum with all signs turned.
func (f *folder) extremum(n *Node) (err error) {
	p := n.run.plan.(elementwise)
	sign := 1.0
	if n.Op == "Min" {
		sign = -1
	}
	var most *view
	var bound []float64
	for k := range n.In {
		if v := f.branch(n, p, k); v == nil {
			c := f.constant(n, p, k)
			bound = made(len(c), func(i int) float64 {
				if bound == nil {
					return sign * c[i]
				}
				return max(sign*c[i], bound[i])
			})
		} else if v = f.scaled(v, sign); most == nil {
			most = v
		} else if most, err = f.larger(most, v); err != nil {
			return err
		}
	}
	if bound != nil {
		if slices.ContainsFunc(bound, func(v float64) bool { return math.IsInf(v, 0) }) {
			return fmt.Errorf("one of its constants is infinite: use Clip, or leave it out")
		}
		if most, err = f.maximum(most, bound); err != nil {
			return err
		}
	}
	f.views[n.Out[0]] = f.scaled(most, sign)
	return nil
}
