package selftest

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/net"
)

// fine are numbers in [1, 2) that need 13 bits behind the point: float32 (23 bits) holds them, TF32 (10 bits) and
// bfloat16 (7) do not.
func fine(count int) []float64 {
	x := make([]float64, count)
	for i := range x {
		x[i] = 1 + float64((i*7919+1)%4096*2+1)/8192
	}
	return x
}

// picker is a matrix [rows, columns] with a single 1 in each column, so that a product with it is exact in any order of
// summation.
func picker(rows, columns int) []float64 {
	p := make([]float64, rows*columns)
	for c := range columns {
		p[(c*13+5)%rows*columns+c] = 1
	}
	return p
}

// productSizes are products [n, k] x [k, m] of the sizes that bounds have: engines choose their program by size.
var productSizes = [][3]int{{8, 16, 8}, {50, 784, 100}, {256, 256, 256}, {5000, 100, 100}, {1024, 1024, 1024}}

// exactProducts multiplies numbers that TF32 would round by ones, plain and batched, from both sides.
func (s *session) exactProducts() (string, error) {
	for _, size := range productSizes {
		if err := exactProduct(s.backend, size, func(a, b *Node) *Node { return Dot(a, b).Product() }); err != nil {
			return "", fmt.Errorf("product of %v: %w", size, err)
		}
		batched := func(a, b *Node) *Node {
			both := func(x *Node) *Node { return Stack([]*Node{x, x}, 0) }
			return Squeeze(SliceAxis(Einsum("bij,bjk->bik", both(a), both(b)), 0, AxisElem(1)), 0)
		}
		if err := exactProduct(s.backend, size, batched); err != nil {
			return "", fmt.Errorf("batched product of %v: %w", size, err)
		}
	}
	return fmt.Sprintf("%d sizes, plain and batched, exact", len(productSizes)), nil
}

// exactProduct checks one product of a size.
func exactProduct(b compute.Backend, size [3]int, product func(a, b *Node) *Node) error {
	n, k, m := size[0], size[1], size[2]
	exec, err := NewExec(b, func(a, p *Node) []*Node {
		return []*Node{product(a, p), product(TransposeAllAxes(p, 1, 0), TransposeAllAxes(a, 1, 0))}
	})
	if err != nil {
		return err
	}
	defer exec.Finalize()
	a, p := fine(n*k), picker(k, m)
	out, err := exec.Call(asTensor(dtypes.Float32, a, n, k), asTensor(dtypes.Float32, p, k, m))
	if err != nil {
		return err
	}
	want := make([]float64, n*m)
	mirrored := make([]float64, n*m)
	for i := range n {
		for j := range m {
			want[i*m+j] = a[i*k+(j*13+5)%k]
			mirrored[j*n+i] = want[i*m+j]
		}
	}
	if err := same(out[0], want); err != nil {
		return fmt.Errorf("left factor: %w", err)
	}
	if err := same(out[1], mirrored); err != nil {
		return fmt.Errorf("right factor: %w", err)
	}
	return nil
}

// convolutionSizes are [batch, channels, height] of images whose convolutions are checked.
var convolutionSizes = [][3]int{{2, 1, 28}, {4, 16, 14}, {8, 64, 16}}

// exactConvolutions convolves numbers that TF32 would round with kernels that pick one of them, by every lowering's own
// operation: plain, with strides, and with the source dilated, as adjoints have it.
func (s *session) exactConvolutions() (string, error) {
	for _, size := range convolutionSizes {
		for _, form := range []convolution{{stride: 1, dilation: 1}, {stride: 2, dilation: 1},
			{stride: 1, dilation: 2}} {
			if err := exactConvolution(s.backend, size, form, form.apply); err != nil {
				return "", fmt.Errorf("convolution of %v with stride %d, dilation %d: %w",
					size, form.stride, form.dilation, err)
			}
		}
	}
	return fmt.Sprintf("%d sizes, plain, strided and dilated, exact", len(convolutionSizes)), nil
}

// convolution is a form of the backend's own convolution, with a kernel of 3 x 3 and a padding of 1.
type convolution struct{ stride, dilation int }

