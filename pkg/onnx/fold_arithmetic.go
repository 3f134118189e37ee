package onnx

import (
	"fmt"
	"math"
	"slices"

	"tightrope/pkg/model"
)

// arithmetic folds an elementwise operation: with a constant into the arithmetic of each value, with two branches into
// a sum of layers.
func (f *folder) arithmetic(n *Node) error {
	p := n.run.plan.(elementwise)
	a, b := f.branch(n, p, 0), f.branch(n, p, 1)
	switch {
	case a != nil && b != nil:
		return f.branches(n, a, b)
	case b == nil:
		return f.withConstant(n, a, f.constant(n, p, 1))
	}
	c := f.constant(n, p, 0)
	switch n.Op {
	case "Add", "Mul":
		return f.withConstant(n, b, c)
	case "Sub": // c - x
		v := *b
		f.scale(&v, slices.Repeat([]float64{-1}, len(c)))
		f.shift(&v, c)
		f.views[n.Out[0]] = &v
		return nil
	}
	return fmt.Errorf("it divides by values of the network: only a division by constants is linear")
}

// branch returns the view of an input, broadcast to the result's shape; nil if the input is constant.
func (f *folder) branch(n *Node, p elementwise, k int) *view {
	v := f.views[n.In[k]]
	if v == nil || p.spread[k] == nil {
		return v
	}
	return v.take(Selection{Index: p.spread[k]}, 0)
}

// constant returns a constant input, broadcast to the result's shape.
func (f *folder) constant(n *Node, p elementwise, k int) []float64 {
	c := f.g.Values[n.In[k]].Const.Float64s()
	if p.spread[k] != nil {
		c = pickAll(c, p.spread[k], 0)
	}
	return c
}

// withConstant returns x op c for each value. For sums and products, the order of x and c does not matter.
func (f *folder) withConstant(n *Node, from *view, c []float64) error {
	v := *from
	switch n.Op {
	case "Add":
		if f.addBias(n, &v, c) {
			break
		}
		f.shift(&v, c)
	case "Sub":
		if v.plain() {
			v.mean = unlessAll(c, 0)
			break
		}
		f.shift(&v, made(len(c), func(i int) float64 { return -c[i] }))
	case "Mul":
		f.scale(&v, c)
	case "Div":
		f.divide(&v, c)
	}
	f.views[n.Out[0]] = &v
	return nil
}

// unlessAll returns nil if all values equal the neutral one, which has no effect.
func unlessAll(values []float64, nothing float64) []float64 {
	if slices.ContainsFunc(values, func(v float64) bool { return v != nothing }) {
		return values
	}
	return nil
}

// addBias makes constants the bias of a layer that has weights but no bias, provided that only this node reads the
// layer.
func (f *folder) addBias(n *Node, v *view, c []float64) bool {
	home, ok := f.home[v.layer]
	if !ok || (n.In[0] != home && n.In[1] != home) || f.g.Values[home].readers != 1 || !v.plain() {
		return false
	}
	l := &f.layers[v.layer]
	inner := product(l.out[1:])
	if l.bias != nil || !v.ordered(product(l.out)) {
		return false
	}
	for i, x := range c {
		if x != c[i-i%inner] {
			return false
		}
	}
	l.bias = channels(c, l.out, 0)
	return true
}

// shift adds numbers to a view.
func (f *folder) shift(v *view, c []float64) {
	if v.shift == nil {
		v.shift = unlessAll(c, 0)
		return
	}
	old := v.shift
	v.shift = made(len(c), func(i int) float64 { return f.plus(old[i], c[i]) })
}

// scale multiplies a view by numbers.
func (f *folder) scale(v *view, c []float64) {
	if unlessAll(c, 1) == nil {
		return
	}
	all := func(values []float64, nothing float64) []float64 {
		return unlessAll(made(len(values), func(i int) float64 { return f.times(values[i], c[i]) }), nothing)
	}
	v.shift = all(v.shift, 0)
	if v.scale == nil {
		v.scale = c
		return
	}
	v.scale = all(v.scale, 1)
}

// divide divides a view by numbers. The division is exact if nothing but a subtraction came before it and all numbers
// are positive.
func (f *folder) divide(v *view, c []float64) {
	if v.std == nil && v.scale == nil && v.shift == nil && slices.Min(c) > 0 {
		v.std = unlessAll(c, 1)
		return
	}
	f.scale(v, made(len(c), func(i int) float64 {
		q := 1 / c[i]
		f.round(math.FMA(q, c[i], -1))
		return q
	}))
}

// branches folds a sum or difference of two views.
func (f *folder) branches(n *Node, a, b *view) (err error) {
	switch n.Op {
	case "Add":
		f.views[n.Out[0]], err = f.sum(a, b)
	case "Sub":
		f.views[n.Out[0]], err = f.sum(a, f.scaled(b, -1))
	default:
		err = fmt.Errorf("it joins two branches by %s, which is not linear: only Add and Sub may join branches", n.Op)
	}
	return err
}

// scaled returns a multiple of a view.
func (f *folder) scaled(v *view, by float64) *view {
	w := *v
	f.scale(&w, slices.Repeat([]float64{by}, len(v.index)))
	return &w
}

// shifted returns a view plus numbers.
func (f *folder) shifted(v *view, by []float64) *view {
	w := *v
	f.shift(&w, by)
	return &w
}

// sum adds two views.
func (f *folder) sum(a, b *view) (*view, error) {
	index := natural(len(a.index))
	if a.plain() && b.plain() && slices.Equal(a.index, b.index) && slices.Equal(f.shape(a.layer), f.shape(b.layer)) {
		index = a.index // whole layers, in whatever order
	} else {
		var err error
		if a, b, err = f.alike(a, b); err != nil {
			return nil, err
		}
	}
	if a.layer == b.layer { // x + x
		return f.scaled(&view{layer: a.layer, index: index}, 2), nil
	}
	at, err := f.emit(model.LayerSpec{Type: "add"}, nil, nil, a.layer, b.layer)
	if err != nil {
		return nil, err
	}
	return &view{layer: at, index: index}, nil
}

// alike turns two views into layers of the same shape.
func (f *folder) alike(a, b *view) (x, y *view, err error) {
	p, err := f.layer(a)
	if err != nil {
		return nil, nil, err
	}
	q, err := f.layer(b)
	if err != nil {
		return nil, nil, err
	}
	if !slices.Equal(f.shape(p), f.shape(q)) {
		if p, err = f.flatLayer(p); err != nil {
			return nil, nil, err
		}
		if q, err = f.flatLayer(q); err != nil {
			return nil, nil, err
		}
	}
	return &view{layer: p}, &view{layer: q}, nil
}
