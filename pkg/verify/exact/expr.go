package exact

// expr is a linear expression over the columns of a program: constant + sum value[k] * column index[k], every column at
// most once.
type expr struct {
	index    []int32
	value    []float64
	constant float64
}

// column returns the expression of one column that is counted in a scale.
func column(j int32, scale float64) expr { return expr{index: []int32{j}, value: []float64{scale}} }

// at evaluates the expression at the columns' values.
func (e *expr) at(x []float64) float64 {
	sum := e.constant
	for k, j := range e.index {
		sum += e.value[k] * x[j]
	}
	return sum
}

// summer adds expressions into one; it is reused for many.
type summer struct {
	sum  []float64 // [columns]
	seen []bool    // [columns]
	used []int32
	expr expr
}

// newSummer returns a summer for expressions over a number of columns.
func newSummer(columns int) *summer {
	return &summer{sum: make([]float64, columns), seen: make([]bool, columns)}
}

// add adds factor * e.
func (s *summer) add(factor float64, e *expr) {
	s.expr.constant += factor * e.constant
	for k, j := range e.index {
		if !s.seen[j] {
			s.seen[j] = true
			s.used = append(s.used, j)
		}
		s.sum[j] += factor * e.value[k]
	}
}

// take returns constant + the sum since the last take, without its zeros.
func (s *summer) take(constant float64) expr {
	e := expr{constant: constant + s.expr.constant}
	for _, j := range s.used {
		if s.sum[j] != 0 {
			e.index, e.value = append(e.index, j), append(e.value, s.sum[j])
		}
		s.sum[j], s.seen[j] = 0, false
	}
	s.used, s.expr.constant = s.used[:0], 0
	return e
}
