package onnx

import (
	"fmt"
	"slices"

	"tightrope/pkg/model"
)

// product folds Gemm and MatMul with a constant matrix. Each value of the result becomes a row of a dense layer.
func (f *folder) product(n *Node) error {
	p := n.run.plan.(matrices)
	x, w := 0, 1
	if f.views[n.In[0]] == nil {
		x, w = 1, 0
	}
	c := f.g.Values[n.In[w]].Const
	if c == nil {
		return fmt.Errorf("it multiplies two values of the network, which is not linear: one must be constant")
	}
	v := f.views[n.In[x]]
	units := len(p.startA) * p.rows * p.columns
	weight, from, err := f.matrix(v, units, model.MaxValues)
	if err != nil {
		return err
	}
	columns := f.shape(from)[0]
	values := c.Float64s()
	p.entries(x == 0, func(unit, input, constant int) {
		at := &weight[unit*columns+int(max(v.index[input], 0))]
		if v.index[input] >= 0 {
			*at = f.plus(*at, values[constant])
		}
	})
	bias, err := f.gemmBias(n, p, units)
	if err != nil {
		return err
	}
	return f.dense(n, weight, bias, units, from, p.alpha)
}

// matrix prepares a dense layer of at most limit weights on a view. The view's arithmetic becomes layers, and its order
// becomes the order of the weights' columns, which refer to the flat layer that is returned.
func (f *folder) matrix(v *view, units, limit int) (weight []float64, from int, err error) {
	if from = v.layer; !v.plain() {
		if from, err = f.flat(v); err != nil {
			return nil, 0, err
		}
		v.layer, v.index = from, natural(len(v.index))
		v.mean, v.std, v.scale, v.shift = nil, nil, nil, nil
	}
	if from, err = f.flatLayer(from); err != nil {
		return nil, 0, err
	}
	columns := f.shape(from)[0]
	if err := f.take(units, columns, limit); err != nil {
		return nil, 0, err
	}
	return make([]float64, units*columns), from, nil
}

// entries calls f for every product in the result, of a value of the input and a constant.
func (p *matrices) entries(first bool, f func(unit, input, constant int)) {
	for k := range p.startA {
		for i := range p.rows {
			for j := range p.columns {
				unit := (k*p.rows+i)*p.columns + j
				for h := range p.inner {
					a := int(p.startA[k]) + i*p.aRow + h*p.aInner
					b := int(p.startB[k]) + h*p.bInner + j*p.bColumn
					if first {
						f(unit, a, b)
					} else {
						f(unit, b, a)
					}
				}
			}
		}
	}
}

// gemmBias returns the term beta C of Gemm; nil if it has none.
func (f *folder) gemmBias(n *Node, p matrices, units int) ([]float64, error) {
	if !p.hasC {
		return nil, nil
	}
	c := f.g.Values[n.In[2]].Const
	if c == nil {
		return nil, fmt.Errorf("its input C depends on the network's input: use MatMul and Add")
	}
	values := c.Float64s()
	return made(units, func(i int) float64 { return f.times(p.beta, pick(values, p.spread, i)) }), nil
}

// dense adds the layer of a product. If alpha is not 1, it becomes a layer of its own, so that nothing is rounded.
func (f *folder) dense(n *Node, weight, bias []float64, units, from int, alpha float64) error {
	own := bias
	if alpha != 1 {
		own = nil
	}
	at, err := f.emit(model.LayerSpec{Type: "dense", Units: units}, weight, own, from)
	if err != nil {
		return err
	}
	f.home[at] = n.Out[0]
	v := &view{layer: at, index: natural(units)}
	if alpha != 1 {
		v.scale, v.shift = slices.Repeat([]float64{alpha}, units), bias
	}
	f.views[n.Out[0]] = v
	return nil
}

// normalise folds a batch normalisation with constant statistics.
func (f *folder) normalise(n *Node) error {
	p := n.run.plan.(normalization)
	c, err := f.statistics(n, &p)
	if err != nil {
		return err
	}
	shape := f.g.Values[n.In[0]].Shape
	at, err := f.image(f.views[n.In[0]], shape)
	if err != nil {
		return err
	}
	if own := f.shape(at); shape[0] != 1 || own[0] != p.channels {
		if at, err = f.flatLayer(at); err != nil {
			return err
		}
	}
	if units := product(shape); len(f.shape(at)) == 1 && units != p.channels { // a channel is several units here
		for k, values := range c {
			c[k] = made(units, func(i int) float64 { return values[i/p.inner%p.channels] })
		}
	}
	spec := model.LayerSpec{Type: "batchnorm", Mean: c[2], Variance: c[3], Epsilon: p.epsilon}
	if at, err = f.emit(spec, c[0], c[1], at); err != nil {
		return err
	}
	f.views[n.Out[0]] = &view{layer: at, index: natural(product(shape))}
	return nil
}

// statistics returns scale, shift, mean and variance of each channel. In a layer, an epsilon of 0 would stand for the
// default, so in this case a part of the variance is moved to epsilon.
func (f *folder) statistics(n *Node, p *normalization) (c [4][]float64, err error) {
	for k := range c {
		t := f.g.Values[n.In[k+1]].Const
		if t == nil {
			return c, fmt.Errorf("its input %d depends on the network's input: export the model for inference", k+1)
		}
		c[k] = t.Float64s()
	}
	if p.epsilon == 0 {
		p.epsilon = slices.Min(c[3]) / 2
		for i, v := range c[3] {
			c[3][i] = f.plus(v, -p.epsilon)
		}
	}
	return c, nil
}

// image returns the layer of a view: with the shape [channels, height, width] if that is possible, and flat otherwise.
func (f *folder) image(v *view, shape []int) (int, error) {
	if len(shape) == 4 && shape[0] == 1 && !slices.Equal(f.shape(v.layer), shape[1:]) && f.rearrangesInput(v) {
		return 0, &restart{shape[1:], v.index}
	}
	return f.layer(v)
}
