package exact

import (
	"fmt"

	"tightrope/pkg/verify/highs"
)

// Conv describes a two-dimensional convolution over [channels, height, width], as
// in PyTorch (cross-correlation, zero padding). A zero stride means 1.
type Conv struct {
	InChannels, Height, Width int // of the input
	OutChannels               int
	KernelHeight, KernelWidth int
	StrideY, StrideX          int
	PadY, PadX                int // on both sides
}

// OutputSize returns the height and width of the output.
func (c Conv) OutputSize() (height, width int) {
	return (c.Height+2*c.PadY-c.KernelHeight)/max(c.StrideY, 1) + 1,
		(c.Width+2*c.PadX-c.KernelWidth)/max(c.StrideX, 1) + 1
}

// check refuses sizes without a meaning.
func (c Conv) check(w, b []float64) error {
	if min(c.InChannels, c.Height, c.Width, c.OutChannels, c.KernelHeight, c.KernelWidth) < 1 || min(c.StrideY, c.StrideX, c.PadY, c.PadX) < 0 {
		return fmt.Errorf("a convolution of sizes %+v: all must be positive", c)
	}
	if c.Height+2*c.PadY < c.KernelHeight || c.Width+2*c.PadX < c.KernelWidth {
		return fmt.Errorf("a convolution's kernel of %dx%d is larger than its padded input", c.KernelHeight, c.KernelWidth)
	}
	want := c.OutChannels * c.InChannels * c.KernelHeight * c.KernelWidth
	if len(w) != want || (b != nil && len(b) != c.OutChannels) {
		return fmt.Errorf("a convolution has %d weights and %d biases: it needs %d and %d", len(w), len(b), want, c.OutChannels)
	}
	return nil
}

// matrix writes the convolution as a sparse matrix [out*h*w, in*height*width] with
// the bias of every output.
func (c Conv) matrix(w, b []float64) (highs.Matrix, []float64, error) {
	if err := c.check(w, b); err != nil {
		return highs.Matrix{}, nil, err
	}
	m, bias := highs.NewMatrix(), []float64{}
	rows, cols := c.OutputSize()
	for channel := range c.OutChannels {
		for y := range rows {
			for x := range cols {
				c.appendWindow(&m, w, channel, y*max(c.StrideY, 1)-c.PadY, x*max(c.StrideX, 1)-c.PadX)
				if b == nil {
					bias = append(bias, 0)
				} else {
					bias = append(bias, b[channel])
				}
			}
		}
	}
	return m, bias, nil
}

// appendWindow adds the row of one output whose window begins at (top, left).
func (c Conv) appendWindow(m *highs.Matrix, w []float64, channel, top, left int) {
	at := channel * c.InChannels * c.KernelHeight * c.KernelWidth
	for in := range c.InChannels {
		for ky := range c.KernelHeight {
			for kx := range c.KernelWidth {
				y, x := top+ky, left+kx
				if y >= 0 && y < c.Height && x >= 0 && x < c.Width && w[at] != 0 {
					m.Index = append(m.Index, int32((in*c.Height+y)*c.Width+x))
					m.Value = append(m.Value, w[at])
				}
				at++
			}
		}
	}
	m.Start = append(m.Start, int32(len(m.Index)))
}
