package onnx

import (
	"math"
	"slices"

	"tightrope/pkg/model"
)

// view describes a value of the graph by the output of a layer: value i is (x - mean[i]) / std[i] * scale[i] +
// shift[i], where x is output index[i] of the layer, or 0 if index[i] is -1. A slice that is nil has no effect.
type view struct {
	layer                   int
	index                   []int32
	mean, std, scale, shift []float64
}

// plain reports whether the values are the layer's, without arithmetic.
func (v *view) plain() bool { return v.mean == nil && v.std == nil && v.scale == nil && v.shift == nil }

// ordered reports whether the values are all of a layer's n outputs, in order.
func (v *view) ordered(n int) bool {
	if len(v.index) != n {
		return false
	}
	for i, at := range v.index {
		if int(at) != i {
			return false
		}
	}
	return true
}

// move returns the view of the values that a node moves.
func (f *folder) move(n *Node) error {
	if n.Op == "Concat" {
		return f.concat(n)
	}
	v := f.views[n.In[0]]
	for k, out := range n.Out {
		if out >= 0 {
			f.views[out] = v.take(n.Select[k], n.Pad)
		}
	}
	return nil
}

// take returns the view of selected values.
func (v *view) take(s Selection, pad float64) *view {
	if s.Same {
		return v
	}
	w := &view{layer: v.layer, index: pickAll(v.index, s.Index, -1), mean: pickAll(v.mean, s.Index, 0),
		std: pickAll(v.std, s.Index, 1), scale: pickAll(v.scale, s.Index, 1), shift: pickAll(v.shift, s.Index, pad)}
	if w.shift == nil && pad != 0 && slices.Contains(s.Index, -1) {
		w.shift = pickAll(make([]float64, len(v.index)), s.Index, pad)
	}
	return w
}

// pickAll returns the values at an index, and the other value where the index is -1; nil if the values are nil.
func pickAll[E any](values []E, index []int32, otherwise E) []E {
	if values == nil {
		return nil
	}
	return made(len(index), func(i int) E {
		if index[i] < 0 {
			return otherwise
		}
		return values[index[i]]
	})
}

// concat joins views. The result is a sum of the parts, each with zeros in the places of the others, and with the
// constants added.
func (f *folder) concat(n *Node) error {
	index := n.Select[0].Index
	constants := make([]float64, len(index))
	var parts []int
	start := 0
	for _, in := range n.In {
		value := f.g.Values[in]
		own := within(index, start, start+value.Size())
		start += value.Size()
		if value.Const != nil {
			for i, c := range pickAll(value.Const.Float64s(), own, 0) {
				constants[i] += c // one of the two is 0
			}
			continue
		}
		at, err := f.flat(f.views[in].take(Selection{Index: own}, 0))
		if err != nil {
			return err
		}
		parts = append(parts, at)
	}
	at := parts[0]
	if len(parts) > 1 {
		var err error
		if at, err = f.emit(model.LayerSpec{Type: "add"}, nil, nil, parts...); err != nil {
			return err
		}
	}
	f.views[n.Out[0]] = &view{layer: at, index: natural(len(index)), shift: unlessAll(constants, 0)}
	return nil
}

// within returns the part of an index between two places, counted from the first of them; all others become -1.
func within(index []int32, from, to int) []int32 {
	return made(len(index), func(i int) int32 {
		if at := int(index[i]); at >= from && at < to {
			return int32(at - from)
		}
		return -1
	})
}

// maxGather is the largest number of entries of a dense layer that replaces a movement or a window.
const maxGather = 1 << 22

// flat makes a layer of shape [n] whose outputs are the values of a view.
func (f *folder) flat(v *view) (int, error) {
	at, err := f.layer(v)
	if err != nil || len(f.shape(at)) == 1 {
		return at, err
	}
	return f.emit(model.LayerSpec{Type: "flatten"}, nil, nil, at)
}

// layer makes a layer whose outputs, in order, are the values of a view. It uses the view's own layer if that has them
// already, and adds normalisations for the view's arithmetic.
func (f *folder) layer(v *view) (at int, err error) {
	at = v.layer
	if !v.ordered(model.Size(f.shape(at))) {
		if at, err = f.gather(v); err != nil {
			return 0, err
		}
	}
	if v.plain() {
		return at, nil
	}
	if at, err = f.channelwise(at, v); err != nil {
		return 0, err
	}
	if v.mean != nil || v.std != nil {
		spec := model.LayerSpec{Type: "normalize", Mean: channels(v.mean, f.shape(at), 0), Std: channels(v.std,
			f.shape(at), 1)}
		if at, err = f.emit(spec, nil, nil, at); err != nil {
			return 0, err
		}
	}
	if v.scale != nil || v.shift != nil {
		return f.affine(at, channels(v.scale, f.shape(at), 1), channels(v.shift, f.shape(at), 0))
	}
	return at, nil
}

