//go:build goexperiment.simd

package vector

import "simd"

// AddRows adds sum_i f[i] rows[i*stride : i*stride+len(out)] to out. len(out) is a multiple of [Lanes].
func AddRows(out, rows []float64, stride int, f []float64) {
	if len(f) == 0 {
		return
	}
	l := simd.Float64s{}.Len()
	p := 0
	for ; p+4*l <= len(out); p += 4 * l {
		addFour(out[p:p+4*l], rows[p:], stride, f, l)
	}
	switch (len(out) - p) / l {
	case 3:
		addThree(out[p:p+3*l], rows[p:], stride, f, l)
	case 2:
		addTwo(out[p:p+2*l], rows[p:], stride, f, l)
	case 1:
		addOne(out[p:p+l], rows[p:], stride, f)
	}
}

func addOne(out, rows []float64, stride int, f []float64) {
	a, b := simd.LoadFloat64s(out), simd.Float64s{}
	i := 0
	for ; i+2 <= len(f); i += 2 { // two sums, of which neither waits for the other
		a = simd.LoadFloat64s(rows[i*stride:]).MulAdd(simd.BroadcastFloat64s(f[i]), a)
		b = simd.LoadFloat64s(rows[(i+1)*stride:]).MulAdd(simd.BroadcastFloat64s(f[i+1]), b)
	}
	if i < len(f) {
		a = simd.LoadFloat64s(rows[i*stride:]).MulAdd(simd.BroadcastFloat64s(f[i]), a)
	}
	a.Add(b).Store(out)
}

func addTwo(out, rows []float64, stride int, f []float64, l int) {
	a, b := simd.LoadFloat64s(out), simd.LoadFloat64s(out[l:])
	for i, x := range f {
		r, y := rows[i*stride:i*stride+2*l], simd.BroadcastFloat64s(x)
		a, b = simd.LoadFloat64s(r).MulAdd(y, a), simd.LoadFloat64s(r[l:]).MulAdd(y, b)
	}
	a.Store(out)
	b.Store(out[l:])
}

func addThree(out, rows []float64, stride int, f []float64, l int) {
	a, b, c := simd.LoadFloat64s(out), simd.LoadFloat64s(out[l:]), simd.LoadFloat64s(out[2*l:])
	for i, x := range f {
		r, y := rows[i*stride:i*stride+3*l], simd.BroadcastFloat64s(x)
		a, b = simd.LoadFloat64s(r).MulAdd(y, a), simd.LoadFloat64s(r[l:]).MulAdd(y, b)
		c = simd.LoadFloat64s(r[2*l:]).MulAdd(y, c)
	}
	a.Store(out)
	b.Store(out[l:])
	c.Store(out[2*l:])
}

func addFour(out, rows []float64, stride int, f []float64, l int) {
	a0, a1 := simd.LoadFloat64s(out), simd.LoadFloat64s(out[l:])
	a2, a3 := simd.LoadFloat64s(out[2*l:]), simd.LoadFloat64s(out[3*l:])
	for i, x := range f {
		r := rows[i*stride : i*stride+4*l]
		b := simd.BroadcastFloat64s(x)
		a0 = simd.LoadFloat64s(r).MulAdd(b, a0)
		a1 = simd.LoadFloat64s(r[l:]).MulAdd(b, a1)
		a2 = simd.LoadFloat64s(r[2*l:]).MulAdd(b, a2)
		a3 = simd.LoadFloat64s(r[3*l:]).MulAdd(b, a3)
	}
	a0.Store(out)
	a1.Store(out[l:])
	a2.Store(out[2*l:])
	a3.Store(out[3*l:])
}

// Multiply adds, to the first stride numbers of each of the n rows of out, sum_j f[i*k+j] times row j of k rows of that
// stride, a multiple of [Lanes].
func Multiply(out []float64, outStride, n int, f []float64, k int, rows []float64, stride int) {
	if k == 0 {
		return
	}
	l := simd.Float64s{}.Len()
	i := 0
	for ; i+2 <= n; i += 2 {
		a, b := out[i*outStride:][:stride], out[(i+1)*outStride:][:stride]
		fa, fb := f[i*k:(i+1)*k], f[(i+1)*k:(i+2)*k]
		p := 0
		for ; p+4*l <= stride; p += 4 * l {
			two(a[p:p+4*l], b[p:p+4*l], rows[p:], stride, fa, fb, l)
		}
		for ; p < stride; p += l {
			both(a[p:p+l], b[p:p+l], rows[p:], stride, fa, fb)
		}
	}
	for ; i < n; i++ {
		AddRows(out[i*outStride:][:stride], rows, stride, f[i*k:(i+1)*k])
	}
}

