package vector

import (
	"math"
	"math/rand/v2"
	"testing"
)

func numbers(r *rand.Rand, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.NormFloat64()
	}
	return v
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-12*(1+math.Abs(b)) }

// TestRows compares sums of rows with plain loops.
func TestRows(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		n, k, stride := r.IntN(8), r.IntN(9), Padded(1+r.IntN(100))
		outStride := stride + r.IntN(3)*Lanes
		rows, f, out := numbers(r, k*stride), numbers(r, n*k), numbers(r, n*outStride)
		want := append([]float64(nil), out...)
		for i := range n {
			for j := range k {
				for p := range stride {
					want[i*outStride+p] += f[i*k+j] * rows[j*stride+p]
				}
			}
		}
		Multiply(out, outStride, n, f, k, rows, stride)
		for i := range out {
			if !near(out[i], want[i]) {
				t.Fatalf("%d rows of %d, stride %d: entry %d is %v, not %v", n, k, stride, i, out[i], want[i])
			}
		}
	}
}

// TestSums compares sums of sizes and products with plain loops; the scratch memory is used again for fewer rows.
func TestSums(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	s := &Sums{}
	for range 300 {
		n, cols, stride := r.IntN(9), 1+r.IntN(60), Padded(1+r.IntN(60))
		rows, w := numbers(r, n*stride), numbers(r, n*cols)
		a, b, c := numbers(r, cols), numbers(r, cols), numbers(r, cols)
		sizes, m, v, u := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		s.Sizes(sizes, rows, stride)
		s.Products(m, v, u, w, a, b, c)
		for i := range n {
			size, middle, width, total := 0.0, 0.0, 0.0, 0.0
			for _, x := range rows[i*stride : (i+1)*stride] {
				size += math.Abs(x)
			}
			for j, x := range w[i*cols : (i+1)*cols] {
				middle, width, total = middle+x*a[j], width+math.Abs(x)*b[j], total+math.Abs(x)*c[j]
			}
			if !near(sizes[i], size) || !near(m[i], middle) || !near(v[i], width) || !near(u[i], total) {
				t.Fatalf("row %d of %d, %d columns: %v %v %v %v, not %v %v %v %v", i, n, cols, sizes[i], m[i], v[i],
					u[i],
					size, middle, width, total)
			}
		}
	}
}
