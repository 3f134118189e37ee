package cert

import (
	"math"

	"tightrope/pkg/model"
)

// affine writes a layer as matrix and bias, by the type of its spec; shape is that of its input, w its parameters.
var affine = map[string]func(spec model.LayerSpec, shape []int, w [][]float64) (matrix, []float64){
	"dense":     dense,
	"conv":      convolution,
	"avgpool":   averagePool,
	"batchnorm": batchNorm,
	"normalize": normalize,
}

func dense(_ model.LayerSpec, shape []int, w [][]float64) (matrix, []float64) {
	return matrix{cols: shape[0], value: w[0]}, w[1]
}

// window walks over the positions of a sliding window (cross-correlation with zero padding, as in PyTorch).
type window struct {
	in              []int // [channels, height, width]
	kernel          [2]int
	stride, padding [2]int
}

func newWindow(spec model.LayerSpec, shape []int) window {
	return window{in: shape, kernel: [2]int(spec.Kernel), stride: [2]int(spec.Stride), padding: [2]int(spec.Padding)}
}

// positions is the height and width of the output.
func (w window) positions() [2]int {
	var out [2]int
	for i := range out {
		out[i] = (w.in[i+1]+2*w.padding[i]-w.kernel[i])/w.stride[i] + 1
	}
	return out
}

// each calls f for the inputs of one channel that the window at (y, x) sees: kernel offset and flat index.
func (w window) each(channel, y, x int, f func(offset, index int)) {
	for ky := range w.kernel[0] {
		for kx := range w.kernel[1] {
			iy, ix := y*w.stride[0]-w.padding[0]+ky, x*w.stride[1]-w.padding[1]+kx
			if iy >= 0 && iy < w.in[1] && ix >= 0 && ix < w.in[2] {
				f(ky*w.kernel[1]+kx, (channel*w.in[1]+iy)*w.in[2]+ix)
			}
		}
	}
}

func convolution(spec model.LayerSpec, shape []int, w [][]float64) (matrix, []float64) {
	win := newWindow(spec, shape)
	out, area := win.positions(), win.kernel[0]*win.kernel[1]
	m, bias := newSparse(shape[0]*shape[1]*shape[2]), []float64{}
	for channel := range spec.Channels {
		for y := range out[0] {
			for x := range out[1] {
				for in := range shape[0] {
					kernel := w[0][(channel*shape[0]+in)*area:]
					win.each(in, y, x, func(offset, index int) { m.entry(index, kernel[offset]) })
				}
				m.end()
				bias = append(bias, w[1][channel])
			}
		}
	}
	return m, bias
}

// averagePool divides by the kernel's area, padding included, as PyTorch's default does.
func averagePool(spec model.LayerSpec, shape []int, _ [][]float64) (matrix, []float64) {
	win := newWindow(spec, shape)
	out, share := win.positions(), 1/float64(win.kernel[0]*win.kernel[1])
	m, bias := newSparse(shape[0]*shape[1]*shape[2]), []float64{}
	for channel := range shape[0] {
		for y := range out[0] {
			for x := range out[1] {
				win.each(channel, y, x, func(_, index int) { m.entry(index, share) })
				m.end()
				bias = append(bias, 0)
			}
		}
	}
	return m, bias
}

// batchNorm is weight (x - mean)/sqrt(variance + epsilon) + bias for each channel, its statistics fixed.
func batchNorm(spec model.LayerSpec, shape []int, w [][]float64) (matrix, []float64) {
	epsilon := spec.Epsilon
	if epsilon == 0 {
		epsilon = model.DefaultEpsilon
	}
	return channelwise(shape, func(c int) (scale, shift float64) {
		mean, variance := 0.0, 1.0
		if spec.Mean != nil {
			mean = spec.Mean[c]
		}
		if spec.Variance != nil {
			variance = spec.Variance[c]
		}
		scale = w[0][c] / math.Sqrt(variance+epsilon)
		return scale, w[1][c] - float64(scale*mean) // not fused on any processor
	})
}

// normalize is (x - mean)/std for each channel.
func normalize(spec model.LayerSpec, shape []int, _ [][]float64) (matrix, []float64) {
	return channelwise(shape, func(c int) (scale, shift float64) {
		return 1 / spec.Std[c],
			-spec.Mean[c] / spec.Std[c]
	})
}

// channelwise is scale x + shift for each channel, the first axis.
func channelwise(shape []int, of func(channel int) (scale, shift float64)) (matrix, []float64) {
	units := 1
	for _, d := range shape {
		units *= d
	}
	m, bias := newSparse(units), []float64{}
	for i := range units {
		scale, shift := of(i / (units / shape[0]))
		m.entry(i, scale)
		m.end()
		bias = append(bias, shift)
	}
	return m, bias
}

func newSparse(cols int) matrix { return matrix{cols: cols, start: []int32{0}, index: []int32{}} }

// entry adds to the last row, except a zero.
func (m *matrix) entry(column int, value float64) {
	if value != 0 {
		m.index, m.value = append(m.index, int32(column)), append(m.value, value)
	}
}

// end ends a row.
func (m *matrix) end() { m.start = append(m.start, int32(len(m.index))) }
