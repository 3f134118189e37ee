package net

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// Windowed is a Linear layer each of whose outputs sees only a window of its input, [channels, height, width] -> [channels, height, width].
type Windowed interface {
	Linear
	// Window is the kernel, stride and padding along height and width.
	Window() (kernel, stride, padding [2]int)
	// Block is the matrix between a window of the output and the window of the input that it sees:
	// [channels out * height * width of the output's window, channels in * height * width of the input's window].
	// It is the same for every position.
	Block(p Params, outputWindow [2]int) *Node
}

// Window implements Windowed.
func (c Conv) Window() (kernel, stride, padding [2]int) { return c.Kernel, c.Stride, c.Padding }

// Block implements Windowed.
func (c Conv) Block(p Params, outputWindow [2]int) *Node {
	c.Padding = [2]int{}
	in := []int{p.In[0], 0, 0}
	for i, k := range outputWindow {
		in[i+1] = (k-1)*c.Stride[i] + c.Kernel[i]
	}
	q := Params{Values: p.Values, In: in, Out: []int{c.Channels, outputWindow[0], outputWindow[1]}}
	return Reshape(c.Matrix(q), size(q.Out), size(q.In))
}
