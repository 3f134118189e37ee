package onnx

import (
	"fmt"
	"slices"

	"tightrope/pkg/model"
)

// rearrangesInput reports whether a view consists of all values of the input in some order, after layers that do not
// change the order.
func (f *folder) rearrangesInput(v *view) bool {
	at := v.layer
	for at != model.InputNode {
		l := f.layers[at]
		if !model.IsActivation(l.spec.Type) && !slices.Contains([]string{"batchnorm", "normalize"}, l.spec.Type) {
			return false
		}
		at = l.inputs[0]
	}
	seen := make([]bool, product(f.input))
	for _, i := range v.index {
		if i < 0 || seen[i] {
			return false
		}
		seen[i] = true
	}
	return f.order == nil && len(v.index) == len(seen)
}

// images finds the layer of shape [channels, height, width] over whose output a window slides, and the zeros that Pad
// put around it. ok is false if there is no such layer, because the values come in another order or from several
// images.
func (f *folder) images(v *view, shape []int) (at int, around [4]int, ok bool, err error) {
	own := shape[1:]
	if len(own) == 2 {
		own = []int{own[0], 1, own[1]}
	}
	if shape[0] != 1 || len(own) != 3 {
		return 0, around, false, nil
	}
	if slices.Equal(f.shape(v.layer), own) && v.ordered(product(own)) {
		at, err = f.layer(v)
		return at, around, err == nil && len(f.shape(at)) == 3, err
	}
	if f.rearrangesInput(v) {
		return 0, around, false, &restart{own, v.index}
	}
	if inner := f.shape(v.layer); len(inner) == 3 && v.plain() {
		around, ok = framed(v.index, inner, own)
	}
	return v.layer, around, ok, nil
}

// framed reports whether an index describes an image with a frame of -1 around it, and returns the width of the frame
// at the top, left, bottom and right.
func framed(index []int32, inner, outer []int) (around [4]int, ok bool) {
	first := slices.Index(index, 0)
	if first < 0 || inner[0] != outer[0] || inner[1] > outer[1] || inner[2] > outer[2] {
		return around, false
	}
	top, left := first/outer[2], first%outer[2]
	around = [4]int{top, left, outer[1] - inner[1] - top, outer[2] - inner[2] - left}
	if slices.Min(around[:]) < 0 {
		return around, false
	}
	want := slices.Repeat([]int32{-1}, product(outer))
	for i, at := range strided(inner, strides(outer), first) {
		want[at] = int32(i)
	}
	return around, slices.Equal(index, want)
}

// conv folds a convolution. Groups, dilations and padding that differs between the sides become zeros of the kernel.
func (f *folder) conv(n *Node) error {
	p := n.run.plan.(convolution)
	w := f.g.Values[n.In[1]].Const
	if w == nil {
		return fmt.Errorf("its weights depend on the network's input, which is not linear: they must be constant")
	}
	var bias []float64
	if len(n.In) > 2 && n.In[2] >= 0 {
		b := f.g.Values[n.In[2]].Const
		if b == nil {
			return fmt.Errorf("its bias depends on the network's input: use Add")
		}
		bias = b.Float64s()
	}
	at, around, ok, err := f.images(f.views[n.In[0]], f.g.Values[n.In[0]].Shape)
	if err != nil {
		return err
	}
	if !ok {
		return f.convMatrix(n, &p, w.Float64s(), bias)
	}
	for i := range 2 {
		p.begin[i] += around[i]
		p.end[i] += around[2+i]
	}
	spec, weight, err := f.widened(&p, w.Float64s())
	if err != nil {
		return err
	}
	if at, err = f.emit(spec, weight, bias, at); err != nil {
		return err
	}
	f.home[at] = n.Out[0]
	f.views[n.Out[0]] = &view{layer: at, index: natural(product(f.shape(at)))}
	return nil
}

// widened returns the same convolution as a layer with one group, without dilation, and with equal padding on both
// sides of an axis. Zeros are inserted between the rows and columns of the kernel, and on the side with less padding.
// No other number changes.
func (f *folder) widened(p *convolution, w []float64) (model.LayerSpec, []float64, error) {
	var size, before [2]int
	spec := model.LayerSpec{Type: "conv", Channels: p.out, Stride: p.stride[:]}
	for i := range 2 {
		padding := max(p.begin[i], p.end[i])
		before[i] = padding - p.begin[i]
		size[i] = p.reach(i) + before[i] + padding - p.end[i]
		spec.Padding = append(spec.Padding, padding)
	}
	spec.Kernel = size[:]
	total := size[0] * size[1]
	if err := f.take(p.out*p.in, total, model.MaxValues); err != nil {
		return spec, nil, err
	}
	weight := make([]float64, p.out*p.in*total)
	own := p.in / p.group
	for i, v := range w {
		tap, channel, out := i%p.area(), i/p.area()%own, i/p.area()/own
		channel += out / (p.out / p.group) * own
		y := before[0] + tap/p.kernel[1]*p.dilation[0]
		x := before[1] + tap%p.kernel[1]*p.dilation[1]
		weight[((out*p.in+channel)*size[0]+y)*size[1]+x] = v
	}
	return spec, weight, nil
}