// apply convolves x [batch, channels, height, width] with kernel [channels, channels, 3, 3].
func (c convolution) apply(x, kernel *Node) *Node {
	axes := compute.ConvolveAxesConfig{
		InputBatch: 0, InputChannels: 1, InputSpatial: []int{2, 3},
		KernelInputChannels: 1, KernelOutputChannels: 0, KernelSpatial: []int{2, 3},
		OutputBatch: 0, OutputChannels: 1, OutputSpatial: []int{2, 3},
	}
	both := func(n int) []int { return []int{n, n} }
	return ConvGeneral(x, kernel, axes, both(c.stride), [][2]int{{1, 1}, {1, 1}}, both(c.dilation), nil, 1, 1)
}

// exactConvolution checks one convolution: the kernel's only ones sit in its middle, from each channel to itself, so
// that the result is the source at the positions of the strides, and zeros where it was dilated.
func exactConvolution(b compute.Backend, size [3]int, c convolution, apply func(x, kernel *Node) *Node) error {
	batch, channels, side := size[0], size[1], size[2]
	exec, err := NewExec(b, func(x, kernel *Node) *Node { return apply(x, kernel) })
	if err != nil {
		return err
	}
	defer exec.Finalize()
	x, kernel := fine(batch*channels*side*side), make([]float64, channels*channels*9)
	for ch := range channels {
		kernel[(ch*channels+ch)*9+4] = 1
	}
	out, err := exec.Call(asTensor(dtypes.Float32, x, batch, channels, side, side),
		asTensor(dtypes.Float32, kernel, channels, channels, 3, 3))
	if err != nil {
		return err
	}
	to := ((side-1)*c.dilation+1-1)/c.stride + 1
	want := make([]float64, batch*channels*to*to)
	for i := range want {
		row, column := i/to%to*c.stride, i%to*c.stride
		if row%c.dilation == 0 && column%c.dilation == 0 {
			want[i] = x[(i/(to*to)*side+row/c.dilation)*side+column/c.dilation]
		}
	}
	return same(out[0], want)
}

// precisionTolerance is how far bounds in float32 may be from those in float64, relative to the larger of 1 and the
// bound: that of the reference values. TF32 would be off by its rounding, 5e-4, times the length of the sums.
const precisionTolerance = 5e-5

// precisionNetworks are small networks of both kinds whose numbers TF32 would round.
var precisionNetworks = []struct {
	text  string
	input []int
}{
	{"fc100 fc100 fc10", []int{1, 28, 28}},
	{"conv(8,4,2,1) conv(16,4,2,1) fc32 fc10", []int{1, 16, 16}},
}

// precisions compares bounds in float32 with those in float64 on the same backend.
func (s *session) precisions() (string, error) {
	worst := 0.0
	for _, at := range precisionNetworks {
		n, err := net.Named(at.text, at.input, 10)
		if err != nil {
			return "", err
		}
		off, err := precisionOf(s.backend, n.Init(3))
		if err != nil {
			return "", fmt.Errorf("%s: %w", at.text, err)
		}
		worst = max(worst, off)
	}
	return fmt.Sprintf("off by %.1e at most", worst), nil
}

// precisionOf is the largest difference of Fast-Lin's bounds in float32 to those in float64, relative to the larger of
// 1 and the bound.
func precisionOf(b compute.Backend, n *net.Network) (worst float64, err error) {
	x, labels := fine(4*n.InputSize()), []int32{0, 1, 2, 3}
	for i := range x {
		x[i] -= 1
	}
	var outs [2]*bound.Output
	for k, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
		n := n.Clone()
		n.DType = dtype
		e, err := bound.NewEvaluator(b, n, bound.Options{Ball: ball.Ball{Eps: 0.1, Box: ball.Unit}, Batch: len(labels)})
		if err != nil {
			return 0, err
		}
		outs[k], err = bound.Evaluate(e, x, labels)
		e.Close()
		if err != nil {
			return 0, err
		}
	}
	for i, row := range outs[1].Margins {
		for j, want := range row {
			off := math.Abs(outs[0].Margins[i][j]-want) / max(1, math.Abs(want))
			if !(off <= precisionTolerance) {
				return 0, fmt.Errorf("margin %d of sample %d is %.9g in float32, %.9g in float64",
					j, i, outs[0].Margins[i][j], want)
			}
			worst = max(worst, off)
		}
	}
	return worst, nil
}
