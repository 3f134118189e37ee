package onnx

import (
	"fmt"
	"math"
	"slices"
)

// matrices is the plan of alpha A B + beta C, for one or several pairs of matrices.
type matrices struct {
	rows, inner, columns int
	// Distances between neighbours along the rows and the inner axis of A, and along the inner axis and the columns of
	// B.
	aRow, aInner, bInner, bColumn int
	startA, startB                []int32 // of each pair
	alpha, beta                   float64
	spread                        []int32 // of C; nil if C has the result's shape
	hasC                          bool
}

// inferGemm infers alpha A' B' + beta C, where A' and B' may be transposed.
func inferGemm(c *call) (kernels, error) {
	if err := c.floats(); err != nil {
		return kernels{}, err
	}
	a, b := c.in[0].Shape, c.in[1].Shape
	if len(a) != 2 || len(b) != 2 {
		return kernels{}, fmt.Errorf("its inputs have shapes %v and %v, but must be matrices: correct the model", a, b)
	}
	p := matrices{rows: a[0], inner: a[1], columns: b[1], aRow: a[1], aInner: 1, bInner: b[1], bColumn: 1,
		startA: []int32{0}, startB: []int32{0}, alpha: c.finite("alpha", 1), beta: c.finite("beta", 1)}
	inner := b[0]
	if c.flag("transA", false) {
		p.rows, p.inner, p.aRow, p.aInner = a[1], a[0], 1, a[1]
	}
	if c.flag("transB", false) {
		p.columns, inner, p.bInner, p.bColumn = b[0], b[1], 1, b[1]
	}
	if inner != p.inner {
		return kernels{}, fmt.Errorf("its matrices of shapes %v and %v do not fit: correct the model", a, b)
	}
	out := []int{p.rows, p.columns}
	if err := p.addC(c, out); err != nil {
		return kernels{}, err
	}
	c.work = p.rows * p.columns * p.inner
	return kernel(p, multiply[float32], multiply[float64]), c.set(0, c.in[0].Type, out...)
}

// addC reads the third input of Gemm, which is broadcast to the result's shape.
func (p *matrices) addC(c *call, out []int) error {
	v := c.optional(2)
	if v == nil {
		return nil
	}
	shape, err := broadcast(out, v.Shape)
	if err != nil || !sameShape(shape, out) {
		return fmt.Errorf("its input C of shape %v does not fit a result of shape %v: correct the model", v.Shape, out)
	}
	if err := c.g.take(out); err != nil { // of the index
		return err
	}
	p.spread, p.hasC = spread(v.Shape, out), true
	return nil
}

func sameShape(a, b []int) bool { return slices.Equal(a, b) }

// inferMatMul infers the product of matrices in the last two axes. A vector on the left is a row, a vector on the right
// a column.
func inferMatMul(c *call) (kernels, error) {
	if err := c.floats(); err != nil {
		return kernels{}, err
	}
	a, b := c.in[0].Shape, c.in[1].Shape
	if len(a) == 0 || len(b) == 0 {
		return kernels{}, fmt.Errorf("one of its inputs is a single number: use Mul")
	}
	row, column := len(a) == 1, len(b) == 1
	if row {
		a = []int{1, a[0]}
	}
	if column {
		b = []int{b[0], 1}
	}
	i, j := len(a)-2, len(b)-2
	if a[i+1] != b[j] {
		return kernels{}, fmt.Errorf("its matrices of shapes %v and %v do not fit: correct the model", a, b)
	}
	batch, err := broadcast(a[:i], b[:j])
	if err != nil {
		return kernels{}, err
	}
	out := slices.Clone(batch)
	if !row {
		out = append(out, a[i])
	}
	if !column {
		out = append(out, b[j+1])
	}
	if err := c.set(0, c.in[0].Type, out...); err != nil { // checks the size before the plan allocates memory
		return kernels{}, err
	}
	p := matrices{rows: a[i], inner: a[i+1], columns: b[j+1], aRow: a[i+1], aInner: 1, bInner: b[j+1], bColumn: 1,
		alpha: 1, startA: starts(a, batch), startB: starts(b, batch)}
	c.work = len(p.startA) * p.rows * p.columns * p.inner
	return kernel(p, multiply[float32], multiply[float64]), nil
}

