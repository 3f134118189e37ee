package bab

import (
	"context"
	"math"
	"time"

	"tightrope/pkg/ball"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/highs"
)

// last handles a node without a unit to split: there the network is linear, so its linear program is exact. The program's
// multipliers prove the row, or its optimum is a counter-example, or (a margin within rounding of 0, no HiGHS, an l_2 ball) the
// node is lost.
func (s *search) last(ctx context.Context, n *node) {
	s.ascent.run(n, lastSteps, rate, goal, true)
	if n.bound > goal && s.prove(n, s.bestNu) {
		return
	}
	nu, point := s.linearProgram(ctx, n)
	if nu != nil && s.prove(n, nu) {
		return
	}
	if point != nil && s.check(point, s.class) {
		s.point = point
		return
	}
	s.lost = min(s.lost, n.bound)
}

// lastSteps is how long the ascent tries on before a linear program is asked.
const lastSteps = 100

// lpTime limits one linear program.
const lpTime = 10 * time.Second

// elastic is the cost of violating z = row, times the size of the margin's row: large enough that an optimum violates
// nothing unless no input satisfies all phases; then it is large and proves that.
const elastic = 1e4

// linearProgram minimises the row over a node, with the triangle for units whose phase is open, and returns its multipliers
// and its optimal input; nil where it has none.
func (s *search) linearProgram(ctx context.Context, n *node) (nu []float32, point []float64) {
	if s.options.NoLP || s.inputs.ball.Norm != ball.Linf {
		return nil, nil
	}
	w := &lpWriter{search: s, row: make([]int, s.units), out: make([]int32, s.units)}
	w.lower, w.upper = s.phases(n)
	w.write()
	solver, err := highs.New(&w.problem)
	if err != nil {
		return nil, nil
	}
	defer solver.Close()
	r, err := solver.Solve(ctx, highs.Options{TimeLimit: lpTime})
	if err != nil || r.Status != highs.Optimal || r.RowDual == nil || r.X == nil {
		return nil, nil
	}
	nu = make([]float32, s.width)
	for i, at := range w.row {
		if at >= 0 {
			nu[i] = float32(r.RowDual[at])
		}
	}
	return nu, cert.Clip(s.inputs.ball, s.inputs.clean, r.X[:len(s.inputs.clean)])
}

// lpWriter writes a node's linear program: columns x, then for each unit z, its violations and where needed a.
type lpWriter struct {
	*search
	problem      highs.Problem
	lower, upper []float64 // of z
	row          []int     // of z = row of a unit
	out          []int32   // column of a unit's output; -1: it is 0
}

func (w *lpWriter) column(cost, lower, upper float64) int32 {
	p := &w.problem
	p.Cost, p.ColLower, p.ColUpper = append(p.Cost, cost), append(p.ColLower, lower), append(p.ColUpper, upper)
	return int32(len(p.Cost) - 1)
}

func (w *lpWriter) constraint(lower, upper float64, index []int32, value []float64) int {
	p := &w.problem
	p.A.AppendRow(index, value)
	p.RowLower, p.RowUpper = append(p.RowLower, lower), append(p.RowUpper, upper)
	return len(p.RowLower) - 1
}

func (w *lpWriter) write() {
	w.problem.A = highs.NewMatrix()
	lower, upper := w.inputs.ball.Bounds(w.inputs.clean)
	for k := range lower {
		w.column(w.ascent.row.sign*w.ascent.row.exact.Input[k], lower[k], upper[k])
	}
	w.problem.Offset = w.ascent.row.sign * w.ascent.row.exact.Constant
	penalty := elastic * w.size()
	for i := range w.units {
		w.unit(i, penalty)
	}
	for i, f := range w.ascent.row.exact.Units {
		if w.out[i] >= 0 {
			w.problem.Cost[w.out[i]] += w.ascent.row.sign * f
		}
	}
}

// size is the largest coefficient of the margin, at least 1.
func (w *lpWriter) size() float64 {
	size := 1.0
	for _, f := range w.ascent.row.exact.Units {
		size = max(size, math.Abs(f))
	}
	return size
}

// unit adds z = row + violation and the unit's output.
func (w *lpWriter) unit(i int, penalty float64) {
	l, u := w.lower[i], w.upper[i]
	z := w.column(0, l, u)
	index, value := []int32{z, w.column(penalty, 0, math.Inf(1)), w.column(penalty, 0, math.Inf(1))}, []float64{1, 1, -1}
	from := &w.Rows[i]
	for k, f := range from.Input {
		if f != 0 {
			index, value = append(index, int32(k)), append(value, -f)
		}
	}
	for j, f := range from.Units {
		if f != 0 && w.out[j] >= 0 {
			index, value = append(index, w.out[j]), append(value, -f)
		}
	}
	w.row[i] = w.constraint(from.Constant, from.Constant, index, value)
	switch {
	case u <= 0:
		w.out[i] = -1
	case l >= 0:
		w.out[i] = z
	default:
		w.out[i] = w.column(0, 0, u)
		w.constraint(0, math.Inf(1), []int32{w.out[i], z}, []float64{1, -1})
		slope := u / (u - l)
		w.constraint(math.Inf(-1), -slope*l, []int32{w.out[i], z}, []float64{1, -slope})
	}
}
