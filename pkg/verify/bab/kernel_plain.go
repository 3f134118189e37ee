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

// addColumns adds sum_i f[i] columns[i*lanes : (i+1)*lanes] to out.
func addColumns(out *[lanes]float32, columns, f []float32) { addRows(out[:], columns, lanes, f) }

// sums returns the sums of |v|, |v + a w| and |v + b w|. v and w have the same length.
func sums(v, w []float32, a, b float32) (x, y, z float32) {
	w = w[:len(v)]
	for k, f := range v {
		x, y, z = x+abs(f), y+abs(f+a*w[k]), z+abs(f+b*w[k])
	}
	return x, y, z
}
