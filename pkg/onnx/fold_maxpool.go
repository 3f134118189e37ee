package onnx

import (
	"slices"

	"tightrope/pkg/model"
)

// maxPool folds the maximum over a window in rounds, in each of which neighbours are replaced by the larger of the two.
// In a window that reaches into the padding, one of its values is used several times.
func (f *folder) maxPool(n *Node) error {
	p := n.run.plan.(pooling)
	taps, err := f.taps(n, &p)
	if err != nil {
		return err
	}
	for len(taps) > 1 {
		var left []*view
		for k := 0; k+1 < len(taps); k += 2 {
			v, err := f.larger(taps[k], taps[k+1])
			if err != nil {
				return err
			}
			left = append(left, v)
		}
		if len(taps)%2 == 1 {
			left = append(left, taps[len(taps)-1])
		}
		taps = left
	}
	f.views[n.Out[0]] = taps[0]
	return nil
}

// taps returns the values at each position of the windows, for all windows together. They are convolutions with a
// single 1 if the windows lie in an image without padding, and selections otherwise.
func (f *folder) taps(n *Node, p *pooling) ([]*view, error) {
	v := f.views[n.In[0]]
	at, around, ok, err := f.images(v, f.g.Values[n.In[0]].Shape)
	if err != nil {
		return nil, err
	}
	if ok && around == [4]int{} && p.begin == [2]int{} && p.end == [2]int{} && !p.overhangs() {
		return f.convolvedTaps(at, p)
	}
	if err := f.take(p.area(), p.planes*p.out[0]*p.out[1], model.MaxValues); err != nil {
		return nil, err
	}
	return p.selectedTaps(v), nil
}

// convolvedTaps returns one convolution for each position.
func (f *folder) convolvedTaps(at int, p *pooling) (taps []*view, err error) {
	if err := f.take(p.area(), p.planes*p.area(), model.MaxValues); err != nil {
		return nil, err
	}
	c := convolution{window: p.window, images: 1, in: p.planes, out: p.planes, group: p.planes}
	for k := range p.area() {
		one := made(p.planes*p.area(), func(i int) float64 {
			if i%p.area() == k {
				return 1
			}
			return 0
		})
		spec, weight, err := f.widened(&c, one)
		if err != nil {
			return nil, err
		}
		conv, err := f.emit(spec, weight, nil, at)
		if err != nil {
			return nil, err
		}
		taps = append(taps, &view{layer: conv, index: natural(model.Size(f.shape(conv)))})
	}
	return taps, nil
}

// selectedTaps returns views of the values at each position.
func (p *pooling) selectedTaps(v *view) (taps []*view) {
	plane, result := p.in[0]*p.in[1], p.out[0]*p.out[1]
	chosen := made(p.area(), func(int) []int32 { return slices.Repeat([]int32{-1}, p.planes*result) })
	some := slices.Repeat([]int32{-1}, p.planes*result) // a value of each window
	for k := range p.planes {
		p.each(func(position, out, in, count int) {
			for i := range count {
				from := int32(k*plane + in + i*p.stride[1])
				chosen[position][k*result+out+i], some[k*result+out+i] = from, from
			}
		})
	}
	for _, index := range chosen {
		for i, at := range index {
			if at < 0 {
				index[i] = some[i]
			}
		}
		taps = append(taps, v.take(Selection{Index: index}, 0))
	}
	return taps
}
