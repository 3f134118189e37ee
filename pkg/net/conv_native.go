package net

import (
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
)

// channelsFirst are the axes of [batch, channels, height, width] and of PyTorch's kernels.
var channelsFirst = compute.ConvolveAxesConfig{
	InputBatch: 0, InputChannels: 1, InputSpatial: []int{2, 3},
	KernelInputChannels: 1, KernelOutputChannels: 0, KernelSpatial: []int{2, 3},
	OutputBatch: 0, OutputChannels: 1, OutputSpatial: []int{2, 3},
}

// nativeConvolve is the backend's own convolution.
func nativeConvolve(a [2]axis, kernel, x *Node) *Node {
	var strides []int
	var paddings [][2]int
	for _, d := range a {
		strides = append(strides, d.stride)
		// What the stride leaves over at the end is cut off, so that the gradient sees exact lengths.
		paddings = append(paddings, [2]int{d.padding, (d.out-1)*d.stride + d.kernel - d.in - d.padding})
	}
	return ConvGeneral(x, kernel, channelsFirst, strides, paddings, nil, nil, 1, 1)
}

// nativeTransposed is the backend's own convolution of the dilated rows with the reversed kernel.
func nativeTransposed(a [2]axis, kernel, g *Node) *Node {
	var strides []int
	var paddings [][2]int
	for _, d := range a {
		strides = append(strides, d.stride)
		paddings = append(paddings, [2]int{d.kernel - 1 - d.padding, d.in + d.padding - 1 - (d.out-1)*d.stride})
	}
	kernel = Reverse(TransposeAllAxes(kernel, 1, 0, 2, 3), 2, 3)
	return ConvGeneral(g, kernel, channelsFirst, nil, paddings, strides, nil, 1, 1)
}

// nativeCorrelate is the backend's own gradient of a convolution in its kernel: samples take the place of channels.
func nativeCorrelate(a [2]axis, x, g *Node) *Node {
	axes := channelsFirst
	axes.InputBatch, axes.InputChannels = 1, 0
	axes.KernelInputChannels, axes.KernelOutputChannels = 0, 1
	axes.OutputBatch, axes.OutputChannels = 1, 0
	var dilations []int
	var paddings [][2]int
	for _, d := range a {
		dilations = append(dilations, d.stride)
		paddings = append(paddings, [2]int{d.padding, (d.out-1)*d.stride + d.kernel - d.in - d.padding})
	}
	return ConvGeneral(x, g, axes, nil, paddings, nil, dilations, 1, 1)
}

// channelsLast are the axes of [batch, height, width, channels] and of kernels [height, width, from, to].
var channelsLast = compute.ConvolveAxesConfig{
	InputBatch: 0, InputChannels: 3, InputSpatial: []int{1, 2},
	KernelInputChannels: 2, KernelOutputChannels: 3, KernelSpatial: []int{0, 1},
	OutputBatch: 0, OutputChannels: 3, OutputSpatial: []int{1, 2},
}

// blockConvolution is tiledProduct with the backend's convolution of stride 1 in place of windows and product.
func blockConvolution(h, w tiling, kernel, x *Node) *Node {
	n, to := x.Shape().Dimensions[0], kernel.Shape().Dimensions[0]
	x = steps(h, w, x)
	m := Reshape(blockMatrix(h, w, kernel), h.pieces, w.pieces, x.Shape().Dimensions[3], h.tile*w.tile*to)
	y := ConvGeneral(x, m, channelsLast, nil, nil, nil, nil, 1, 1)
	return untile(h, w, y, n, to)
}

// strideConvolution is tiledProduct with the backend's convolution in place of windows and product: its stride is the
// step from one window to the next, and its channels are all results of a tile. Nothing is cut or copied before it, nor
// behind it where tiles are one row high and fill the rows.
func strideConvolution(h, w tiling, kernel, x *Node) *Node {
	n, to, from := x.Shape().Dimensions[0], kernel.Shape().Dimensions[0], kernel.Shape().Dimensions[1]
	x = ToChannelsLast(x)
	var strides []int
	var paddings [][2]int
	for i, t := range []tiling{h, w} {
		before, length := t.before, (t.windows-1)*t.step+t.window
		if x = fit(x, 1+i, min(before, 0), min(length-max(before, 0), t.source+min(before, 0))); before < 0 {
			before = 0
		}
		strides = append(strides, t.step)
		paddings = append(paddings, [2]int{before, length - before - x.Shape().Dimensions[1+i]})
	}
	m := orderedMatrix(heightWidthChannels, h, w, kernel)
	m = Reshape(m, h.pieces, w.pieces, h.step, w.step, from, h.tile*w.tile*to)
	m = Reshape(permute(m, []int{0, 2, 1, 3, 4, 5}), h.length(), w.length(), from, -1)
	y := ConvGeneral(x, crop(crop(m, 0, 0, h.window), 1, 0, w.window), channelsLast, strides, paddings, nil, nil, 1, 1)
	return uncells(Reshape(y, n, h.windows, w.windows, h.tile, w.tile, to), heightWidthChannels,
		cuts{h.skip, h.windows, h.tile}, cuts{w.skip, w.windows, w.tile}, h.result, w.result)
}