// starts lists the places where the matrices of a broadcast batch begin.
func starts(shape, batch []int) []int32 {
	n := len(shape) - 2
	index := spread(shape[:n], batch)
	if index == nil {
		index = strided(batch, strides(batch), 0)
	}
	for i := range index {
		index[i] *= int32(shape[n] * shape[n+1])
	}
	return index
}

func multiply[T Real](p matrices, in, out []*array[T]) {
	for k := range p.startA {
		a, b := in[0].floats[p.startA[k]:], in[1].floats[p.startB[k]:]
		to := out[0].floats[k*p.rows*p.columns:][:p.rows*p.columns]
		for i := range p.rows {
			p2 := to[i*p.columns:][:p.columns]
			if p.bInner == 1 {
				rowByColumns(p, a[i*p.aRow:], b, p2)
			} else {
				rowByRows(p, a[i*p.aRow:], b, p2)
			}
		}
	}
	if !p.hasC && p.alpha == 1 {
		return
	}
	for i, v := range out[0].floats {
		v *= T(p.alpha)
		if p.hasC {
			v += T(p.beta) * pick(in[2].floats, p.spread, i)
		}
		out[0].floats[i] = v
	}
}

// rowByColumns multiplies a row of A by a B whose columns are contiguous.
func rowByColumns[T Real](p matrices, a, b, to []T) {
	for j := range to {
		column := b[j*p.bColumn:][:p.inner]
		var s0, s1, s2, s3 T // four sums: faster, and more exact than one
		k := 0
		for ; k+4 <= len(column); k += 4 {
			s0 += a[k*p.aInner] * column[k]
			s1 += a[(k+1)*p.aInner] * column[k+1]
			s2 += a[(k+2)*p.aInner] * column[k+2]
			s3 += a[(k+3)*p.aInner] * column[k+3]
		}
		for ; k < len(column); k++ {
			s0 += a[k*p.aInner] * column[k]
		}
		to[j] = (s0 + s1) + (s2 + s3)
	}
}

// rowByRows multiplies a row of A by a B whose rows are contiguous.
func rowByRows[T Real](p matrices, a, b, to []T) {
	for k := range p.inner {
		v := a[k*p.aInner]
		for j, w := range b[k*p.bInner:][:len(to)] {
			to[j] += v * w
		}
	}
}

// inferBatchNormalization infers (x - mean) / sqrt(variance + epsilon) * scale + shift for each channel (axis 1).
func inferBatchNormalization(c *call) (kernels, error) {
	epsilon := c.finite("epsilon", 1e-5)
	c.ignore("momentum") // used in training only
	if c.g.Opset < 9 && !c.flag("spatial", true) || c.g.Opset >= 14 && c.flag("training_mode", false) {
		return kernels{}, fmt.Errorf("it normalises by the statistics of the batch, or of each pixel: export the " +
			"model for inference")
	}
	if err := c.dropOutputs("statistics of training are not computed; export the model for inference"); err != nil {
		return kernels{}, err
	}
	x := c.in[0].Shape
	if len(x) < 2 {
		return kernels{}, fmt.Errorf("its input of shape %v has no axis of channels: correct the model", x)
	}
	for k, v := range c.in[1:] {
		if len(v.Shape) != 1 || v.Shape[0] != x[1] {
			return kernels{}, fmt.Errorf("its input %d of shape %v does not fit %d channels: correct the model", k+1,
				v.Shape, x[1])
		}
	}
	if v := c.in[4].Const; v != nil && v.Type.Float() {
		for i, f := range v.Float64s() {
			if f+epsilon <= 0 {
				return kernels{}, fmt.Errorf("its variance %v of channel %d, with epsilon %v, is not positive: train "+
					"or export again", f, i, epsilon)
			}
		}
	}
	inner := 1
	for _, d := range x[2:] {
		inner *= d
	}
	c.work = 4 * c.in[0].Size()
	p := normalization{channels: x[1], inner: inner, epsilon: epsilon}
	return kernel(p, normalize[float32], normalize[float64]), c.same()
}

type normalization struct {
	channels, inner int
	epsilon         float64
}

func normalize[T Real](p normalization, in, out []*array[T]) {
	scale, shift, mean, variance := in[1].floats, in[2].floats, in[3].floats, in[4].floats
	for i, v := range in[0].floats {
		ch := i / p.inner % p.channels
		deviation := T(math.Sqrt(float64(variance[ch] + T(p.epsilon))))
		out[0].floats[i] = (v-mean[ch])/deviation*scale[ch] + shift[ch]
	}
}
