package model

import "fmt"

// A convolution as in PyTorch (a cross-correlation): weight [channels out, channels in, kernel height, kernel width],
// bias [channels out], inputs [channels, height, width], zeros of the padding on both sides.

func completeConv(s *LayerSpec) error {
	if s.Channels < 1 {
		return fmt.Errorf("%d channels: use at least 1", s.Channels)
	}
	return completeWindow(s)
}

// completeWindow fills in the fields of a sliding window: stride is 1 and padding 0 if they are not given.
func completeWindow(s *LayerSpec) error {
	for _, f := range []struct {
		name     string
		field    *[]int
		standard int
		least    int
	}{{"kernel", &s.Kernel, 0, 1}, {"stride", &s.Stride, 1, 1}, {"padding", &s.Padding, 0, 0}} {
		switch v := *f.field; len(v) {
		case 0:
			*f.field = []int{f.standard, f.standard}
		case 1:
			*f.field = []int{v[0], v[0]}
		case 2:
			*f.field = []int{v[0], v[1]}
		default:
			return fmt.Errorf("%s %v: give [height, width]", f.name, v)
		}
		if v := *f.field; min(v[0], v[1]) < f.least || max(v[0], v[1]) > maxWindow {
			return fmt.Errorf("%s %v: use %d to %d", f.name, v, f.least, maxWindow)
		}
	}
	return nil
}

// maxWindow is the largest kernel, stride and padding.
const maxWindow = 1 << 16

func convShape(s *LayerSpec, in [][]int) ([]int, error) {
	out, err := slidingShape("convolution", s, in)
	if err != nil {
		return nil, err
	}
	return []int{s.Channels, out[0], out[1]}, nil
}

// slidingShape is the height and width of the output of a sliding window.
func slidingShape(what string, s *LayerSpec, in [][]int) (out [2]int, err error) {
	if len(in) != 1 || len(in[0]) != 3 {
		return out, fmt.Errorf("%s on input of shape %v: it wants [channels, height, width]", what, in)
	}
	for i := range out {
		room := in[0][i+1] + 2*s.Padding[i] - s.Kernel[i]
		if room < 0 {
			return out, fmt.Errorf("%s with kernel %v and padding %v does not fit into %v: use a smaller kernel or "+
				"more padding", what, s.Kernel, s.Padding, in[0])
		}
		out[i] = room/s.Stride[i] + 1
	}
	return out, nil
}

func convParams(s *LayerSpec, in []int) []ParamShape {
	fan := in[0] * s.Kernel[0] * s.Kernel[1]
	return []ParamShape{
		{Name: "weight", Shape: []int{s.Channels, in[0], s.Kernel[0], s.Kernel[1]}, FanIn: fan},
		{Name: "bias", Shape: []int{s.Channels}, FanIn: fan},
	}
}
