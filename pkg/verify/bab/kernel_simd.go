//go:build goexperiment.simd

package bab

import "simd"

// addRows adds sum_i f[i] rows[i*stride : i*stride+len(out)] to out. len(out) is a multiple of [lanes]. Without any f,
// rows may be empty.
func addRows(out, rows []float32, stride int, f []float32) {
	if len(f) == 0 {
		return
	}
	l := simd.Float32s{}.Len()
	p := 0
	for ; p+8*l <= len(out); p += 8 * l {
		addEight(out[p:p+8*l], rows[p:], stride, f, l)
	}
	for ; p+4*l <= len(out); p += 4 * l {
		addFour(out[p:p+4*l], rows[p:], stride, f, l)
	}
	for ; p < len(out); p += l {
		a := simd.LoadFloat32s(out[p:])
		for i, x := range f {
			a = simd.LoadFloat32s(rows[i*stride+p:]).MulAdd(simd.BroadcastFloat32s(x), a)
		}
		a.Store(out[p:])
	}
}

func addEight(out, rows []float32, stride int, f []float32, l int) {
	a0, a1, a2, a3 := simd.LoadFloat32s(out), simd.LoadFloat32s(out[l:]), simd.LoadFloat32s(out[2*l:]),
		simd.LoadFloat32s(out[3*l:])
	a4, a5, a6, a7 := simd.LoadFloat32s(out[4*l:]), simd.LoadFloat32s(out[5*l:]), simd.LoadFloat32s(out[6*l:]),
		simd.LoadFloat32s(out[7*l:])
	for i, x := range f {
		r := rows[i*stride : i*stride+8*l]
		b := simd.BroadcastFloat32s(x)
		a0 = simd.LoadFloat32s(r).MulAdd(b, a0)
		a1 = simd.LoadFloat32s(r[l:]).MulAdd(b, a1)
		a2 = simd.LoadFloat32s(r[2*l:]).MulAdd(b, a2)
		a3 = simd.LoadFloat32s(r[3*l:]).MulAdd(b, a3)
		a4 = simd.LoadFloat32s(r[4*l:]).MulAdd(b, a4)
		a5 = simd.LoadFloat32s(r[5*l:]).MulAdd(b, a5)
		a6 = simd.LoadFloat32s(r[6*l:]).MulAdd(b, a6)
		a7 = simd.LoadFloat32s(r[7*l:]).MulAdd(b, a7)
	}
	a0.Store(out)
	a1.Store(out[l:])
	a2.Store(out[2*l:])
	a3.Store(out[3*l:])
	a4.Store(out[4*l:])
	a5.Store(out[5*l:])
	a6.Store(out[6*l:])
	a7.Store(out[7*l:])
}

func addFour(out, rows []float32, stride int, f []float32, l int) {
	a0, a1, a2, a3 := simd.LoadFloat32s(out), simd.LoadFloat32s(out[l:]), simd.LoadFloat32s(out[2*l:]),
		simd.LoadFloat32s(out[3*l:])
	for i, x := range f {
		r := rows[i*stride : i*stride+4*l]
		b := simd.BroadcastFloat32s(x)
		a0 = simd.LoadFloat32s(r).MulAdd(b, a0)
		a1 = simd.LoadFloat32s(r[l:]).MulAdd(b, a1)
		a2 = simd.LoadFloat32s(r[2*l:]).MulAdd(b, a2)
		a3 = simd.LoadFloat32s(r[3*l:]).MulAdd(b, a3)
	}
	a0.Store(out)
	a1.Store(out[l:])
	a2.Store(out[2*l:])
	a3.Store(out[3*l:])
}

// addColumns adds sum_i f[i] columns[i*lanes : (i+1)*lanes] to out, in four independent sums that the processor can
// compute in parallel.
func addColumns(out *[lanes]float32, columns, f []float32) {
	l := simd.Float32s{}.Len()
	for p := 0; p < lanes; p += l {
		var b, c, d simd.Float32s
		a := simd.LoadFloat32s(out[p:])
		i := 0
		for ; i+4 <= len(f); i += 4 {
			r, x := columns[i*lanes+p:][:3*lanes+l], f[i:i+4]
			a = simd.LoadFloat32s(r).MulAdd(simd.BroadcastFloat32s(x[0]), a)
			b = simd.LoadFloat32s(r[lanes:]).MulAdd(simd.BroadcastFloat32s(x[1]), b)
			c = simd.LoadFloat32s(r[2*lanes:]).MulAdd(simd.BroadcastFloat32s(x[2]), c)
			d = simd.LoadFloat32s(r[3*lanes:]).MulAdd(simd.BroadcastFloat32s(x[3]), d)
		}
		for ; i < len(f); i++ {
			a = simd.LoadFloat32s(columns[i*lanes+p:]).MulAdd(simd.BroadcastFloat32s(f[i]), a)
		}
		a.Add(b).Add(c.Add(d)).Store(out[p:])
	}
}

// sums returns the sums of |v|, |v + a w| and |v + b w|. v and w have the same length, a multiple of [lanes].
func sums(v, w []float32, a, b float32) (x, y, z float32) {
	l := simd.Float32s{}.Len()
	var sx, sy, sz simd.Float32s
	fa, fb := simd.BroadcastFloat32s(a), simd.BroadcastFloat32s(b)
	for p := 0; p < len(v); p += l {
		at, by := simd.LoadFloat32s(v[p:]), simd.LoadFloat32s(w[p:])
		sx = sx.Add(at.Abs())
		sy = sy.Add(by.MulAdd(fa, at).Abs())
		sz = sz.Add(by.MulAdd(fb, at).Abs())
	}
	return total(sx), total(sy), total(sz)
}

// total returns the sum of a vector's entries.
func total(v simd.Float32s) (sum float32) {
	var all [64]float32
	v.Store(all[:])
	for _, x := range all[:v.Len()] {
		sum += x
	}
	return sum
}
