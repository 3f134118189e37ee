package exact

import "tightrope/pkg/verify/cert"

// build begins a network of so many inputs, for the methods below to continue with.
func build(inputs int) *Net { return NewNet([]cert.Op{{Size: inputs}}) }

// Dense adds w a + b, with w [out, in] flat by rows and b [out], and returns the operation's number.
func (n *Net) Dense(from int, w, b []float64) int {
	in := n.ops[from].Size
	op := cert.Op{From: []int{from}, Size: len(b), Bias: b, Start: []int32{0}}
	for i := range b {
		for j, value := range w[i*in : (i+1)*in] {
			if value != 0 {
				op.Index, op.Value = append(op.Index, int32(j)), append(op.Value, value)
			}
		}
		op.Start = append(op.Start, int32(len(op.Index)))
	}
	return n.add(op)
}

// Conv adds a convolution; w is [out, in, kernel height, kernel width] flat and b [out channels].
func (n *Net) Conv(from int, c Conv, w, b []float64) int { return n.add(c.matrix(from, w, b)) }

// ReLU adds max(a, 0).
func (n *Net) ReLU(from int) int {
	return n.add(cert.Op{From: []int{from}, Size: n.ops[from].Size, Relu: true})
}

// Add adds the sum of operations of one size, such as a block and its skip connection.
func (n *Net) Add(from ...int) int {
	return n.add(cert.Op{From: append([]int(nil), from...), Size: n.ops[from[0]].Size})
}

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

// matrix writes the convolution as an affine operation.
func (c Conv) matrix(from int, w, b []float64) cert.Op {
	op := cert.Op{From: []int{from}, Start: []int32{0}}
	rows, cols := c.OutputSize()
	for channel := range c.OutChannels {
		for y := range rows {
			for x := range cols {
				c.appendWindow(&op, w, channel, y*max(c.StrideY, 1)-c.PadY, x*max(c.StrideX, 1)-c.PadX)
				op.Bias = append(op.Bias, b[channel])
			}
		}
	}
	op.Size = len(op.Bias)
	return op
}

// appendWindow adds the row of one output whose window begins at (top, left).
func (c Conv) appendWindow(m *cert.Op, w []float64, channel, top, left int) {
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
