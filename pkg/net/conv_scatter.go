package net

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// scattered is the adjoint of a convolution by one product of g [n, to, height out, width out] with the kernel [to,
// from, height, width], whose results, a kernel's size of them for each position, are added up where they overlap
// (col2im): [n, from, height, width].
//
// With kernel element a = stride*t + r, position o adds to input stride*(o+t) + r - padding: taps of the same t are a
// step apart.
func scattered(a [2]axis, kernel, g *Node) *Node {
	n, to, from := g.Shape().Dimensions[0], kernel.Shape().Dimensions[0], kernel.Shape().Dimensions[1]
	h, w := a[0], a[1]
	th, tw := over(h.kernel, h.stride), over(w.kernel, w.stride)
	k := fit(fit(kernel, 2, 0, th*h.stride), 3, 0, tw*w.stride)
	k = permute(Reshape(k, to, from, th, h.stride, tw, w.stride), []int{0, 2, 4, 3, 5, 1})
	y := Dot(Reshape(ToChannelsLast(g), n*h.out*w.out, to), Reshape(k, to, -1)).Product()
	y = Reshape(y, n, h.out, w.out, th, tw, h.stride*w.stride*from)
	var sum *Node
	for i := range th {
		for j := range tw {
			part := Reshape(crop(crop(y, 3, i, 1), 4, j, 1), n, h.out, w.out, -1)
			part = fit(fit(part, 1, i, h.out+th-1), 2, j, w.out+tw-1)
			if sum == nil {
				sum = part
			} else {
				sum = Add(sum, part)
			}
		}
	}
	sum = permute(Reshape(sum, n, h.out+th-1, w.out+tw-1, h.stride, w.stride, from), []int{0, 1, 3, 2, 4, 5})
	sum = Reshape(sum, n, (h.out+th-1)*h.stride, (w.out+tw-1)*w.stride, from)
	return ToChannelsFirst(fit(fit(sum, 1, -h.padding, h.in), 2, -w.padding, w.in))
}
