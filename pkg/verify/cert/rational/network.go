package rational

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"slices"

	"tightrope/pkg/model"
)

// op is z = W x + b over the flat values x of earlier ops, followed by max(z, 0) where relu is set.
type op struct {
	inputs []int // ops
	size   int
	rows   [][]term
	bias   vector
	relu   bool
}

// term is an entry of W that is not 0.
type term struct {
	op, at int
	w      *big.Rat
}

// kernel is an affine layer as a convolution of images [channels, height, width], of one pixel where it is dense.
type kernel struct {
	in, out               []int
	area, stride, padding []int  // [height, width]
	w, b                  vector // [out channels, in channels, area], [out channels]
	depthwise             bool   // a channel sees only itself
}

// read is the network as ops in topological order, first its input, last its output. What follows knows no layers.
func read(m *model.Model) []op {
	ops, unread, entries := []op{{size: volume(m.Input)}}, map[int]bool{}, 0.0
	for i, l := range m.Layers {
		s := l.Spec
		o := op{size: volume(l.Out), relu: s.Type == "relu"}
		for _, p := range l.Params {
			entries += float64(len(p.Data))
		}
		for _, from := range l.Inputs {
			o.inputs = append(o.inputs, from+1)
			delete(unread, from+1)
		}
		switch unread[i+1] = true; s.Type {
		case "relu", "flatten", "add":
			o.identity()
		default:
			readKernel(m, i, s).fill(&o)
		}
		for _, row := range o.rows {
			entries += float64(len(row))
		}
		limit("weights", entries, MaxWeights)
		ops = append(ops, o)
	}
	require(len(unread) == 1, "%d layers of the network are read by no other: only its last one may be so", len(unread))
	output := op{inputs: []int{len(ops) - 1}, size: ops[len(ops)-1].size}
	output.identity()
	return append(ops, output)
}

func volume(shape []int) int {
	v := 1
	for _, d := range shape {
		v *= d
	}
	return v
}

// identity makes the op the sum of its inputs.
func (o *op) identity() {
	o.rows, o.bias = make([][]term, o.size), slices.Repeat(vector{zero}, o.size)
	for j := range o.rows {
		for _, from := range o.inputs {
			o.rows[j] = append(o.rows[j], term{from, j, big.NewRat(1, 1)})
		}
	}
}

// readKernel reads an affine layer.
func readKernel(m *model.Model, i int, s model.LayerSpec) kernel {
	pixel := func(shape []int) []int { return slices.Concat(shape, []int{1, 1})[:3] }
	k := kernel{in: pixel(m.ShapeOf(m.Layers[i].Inputs[0])), out: pixel(m.ShapeOf(i)), depthwise: true}
	if k.area, k.stride, k.padding = s.Kernel, s.Stride, s.Padding; s.Kernel == nil {
		k.area, k.stride, k.padding = []int{1, 1}, []int{1, 1}, []int{0, 0}
	}
	limit("weights", float64(volume(k.out))*float64(k.area[0])*float64(k.area[1]), MaxWeights)
	p := params(m, i)
	switch s.Type {
	case "dense", "conv":
		limit("weights", float64(volume(k.out))*float64(volume(k.area)*k.in[0]), MaxWeights)
		k.w, k.b, k.depthwise = rats(p[0]), rats(p[1]), false
	case "avgpool":
		mean := new(big.Rat).SetFloat64(1 / float64(volume(k.area))) // the float64, as the theorem says
		k.w, k.b = slices.Repeat(vector{mean}, k.in[0]*volume(k.area)), slices.Repeat(vector{zero}, k.in[0])
	case "batchnorm", "normalize":
		scale, shift := make([]float64, k.in[0]), make([]float64, k.in[0])
		for c := range scale {
			scale[c], shift[c] = coefficients(s, p, c)
		}
		k.w, k.b = rats(scale), rats(shift)
	default:
		panic(failure{fmt.Errorf("layer %d, %q, has no exact form: use the checker of package cert", i, s.Type)})
	}
	return k
}

// params are a layer's parameters as the file holds them.
func params(m *model.Model, i int) (out [][]float64) {
	for _, p := range m.Layers[i].Params {
		values := slices.Clone(p.Data)
		for j, v := range values {
			if !m.Float64 {
				values[j] = float64(float32(v))
			}
		}
		out = append(out, values)
	}
	return out
}

// coefficients are those of a channel of a normalisation; float64 keeps product and difference from being fused.
func coefficients(s model.LayerSpec, p [][]float64, channel int) (scale, shift float64) {
	if s.Type == "normalize" {
		return 1 / s.Std[channel], -s.Mean[channel] / s.Std[channel]
	}
	mean, variance := 0.0, 1.0
	if s.Mean != nil {
		mean = s.Mean[channel]
	}
	if s.Variance != nil {
		variance = s.Variance[channel]
	}
	scale = p[0][channel] / math.Sqrt(variance+cmp.Or(s.Epsilon, 1e-5))
	return scale, p[1][channel] - float64(scale*mean)
}

// fill sets the op's rows and bias.
func (k kernel) fill(o *op) {
	channels, first, area := k.in[0], 0, volume(k.area)
	o.rows, o.bias = make([][]term, o.size), make(vector, o.size)
	for at := range o.rows {
		c, row, column := at/(k.out[1]*k.out[2]), at/k.out[2]%k.out[1], at%k.out[2]
		if k.depthwise {
			channels, first = 1, c
		}
		o.bias[at] = k.b[c]
		for j, w := range k.w[c*channels*area:][:channels*area] {
			y := row*k.stride[0] - k.padding[0] + j/k.area[1]%k.area[0]
			x := column*k.stride[1] - k.padding[1] + j%k.area[1]
			if y >= 0 && y < k.in[1] && x >= 0 && x < k.in[2] && w.Sign() != 0 {
				o.rows[at] = append(o.rows[at], term{o.inputs[0], ((first+j/area)*k.in[1]+y)*k.in[2] + x, w})
			}
		}
	}
}
