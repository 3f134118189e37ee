package onnx

import (
	"fmt"
	"slices"
)

// maxWindow limits the sizes of kernels, strides, dilations and paddings.
const maxWindow = 1 << 16

// window is the geometry of a convolution or a pooling over two axes. If there is only one axis, it is the second, and
// the first has size 1.
type window struct {
	in, out                  [2]int
	kernel, stride, dilation [2]int
	begin, end               [2]int // padding
}

// planes returns the sizes of the axes of a window's input, [images, channels, height, width] or [images, channels,
// width].
func planes(shape []int) (images, channels int, in [2]int, err error) {
	switch len(shape) {
	case 3:
		return shape[0], shape[1], [2]int{1, shape[2]}, nil
	case 4:
		return shape[0], shape[1], [2]int{shape[2], shape[3]}, nil
	}
	return 0, 0, in, fmt.Errorf("its input has shape %v: windows over one or two axes are read, so shapes of 3 or 4 "+
		"axes; reshape it", shape)
}

// pair reads an attribute with one number per axis, or with one for either end of each axis if twice is set.
func (c *call) pair(name string, otherwise int64, rank, least int) (p [2]int, err error) {
	list, there := c.list(name)
	if !there {
		list = slices.Repeat([]int64{otherwise}, rank)
	}
	if len(list) != rank {
		return p, fmt.Errorf("its attribute %s has %d numbers for %d axes: export the model again", name, len(list),
			rank)
	}
	p = [2]int{int(otherwise), int(otherwise)}
	for i, v := range list {
		if v < int64(least) || v > maxWindow {
			return p, fmt.Errorf("its attribute %s is %v: use numbers from %d to %d", name, list, least, maxWindow)
		}
		p[2-rank+i] = int(v)
	}
	return p, nil
}

// window reads the attributes of a window; the size of the kernel may follow from the weights.
func (c *call) window(in [2]int, rank int, weights []int, dilates bool) (w window, err error) {
	w.in = in
	if w.kernel, err = c.pair("kernel_shape", 1, rank, 1); err != nil {
		return w, err
	}
	if weights != nil {
		own := [2]int{1, weights[len(weights)-1]}
		if rank == 2 {
			own[0] = weights[len(weights)-2]
		}
		if c.byName["kernel_shape"] != nil && own != w.kernel || max(own[0], own[1]) > maxWindow {
			return w, fmt.Errorf("its kernel_shape does not fit the weights of shape %v, or is above %d: correct "+
				"the model", weights, maxWindow)
		}
		w.kernel = own
	} else if c.byName["kernel_shape"] == nil {
		return w, fmt.Errorf("its attribute kernel_shape is missing: export the model again")
	}
	if w.stride, err = c.pair("strides", 1, rank, 1); err != nil {
		return w, err
	}
	w.dilation = [2]int{1, 1}
	if dilates {
		if w.dilation, err = c.pair("dilations", 1, rank, 1); err != nil {
			return w, err
		}
	}
	return w, w.pad(c, rank)
}

// pad reads the padding and computes the size of the output.
func (w *window) pad(c *call, rank int) error {
	pads, explicit := c.list("pads")
	if explicit && len(pads) != 2*rank {
		return fmt.Errorf("its attribute pads has %d numbers for %d axes: export the model again", len(pads), rank)
	}
	for i, v := range pads {
		if v < 0 || v > maxWindow {
			return fmt.Errorf("its attribute pads is %v: use numbers from 0 to %d, and Slice to cut values off", pads,
				maxWindow)
		}
		side := &w.begin
		if i >= rank {
			side = &w.end
		}
		side[2-rank+i%rank] = int(v)
	}
	auto := c.text("auto_pad", "NOTSET")
	if auto != "NOTSET" && slices.ContainsFunc(pads, func(v int64) bool { return v != 0 }) {
		return fmt.Errorf("it has both auto_pad and pads: remove one")
	}
	ceil := c.node.Op != "Conv" && c.g.Opset >= 10 && c.flag("ceil_mode", false)
	if ceil && auto != "NOTSET" {
		return fmt.Errorf("it has both auto_pad and ceil_mode: remove one")
	}
	for i := range w.in {
		if err := w.padAxis(i, auto, ceil); err != nil {
			return err
		}
	}
	return nil
}