// both is one vector of two rows at once.
func both(a, b, rows []float64, stride int, fa, fb []float64) {
	a0, b0, a1, b1 := simd.LoadFloat64s(a), simd.LoadFloat64s(b), simd.Float64s{}, simd.Float64s{}
	fb = fb[:len(fa)]
	i := 0
	for ; i+2 <= len(fa); i += 2 {
		r, q := simd.LoadFloat64s(rows[i*stride:]), simd.LoadFloat64s(rows[(i+1)*stride:])
		a0, b0 = r.MulAdd(simd.BroadcastFloat64s(fa[i]), a0), r.MulAdd(simd.BroadcastFloat64s(fb[i]), b0)
		a1, b1 = q.MulAdd(simd.BroadcastFloat64s(fa[i+1]), a1), q.MulAdd(simd.BroadcastFloat64s(fb[i+1]), b1)
	}
	if i < len(fa) {
		r := simd.LoadFloat64s(rows[i*stride:])
		a0, b0 = r.MulAdd(simd.BroadcastFloat64s(fa[i]), a0), r.MulAdd(simd.BroadcastFloat64s(fb[i]), b0)
	}
	a0.Add(a1).Store(a)
	b0.Add(b1).Store(b)
}

// two is four vectors of two rows at once.
func two(a, b, rows []float64, stride int, fa, fb []float64, l int) {
	a0, a1 := simd.LoadFloat64s(a), simd.LoadFloat64s(a[l:])
	a2, a3 := simd.LoadFloat64s(a[2*l:]), simd.LoadFloat64s(a[3*l:])
	b0, b1 := simd.LoadFloat64s(b), simd.LoadFloat64s(b[l:])
	b2, b3 := simd.LoadFloat64s(b[2*l:]), simd.LoadFloat64s(b[3*l:])
	fb = fb[:len(fa)]
	for i := range fa {
		r := rows[i*stride : i*stride+4*l]
		x, y := simd.BroadcastFloat64s(fa[i]), simd.BroadcastFloat64s(fb[i])
		r0, r1 := simd.LoadFloat64s(r), simd.LoadFloat64s(r[l:])
		r2, r3 := simd.LoadFloat64s(r[2*l:]), simd.LoadFloat64s(r[3*l:])
		a0, a1, a2, a3 = r0.MulAdd(x, a0), r1.MulAdd(x, a1), r2.MulAdd(x, a2), r3.MulAdd(x, a3)
		b0, b1, b2, b3 = r0.MulAdd(y, b0), r1.MulAdd(y, b1), r2.MulAdd(y, b2), r3.MulAdd(y, b3)
	}
	a0.Store(a)
	a1.Store(a[l:])
	a2.Store(a[2*l:])
	a3.Store(a[3*l:])
	b0.Store(b)
	b1.Store(b[l:])
	b2.Store(b[2*l:])
	b3.Store(b[3*l:])
}

// sizes makes the parts of the sums of the sizes of n rows.
func sizes(parts []float64, n int, rows []float64, stride int) {
	l := simd.Float64s{}.Len()
	for i := range n {
		row, sum := rows[i*stride:(i+1)*stride], simd.Float64s{}
		for p := 0; p < stride; p += l {
			sum = sum.Add(simd.LoadFloat64s(row[p:]).Abs())
		}
		sum.Store(parts[i*Lanes:])
	}
}

// products makes the parts of [Sums.Products], and returns how many columns are done.
func products(parts *[3][]float64, n int, w, a, b, c []float64) int {
	l := simd.Float64s{}.Len()
	whole := len(a) / l * l
	for i := range n {
		row := w[i*len(a):][:whole]
		m, r, t := simd.Float64s{}, simd.Float64s{}, simd.Float64s{}
		for p := 0; p < whole; p += l {
			v := simd.LoadFloat64s(row[p:])
			size := v.Abs()
			m = v.MulAdd(simd.LoadFloat64s(a[p:]), m)
			r = size.MulAdd(simd.LoadFloat64s(b[p:]), r)
			t = size.MulAdd(simd.LoadFloat64s(c[p:]), t)
		}
		m.Store(parts[0][i*Lanes:])
		r.Store(parts[1][i*Lanes:])
		t.Store(parts[2][i*Lanes:])
	}
	return whole
}
