package prove

import (
	"math"
	"slices"

	"tightrope/pkg/internal/vector"
)

// first is an affine map of the input.
func (z *zonotope) first(o *op, f *form) {
	f.make(o.Size, 1+len(z.free))
	f.interval(o.Size)
	for i := range o.Size {
		row := f.row(i)
		row[0] = o.Bias[i] + o.dot(i, z.centre)
		if o.dense != nil {
			w := o.dense[i*o.cols:][:o.cols]
			for c, k := range z.free {
				row[1+c] = w[k] * z.radius[k]
			}
		} else {
			z.sparseFirst(o, i, row)
		}
	}
	for i, r := range z.radii(f) {
		c := f.rows[i*f.stride]
		f.low[i], f.high[i] = c-r, c+r
	}
}

// radii returns the sums of the absolute values of each row, without its centre.
func (z *zonotope) radii(f *form) []float64 {
	n := len(f.rows) / f.stride
	z.size = sized(z.size, n)
	z.sums.Sizes(z.size, f.rows, f.stride)
	for i := range z.size {
		z.size[i] -= math.Abs(f.rows[i*f.stride])
	}
	return z.size
}

// sized returns a slice of n numbers, whose values are undefined.
func sized(v []float64, n int) []float64 { return slices.Grow(v[:0], n)[:n] }

func (z *zonotope) sparseFirst(o *op, i int, row []float64) {
	for k := o.Start[i]; k < o.Start[i+1]; k++ {
		if c, found := slices.BinarySearch(z.free, int(o.Index[k])); found {
			row[1+c] = o.Value[k] * z.radius[o.Index[k]]
		}
	}
}

func (o *op) dot(i int, x []float64) float64 {
	s := 0.0
	if o.dense != nil {
		for j, w := range o.dense[i*o.cols:][:o.cols] {
			s += w * x[j]
		}
		return s
	}
	for k := o.Start[i]; k < o.Start[i+1]; k++ {
		s += o.Value[k] * x[o.Index[k]]
	}
	return s
}

// affine returns W a + b.
func (z *zonotope) affine(o *op, f *form) {
	in := &z.forms[o.From[0]]
	f.make(o.Size, z.columns)
	f.interval(o.Size)
	for i, b := range o.Bias {
		f.rows[i*f.stride] = b
	}
	if o.dense != nil {
		weight, columns := z.gather(o, in.index)
		vector.Multiply(f.rows, f.stride, o.Size, weight, columns, in.rows, in.stride)
	} else {
		o.sparse(in, f)
	}
	z.ranges(o, in, f)
}

// gather selects the columns of units that have a row.
func (z *zonotope) gather(o *op, index []int32) (weight []float64, columns int) {
	if index == nil {
		return o.dense, o.cols
	}
	z.gathered = z.gathered[:0]
	for i := range o.Size {
		w := o.dense[i*o.cols:][:o.cols]
		for _, j := range index {
			z.gathered = append(z.gathered, w[j])
		}
	}
	return z.gathered, len(index)
}

// at returns the row of a unit; it is 0 for a unit without one.
func (f *form) at(unit int32) (row int, found bool) {
	if f.index == nil {
		return int(unit), true
	}
	return slices.BinarySearch(f.index, unit)
}

// unit returns the unit of a row.
func (f *form) unit(row int) int {
	if f.index == nil {
		return row
	}
	return int(f.index[row])
}

func (o *op) sparse(in, f *form) {
	for i := range o.Size {
		row := f.row(i)[:in.stride]
		for k := o.Start[i]; k < o.Start[i+1]; k++ {
			if at, found := in.at(o.Index[k]); found {
				vector.AddRows(row, in.row(at), in.stride, o.Value[k:k+1])
			}
		}
	}
}

// ranges computes the intervals of an affine map by interval arithmetic.
func (z *zonotope) ranges(o *op, in, f *form) {
	z.centred(in)
	z.a, z.b, z.c = sized(z.a, o.Size), sized(z.b, o.Size), sized(z.c, o.Size)
	if o.dense != nil {
		z.sums.Products(z.a, z.b, z.c, o.dense, z.middle, z.width, z.width)
	} else {
		o.products(z.a, z.b, z.middle, z.width)
	}
	for i, m := range z.a {
		f.low[i], f.high[i] = m+o.Bias[i]-z.b[i], m+o.Bias[i]+z.b[i]
	}
}

// products returns the products of the rows with one vector, and of their absolute values with another.
func (o *op) products(a, b, middle, width []float64) {
	for i := range a {
		a[i], b[i] = 0, 0
		for k := o.Start[i]; k < o.Start[i+1]; k++ {
			a[i] += o.Value[k] * middle[o.Index[k]]
			b[i] += math.Abs(o.Value[k]) * width[o.Index[k]]
		}
	}
}

// centred computes the middle and width of a form's intervals.
func (z *zonotope) centred(in *form) {
	n := len(in.low)
	z.middle, z.width = slices.Grow(z.middle[:0], n)[:n], slices.Grow(z.width[:0], n)[:n]
	for j := range n {
		z.middle[j], z.width[j] = (in.low[j]+in.high[j])/2, (in.high[j]-in.low[j])/2
	}
}
