//go:build !goexperiment.simd

package bab

// addRows adds sum_i f[i] rows[i*stride : i*stride+len(out)] to out. len(out) is a multiple of [lanes]. Without any f,
// rows may be empty.
func addRows(out, rows []float32, stride int, f []float32) {
	if len(f) == 0 {
		return
	}
	i := 0
	for ; i+4 <= len(f); i += 4 {
		a, b := rows[i*stride:][:len(out)], rows[(i+1)*stride:][:len(out)]
		c, d := rows[(i+2)*stride:][:len(out)], rows[(i+3)*stride:][:len(out)]
		f0, f1, f2, f3 := f[i], f[i+1], f[i+2], f[i+3]
		for j := range out {
			out[j] += f0*a[j] + f1*b[j] + f2*c[j] + f3*d[j]
		}
	}
	for ; i < len(f); i++ {
		r := rows[i*stride:][:len(out)]
		for j := range out {
			out[j] += f[i] * r[j]
		}
	}
}

// addProducts adds row i . x to out[i], for rows as long as x, whose length is a multiple of [lanes].
func addProducts(out, rows []float32, stride int, x []float32) {
	for i := range out {
		r := rows[i*stride:][:len(x)]
		a, b := float32(0), float32(0)
		for j := 0; j+1 < len(r); j += 2 {
			a += r[j] * x[j]
			b += r[j+1] * x[j+1]
		}
		out[i] += a + b
	}
}
