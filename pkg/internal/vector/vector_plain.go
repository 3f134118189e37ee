//go:build !goexperiment.simd

package vector

import "math"

// AddRows adds sum_i f[i] rows[i*stride : i*stride+len(out)] to out. len(out) is a multiple of [Lanes].
func AddRows(out, rows []float64, stride int, f []float64) {
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

// Multiply adds, to the first stride numbers of each of the n rows of out, sum_j f[i*k+j] times row j of k rows of that
// stride, a multiple of [Lanes].
func Multiply(out []float64, outStride, n int, f []float64, k int, rows []float64, stride int) {
	for i := range n {
		AddRows(out[i*outStride:][:stride], rows, stride, f[i*k:(i+1)*k])
	}
}

// sizes makes the parts of the sums of the sizes of n rows.
func sizes(parts []float64, n int, rows []float64, stride int) {
	for i := range n {
		sum := 0.0
		for _, x := range rows[i*stride : (i+1)*stride] {
			sum += math.Abs(x)
		}
		parts[i*Lanes] = sum
	}
}

// products makes the parts of [Sums.Products], and returns how many columns are done.
func products(parts *[3][]float64, n int, _, _, _, _ []float64) int {
	for i := range n {
		parts[0][i*Lanes], parts[1][i*Lanes], parts[2][i*Lanes] = 0, 0, 0
	}
	return 0
}
