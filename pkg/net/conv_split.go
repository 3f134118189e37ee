package net

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
)

// products is the largest number of partial products that splitGradient adds up: enough to keep many cores busy, and
// few enough that their results, each as large as the kernel, take little memory.
const products = 32

// splitGradient is the gradient of a convolution of stride 1 in its kernel, from x [n, from, height, width] and g
// [n, to, result height, result width]: [to, from, kernel height, kernel width].
//
// Every tap (i, j) is a product of x and g, one shifted against the other. im2col copies x once for each tap, nine
// times for a 3x3 kernel. Here x is copied once for each j, shifted by j, and g once for each i, shifted by -i: three
// copies of each. A single product of both then contains every pair of i and j, with few more operations than needed:
// those with the rows of zeros above and below g.
func splitGradient(a [2]axis, x, g *Node) *Node {
	h, w := a[0], a[1]
	if h.stride*w.stride != 1 {
		panic(fmt.Errorf("this gradient is for stride 1, not %d and %d", h.stride, w.stride))
	}
	x, g = ToChannelsLast(x), ToChannelsLast(g)
	n, from, to := x.Shape().Dimensions[0], x.Shape().Dimensions[3], g.Shape().Dimensions[3]
	height := h.out + h.kernel - 1
	x = fit(fit(x, 1, h.padding, height), 2, w.padding, w.out+w.kernel-1)
	across, down := make([]*Node, w.kernel), make([]*Node, h.kernel)
	for j := range across {
		across[j] = crop(x, 2, j, w.out)
	}
	for i := range down {
		down[i] = fit(g, 1, i, height)
	}
	count := divisor(n, products)
	p := Reshape(Concatenate(across, -1), count, n/count*height*w.out, w.kernel*from)
	q := Reshape(Concatenate(down, -1), count, n/count*height*w.out, h.kernel*to)
	taps := ReduceSum(Dot(p, q).General([]int{1}, []int{0}, []int{1}, []int{0}), 0)
	return TransposeAllAxes(Reshape(taps, w.kernel, from, h.kernel, to), 3, 1, 2, 0)
}

// divisor is the largest divisor of n that is at most limit.
func divisor(n, limit int) int {
	for d := min(n, limit); d > 1; d-- {
		if n%d == 0 {
			return d
		}
	}
	return 1
}
