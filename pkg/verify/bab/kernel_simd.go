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

// addProducts adds row i . x to out[i], for rows as long as x, whose length is a multiple of [lanes].
func addProducts(out, rows []float32, stride int, x []float32) {
	var parts [4][lanes]float32
	l := simd.Float32s{}.Len()
	i := 0
	for ; i+4 <= len(out); i += 4 {
		products(&parts, rows[i*stride:], stride, x, l)
		for k := range parts {
			out[i+k] += total(parts[k][:l])
		}
	}
	for ; i < len(out); i++ {
		r, a := rows[i*stride:][:len(x)], simd.Float32s{}
		for p := 0; p < len(x); p += l {
			a = simd.LoadFloat32s(r[p:]).MulAdd(simd.LoadFloat32s(x[p:]), a)
		}
		a.Store(parts[0][:])
		out[i] += total(parts[0][:l])
	}
}

// products makes the parts of four rows' products with x.
func products(parts *[4][lanes]float32, rows []float32, stride int, x []float32, l int) {
	r0, r1 := rows[:len(x)], rows[stride:][:len(x)]
	r2, r3 := rows[2*stride:][:len(x)], rows[3*stride:][:len(x)]
	a0, a1, a2, a3 := simd.Float32s{}, simd.Float32s{}, simd.Float32s{}, simd.Float32s{}
	for p := 0; p < len(x); p += l {
		v := simd.LoadFloat32s(x[p:])
		a0, a1 = simd.LoadFloat32s(r0[p:]).MulAdd(v, a0), simd.LoadFloat32s(r1[p:]).MulAdd(v, a1)
		a2, a3 = simd.LoadFloat32s(r2[p:]).MulAdd(v, a2), simd.LoadFloat32s(r3[p:]).MulAdd(v, a3)
	}
	a0.Store(parts[0][:])
	a1.Store(parts[1][:])
	a2.Store(parts[2][:])
	a3.Store(parts[3][:])
}

func total(v []float32) float32 {
	s := float32(0)
	for _, x := range v {
		s += x
	}
	return s
}
