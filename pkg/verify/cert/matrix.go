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

// first is the first column of a row of a sparse matrix that is not 0; -1 if all are.
func (m *matrix) first(i int) int32 {
	if m.start[i] == m.start[i+1] {
		return -1
	}
	return m.index[m.start[i]]
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

// addTransposed writes W^T g for the rows g of a slot to one that is empty.
func (m *matrix) addTransposed(from, to *slot, stamp int32) {
	switch {
	case m.start == nil || 4*len(from.units) > len(from.seen):
		to.listAll(stamp, m.cols)
	default:
		for _, i := range from.units {
			for _, j := range m.index[m.start[i]:m.start[i+1]] {
				to.list(int(j), stamp)
			}
		}
	}
	if m.start == nil {
		vector.SpreadDense(to.block, from.block, from.units, m.value, m.cols)
		return
	}
	vector.Spread(to.block, from.block, from.units, m.start, m.index, m.value)
}