// reach returns the number of input values that the kernel spans along an axis.
func (w *window) reach(i int) int { return (w.kernel[i]-1)*w.dilation[i] + 1 }

// padAxis computes the padding of an axis from auto_pad, and the size of the output.
func (w *window) padAxis(i int, auto string, ceil bool) error {
	switch auto {
	case "NOTSET", "VALID":
	case "SAME_UPPER", "SAME_LOWER":
		if w.dilation[i] != 1 { // for which implementations differ
			return fmt.Errorf("it has both auto_pad and dilations: give pads instead of auto_pad")
		}
		out := (w.in[i] + w.stride[i] - 1) / w.stride[i]
		total := max(0, (out-1)*w.stride[i]+w.reach(i)-w.in[i])
		w.begin[i], w.end[i] = total/2, total-total/2
		if auto == "SAME_LOWER" {
			w.begin[i], w.end[i] = w.end[i], w.begin[i]
		}
	default:
		return fmt.Errorf("its auto_pad is %.40q: use NOTSET, VALID, SAME_UPPER or SAME_LOWER", auto)
	}
	room := w.in[i] + w.begin[i] + w.end[i] - w.reach(i)
	if room < 0 {
		return fmt.Errorf("its kernel spans %d values, but its padded input has %d: use a smaller kernel, or more "+
			"padding", w.reach(i), room+w.reach(i))
	}
	w.out[i] = room/w.stride[i] + 1
	if ceil && room%w.stride[i] != 0 && w.out[i]*w.stride[i] < w.in[i]+w.begin[i] {
		w.out[i]++ // a window that begins inside and ends outside
	}
	return nil
}

// taps returns the range of outputs along an axis for which a position of the kernel lies in the input.
func (w *window) taps(i, position int) (from, to int) {
	shift := w.begin[i] - position*w.dilation[i]
	if shift > 0 {
		from = (shift + w.stride[i] - 1) / w.stride[i]
	}
	last := w.in[i] - 1 + shift
	if last < 0 {
		return 0, 0
	}
	return from, min(w.out[i], last/w.stride[i]+1)
}

// shape returns the shape of an output with the given number of channels.
func (w *window) shape(images, channels, rank int) []int {
	return append([]int{images, channels}, w.out[2-rank:]...)
}

// area returns the number of positions of the kernel.
func (w *window) area() int { return w.kernel[0] * w.kernel[1] }

// overhangs reports whether a window reaches beyond the padding (ceil_mode).
func (w *window) overhangs() bool {
	for i := range w.in {
		if (w.out[i]-1)*w.stride[i]+w.reach(i) > w.in[i]+w.begin[i]+w.end[i] {
			return true
		}
	}
	return false
}

// each calls f for every run of outputs in a row that one position of the kernel reaches, with the beginning of the run
// among the outputs of a plane, the first input that belongs to it, and its length. Inputs are stride[1] apart.
func (w *window) each(f func(position, out, in, n int)) {
	for ky := range w.kernel[0] {
		top, bottom := w.taps(0, ky)
		for kx := range w.kernel[1] {
			left, right := w.taps(1, kx)
			if left >= right {
				continue
			}
			x := left*w.stride[1] - w.begin[1] + kx*w.dilation[1]
			for oy := top; oy < bottom; oy++ {
				y := oy*w.stride[0] - w.begin[0] + ky*w.dilation[0]
				f(ky*w.kernel[1]+kx, oy*w.out[1]+left, y*w.in[1]+x, right-left)
			}
		}
	}
}
