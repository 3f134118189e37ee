package cert

import (
	"math"

	"tightrope/pkg/internal/vector"
)

// matrix is W by rows: dense, or sparse with the columns of row i in index[start[i]:start[i+1]].
type matrix struct {
	cols  int
	value []float64
	start []int32 // nil: dense
	index []int32
}

// row is the columns (nil: all) and the values of row i.
func (m *matrix) row(i int) ([]int32, []float64) {
	if m.start == nil {
		return nil, m.value[i*m.cols : (i+1)*m.cols]
	}
	from, to := m.start[i], m.start[i+1]
	return m.index[from:to], m.value[from:to]
}

// products are all rows times three vectors, the absolute rows for the last two.
func (m *matrix) products(rows int, sums *vector.Sums, centre, radius, size []float64) (
	middle, width, total []float64,
) {
	middle, width, total = make([]float64, rows), make([]float64, rows), make([]float64, rows)
	if m.start == nil {
		sums.Products(middle, width, total, m.value, centre, radius, size)
		return middle, width, total
	}
	for i := range rows {
		index, value := m.row(i)
		for k, w := range value {
			a, j := math.Abs(w), index[k]
			middle[i] += w * centre[j]
			width[i] += a * radius[j]
			total[i] += a * size[j]
		}
	}
	return middle, width, total
}

// addTransposed adds W^T g to out and returns the number of non-zero entries of g: out_j is a sum of at most so many
// products.
func (m *matrix) addTransposed(g, out []float64) int {
	if m.start == nil {
		return m.addDense(g, out)
	}
	terms := 0
	for i, f := range g {
		if f == 0 {
			continue
		}
		terms++
		index, value := m.row(i)
		for k, w := range value {
			out[index[k]] += f * w
		}
	}
	return terms
}

// addDense takes the rows four by four, which saves three of four loads and stores of out.
func (m *matrix) addDense(g, out []float64) int {
	var rows [4][]float64
	var f [4]float64
	terms, held := 0, 0
	for i, x := range g {
		if x == 0 {
			continue
		}
		terms++
		_, rows[held] = m.row(i)
		f[held] = x
		if held++; held == 4 {
			addFour(out, &rows, &f)
			held = 0
		}
	}
	for k := range held {
		r := rows[k][:len(out)]
		for j := range out {
			out[j] += f[k] * r[j]
		}
	}
	return terms
}

func addFour(out []float64, rows *[4][]float64, f *[4]float64) {
	a, b, c, d := rows[0][:len(out)], rows[1][:len(out)], rows[2][:len(out)], rows[3][:len(out)]
	f0, f1, f2, f3 := f[0], f[1], f[2], f[3]
	for j := range out {
		out[j] += (f0*a[j] + f1*b[j]) + (f2*c[j] + f3*d[j])
	}
}