// affine adds a layer that multiplies each channel by one number and adds another. It is a batch normalisation whose
// variance and epsilon add to 1, because an epsilon of 0 would stand for the default.
func (f *folder) affine(at int, scale, shift []float64) (int, error) {
	n := f.shape(at)[0]
	spec := model.LayerSpec{Type: "batchnorm", Mean: make([]float64, n), Variance: slices.Repeat([]float64{0.5}, n),
		Epsilon: 0.5}
	return f.emit(spec, scale, shift, at)
}

// channelwise returns a layer with the same outputs in which the view's arithmetic is the same throughout each channel:
// the layer itself, or its flat form, in which every output is a channel.
func (f *folder) channelwise(at int, v *view) (int, error) {
	shape := f.shape(at)
	inner := product(shape[1:])
	for _, values := range [][]float64{v.mean, v.std, v.scale, v.shift} {
		for i, x := range values {
			if x != values[i-i%inner] {
				return f.emit(model.LayerSpec{Type: "flatten"}, nil, nil, at)
			}
		}
	}
	return at, nil
}

// channels returns one number for each channel; for nil it repeats a constant.
func channels(values []float64, shape []int, otherwise float64) []float64 {
	inner := product(shape[1:])
	return made(shape[0], func(c int) float64 {
		if values == nil {
			return otherwise
		}
		return values[c*inner]
	})
}

// gather makes a dense layer of zeros and ones that moves values.
func (f *folder) gather(v *view) (int, error) {
	from, err := f.flatLayer(v.layer)
	if err != nil {
		return 0, err
	}
	columns := f.shape(from)[0]
	if err := f.take(len(v.index), columns, maxGather); err != nil {
		return 0, err
	}
	weight := make([]float64, len(v.index)*columns)
	for i, at := range v.index {
		if at >= 0 {
			weight[i*columns+int(at)] = 1
		}
	}
	return f.emit(model.LayerSpec{Type: "dense", Units: len(v.index)}, weight, nil, from)
}

// flatLayer returns the flat form of a layer.
func (f *folder) flatLayer(at int) (int, error) {
	if len(f.shape(at)) == 1 {
		return at, nil
	}
	return f.emit(model.LayerSpec{Type: "flatten"}, nil, nil, at)
}

// unitOf identifies an activation by its layer and type.
type unitOf struct {
	kind  string
	layer int
}

// relu returns the relu of a view.
func (f *folder) relu(v *view) (*view, error) { return f.activation("relu", v) }

// activation returns a layer of a type of activation, applied to a view. Without arithmetic before it, it is applied to
// the view's whole layer. An index of -1 remains 0; if the activation maps 0 to another number, these zeros become
// values first.
func (f *folder) activation(kind string, v *view) (*view, error) {
	zeros := kind != "relu" && kind != "tanh" && slices.Contains(v.index, -1)
	if !v.plain() || zeros {
		at, err := f.layer(v)
		if err != nil {
			return nil, err
		}
		v = &view{layer: at, index: natural(len(v.index))}
	}
	at, there := f.units[unitOf{kind, v.layer}]
	if !there {
		var err error
		if at, err = f.emit(model.LayerSpec{Type: kind}, nil, nil, v.layer); err != nil {
			return nil, err
		}
		f.units[unitOf{kind, v.layer}] = at
	}
	return &view{layer: at, index: v.index}, nil
}

// round records that a node's constants were combined with rounding, if the rounding error is not 0.
func (f *folder) round(residual float64) {
	if residual == 0 {
		return
	}
	if name := f.node.String(); !slices.Contains(f.rounded, name) {
		f.rounded = append(f.rounded, name)
	}
}

// times returns a product, and records whether it was rounded.
func (f *folder) times(a, b float64) float64 {
	p := a * b
	f.round(math.FMA(a, b, -p))
	if a != 0 && b != 0 && math.Abs(p) < 0x1p-960 {
		f.round(1) // the residual may be below the smallest float64
	}
	return p
}

// plus returns a sum, and records whether it was rounded (TwoSum).
func (f *folder) plus(a, b float64) float64 {
	s := a + b
	t := s - a
	f.round((a - (s - t)) + (b - t))
	return s
}
