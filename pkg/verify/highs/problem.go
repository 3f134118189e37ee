package highs

import (
	"fmt"
	"math"
)

// Matrix is a sparse matrix by rows: the entries of row i are Index[Start[i]:Start[i+1]] (columns) and Value of the
// same range.
type Matrix struct {
	Start []int32   // [rows+1]
	Index []int32   // [nonzeros]
	Value []float64 // [nonzeros]
}

// NewMatrix returns a matrix without rows; AppendRow adds them.
func NewMatrix() Matrix { return Matrix{Start: []int32{0}} }

// Rows returns the number of rows.
func (m *Matrix) Rows() int { return len(m.Start) - 1 }

// AppendRow adds a row with the given columns and values, which are copied. A column must not occur twice in a row.
func (m *Matrix) AppendRow(index []int32, value []float64) {
	m.Index = append(m.Index, index...)
	m.Value = append(m.Value, value...)
	m.Start = append(m.Start, int32(len(m.Index)))
}

// Row returns the columns and values of row i, shared with m.
func (m *Matrix) Row(i int) ([]int32, []float64) {
	from, to := m.Start[i], m.Start[i+1]
	return m.Index[from:to], m.Value[from:to]
}

// Problem is: minimise Offset + Cost.x subject to RowLower <= A x <= RowUpper and ColLower <= x <= ColUpper, with x_j
// an integer where Integer[j]. Infinite bounds are ±math.Inf.
type Problem struct {
	Cost     []float64 // [cols]
	Offset   float64
	ColLower []float64 // [cols]
	ColUpper []float64 // [cols]
	Integer  []bool    // [cols], or nil for an LP
	A        Matrix    // [rows, cols]
	RowLower []float64 // [rows]
	RowUpper []float64 // [rows]
}

// IsMIP reports whether some column is an integer.
func (p *Problem) IsMIP() bool {
	for _, integer := range p.Integer {
		if integer {
			return true
		}
	}
	return false
}

// check returns an error for a problem that HiGHS would refuse or misread.
func (p *Problem) check() error {
	cols, rows := len(p.Cost), len(p.RowLower)
	if cols == 0 {
		return fmt.Errorf("a linear program needs at least one column")
	}
	if len(p.ColLower) != cols || len(p.ColUpper) != cols || (p.Integer != nil && len(p.Integer) != cols) {
		return fmt.Errorf("a linear program of %d costs has %d lower and %d upper bounds and %d integer marks: give "+
			"one each", cols, len(p.ColLower), len(p.ColUpper), len(p.Integer))
	}
	if len(p.RowUpper) != rows || p.A.Rows() != rows {
		return fmt.Errorf("a linear program of %d rows has %d lower and %d upper row bounds: give one each", p.A.Rows(),
			rows, len(p.RowUpper))
	}
	if err := checkNumbers(p); err != nil {
		return err
	}
	return checkIndices(&p.A, cols)
}

// checkNumbers refuses NaN anywhere and infinity among costs and entries.
func checkNumbers(p *Problem) error {
	for _, values := range [][]float64{p.Cost, p.A.Value, {p.Offset}} {
		for _, value := range values {
			if math.IsNaN(value) || math.IsInf(value, 0) {
				return fmt.Errorf("a linear program has the cost or matrix entry %v: every one must be finite", value)
			}
		}
	}
	for _, values := range [][]float64{p.ColLower, p.ColUpper, p.RowLower, p.RowUpper} {
		for _, value := range values {
			if math.IsNaN(value) {
				return fmt.Errorf("a linear program has a bound that is not a number")
			}
		}
	}
	return nil
}

// checkIndices refuses columns out of range and a start array out of order.
func checkIndices(a *Matrix, cols int) error {
	if len(a.Index) != len(a.Value) || int(a.Start[a.Rows()]) != len(a.Index) || a.Start[0] != 0 {
		return fmt.Errorf("a sparse matrix has %d columns for %d values: build it with AppendRow", len(a.Index),
			len(a.Value))
	}
	for i := range a.Rows() {
		if a.Start[i] > a.Start[i+1] {
			return fmt.Errorf("a sparse matrix has row %d end before its start: build it with AppendRow", i)
		}
	}
	for _, column := range a.Index {
		if column < 0 || int(column) >= cols {
			return fmt.Errorf("a sparse matrix names column %d of %d", column, cols)
		}
	}
	return nil
}
