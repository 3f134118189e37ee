package onnx

import (
	"slices"

	"tightrope/pkg/model"
)

// pool folds an average pooling. It becomes a pooling layer if all windows have the same number of values. Otherwise it
// becomes a dense layer that sums and a division by the numbers of values, so that nothing is rounded.
func (f *folder) pool(n *Node) error {
	shape := f.g.Values[n.In[0]].Shape
	at, around, ok, err := f.images(f.views[n.In[0]], shape)
	if err != nil {
		return err
	}
	p, windows := n.run.plan.(pooling)
	if !windows {
		p = global(shape)
	}
	padded := p.begin != [2]int{} || p.end != [2]int{}
	if !ok || around != [4]int{} || p.begin != p.end || padded && !p.padded || p.overhangs() || p.dilation != [2]int{1,
		1} {
		return f.poolMatrix(n, &p)
	}
	spec := model.LayerSpec{Type: "avgpool", Kernel: p.kernel[:], Stride: p.stride[:], Padding: p.begin[:]}
	if at, err = f.emit(spec, nil, nil, at); err != nil {
		return err
	}
	f.views[n.Out[0]] = &view{layer: at, index: natural(product(f.shape(at)))}
	return nil
}

// global returns the pooling over each whole plane.
func global(shape []int) pooling {
	last := shape[len(shape)-1]
	p := pooling{planes: shape[0] * shape[1]}
	p.in = [2]int{product(shape[2:]) / last, last}
	p.kernel, p.stride, p.dilation, p.out = p.in, p.in, [2]int{1, 1}, [2]int{1, 1}
	return p
}

// poolMatrix returns the pooling as a dense layer and a division.
func (f *folder) poolMatrix(n *Node, p *pooling) error {
	plane, result := p.in[0]*p.in[1], p.out[0]*p.out[1]
	v := f.views[n.In[0]]
	units := p.planes * result
	weight, from, err := f.matrix(v, units, maxGather)
	if err != nil {
		return err
	}
	columns := f.shape(from)[0]
	counts := make([]float64, units)
	for k := range p.planes {
		p.each(func(_, out, in, count int) {
			for i := range count {
				unit := k*result + out + i
				counts[unit]++
				if input := v.index[k*plane+in+i*p.stride[1]]; input >= 0 {
					weight[unit*columns+int(input)]++
				}
			}
		})
	}
	if p.padded {
		fill(counts, float64(p.area()))
	}
	if err := f.dense(n, weight, nil, units, from, 1); err != nil {
		return err
	}
	f.views[n.Out[0]].std = unlessAll(counts, 1)
	return nil
}

// convMatrix returns a convolution as a dense layer, for values that are not an image in its order.
func (f *folder) convMatrix(n *Node, p *convolution, w, bias []float64) error {
	plane, result := p.window.in[0]*p.window.in[1], p.window.out[0]*p.window.out[1]
	v := f.views[n.In[0]]
	units := p.images * p.out * result
	weight, from, err := f.matrix(v, units, maxGather)
	if err != nil {
		return err
	}
	columns, own := f.shape(from)[0], p.in/p.group
	for k := range p.images * p.out * own {
		channel, o, image := k%own, k/own%p.out, k/own/p.out
		first := (image*p.in + o/(p.out/p.group)*own + channel) * plane
		p.each(func(position, out, in, count int) {
			for i := range count {
				unit := (image*p.out+o)*result + out + i
				if input := v.index[first+in+i*p.stride[1]]; input >= 0 {
					at := &weight[unit*columns+int(input)]
					*at = f.plus(*at, w[(o*own+channel)*p.area()+position])
				}
			}
		})
	}
	if bias != nil {
		bias = made(units, func(i int) float64 { return bias[i/result%p.out] })
	}
	return f.dense(n, weight, slices.Clip(bias), units, from, 1)
}
