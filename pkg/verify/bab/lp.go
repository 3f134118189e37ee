package bab

import (
	"context"
	"math"
	"time"

	"tightrope/pkg/ball"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/highs"
)

// last handles a node without a unit to split. There the network is linear, so the linear program is exact. Either the
// program's multipliers prove the row, or its optimum is a counter-example, or the node is lost (because the margin is
// within rounding of 0, HiGHS is missing, or the ball is an l_2 ball).
func (s *search) last(ctx context.Context, n *node) {
	s.ascent.run(n, lastSteps, rate, goal, true)
	if n.bound > goal && s.prove(n, s.bestNu) || s.byProgram(ctx, n, lpTime) {
		return
	}
	s.lost = append(s.lost, n)
}

// programShare is the fraction of the time that linear programs may use at nodes that could still be split. On wide
// inputs a few steps of ascent are far faster. But a linear program detects at once that phases exclude each other,
// which is frequent on narrow inputs.
const programShare = 0.25

// program solves a node's linear program if there is time, and reports whether that settles the node. The fewer nodes
// the programs settle, the less time they get, and none gets more than is left.
func (s *search) program(ctx context.Context, n *node) bool {
	share := programShare * float64(1+s.settled) / float64(1+s.asked)
	left := time.Duration(share*float64(time.Since(s.start))) - s.inLP
	if left <= s.programTime() || s.nodes < leastNodes {
		return false
	}
	s.asked++
	if !s.byProgram(ctx, n, min(left, lpTime)) {
		return false
	}
	s.settled++
	return true
}

// entryTime estimates the time of HiGHS per entry of a linear program's matrix: 60 units over 784 inputs take 5 ms.
const entryTime = 100 * time.Nanosecond

// programTime estimates the time of the next linear program, so that a search that would end before it does not start
// one.
func (s *search) programTime() time.Duration {
	if s.programs > 0 {
		return s.inLP / time.Duration(s.programs)
	}
	return time.Duration(s.units*(s.units+len(s.inputs.columns))) * entryTime
}

// leastNodes is the number of nodes that are bounded before the first linear program, because some trees end without
// any.
const leastNodes = 8

// byProgram reports whether a linear program settles a node: by a proof or by a counter-example.
func (s *search) byProgram(ctx context.Context, n *node, limit time.Duration) bool {
	start := time.Now()
	nu, point := s.linearProgram(ctx, n, limit)
	s.inLP += time.Since(start)
	s.programs++
	if nu != nil && s.prove(n, nu) {
		return true
	}
	if point != nil && s.check(point, s.class) {
		s.point = point
		return true
	}
	return false
}

// lastSteps is the number of steps that the ascent takes before a linear program is solved.
const lastSteps = 100

// lpTime limits one linear program.
const lpTime = 10 * time.Second

// elastic is the cost of violating z = row, in the scales of the margin's row and of the unit. It is so large that an
// optimum violates nothing unless no input satisfies all phases; then the optimum is large, which proves just that.
const elastic = 1e4

// linearProgram minimises the row over a node, with the triangle for units whose phases are open. It returns the
// multipliers and the optimal input, or nil if there are none.
func (s *search) linearProgram(ctx context.Context, n *node, limit time.Duration) (nu []float32, point []float64) {
	if s.options.NoLP || s.inputs.ball.Norm == ball.L2 {
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
	r, err := solver.Solve(ctx, highs.Options{TimeLimit: limit})
	if err != nil || r.Status != highs.Optimal || r.RowDual == nil || r.X == nil {
		return nil, nil
	}
	nu = make([]float32, s.width)
	for i, at := range w.row {
		if at >= 0 {
			nu[i] = float32(r.RowDual[at])
		}
	}
	return nu, cert.Clip(s.inputs.ball, s.inputs.clean, w.point(r.X))
}

// lpWriter writes a node's linear program. Its columns are x and then, for each unit, z, its violations and, where
// needed, a.
type lpWriter struct {
	*search
	problem      highs.Problem
	lower, upper []float64 // of z
	row          []int     // of z = row of a unit
	out          []int32   // column of a unit's output; -1 if the output is 0
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
	w.region()
	margin, factor := w.ascent.row.live, w.ascent.row.sign/w.ascent.row.scale
	w.problem.Offset = factor * w.inputs.constant(margin)
	w.inputEntries(margin, factor, func(j int32, v float64) { w.problem.Cost[j] = v })
	for i := range w.units {
		w.unit(i)
	}
	for i, f := range margin.Units {
		if w.out[i] >= 0 {
			w.problem.Cost[w.out[i]] += factor * w.scales[i] * f
		}
	}
}

// region adds the ball in units of the radius. For l_inf there is a column s in [-1, 1] for each input. For l_1 there
// are two columns for each input, how far it rises and how far it falls, whose total is at most 1.
func (w *lpWriter) region() {
	var all []int32
	var ones []float64
	for q := range w.inputs.columns {
		if w.inputs.ball.Norm == ball.Linf {
			w.column(0, -1, 1)
			continue
		}
		all = append(all, w.column(0, 0, w.inputs.up[q]), w.column(0, 0, -w.inputs.down[q]))
		ones = append(ones, 1, 1)
	}
	if len(all) > 0 {
		w.constraint(math.Inf(-1), 1, all, ones)
	}
}

// entries returns the columns of s at the q-th input that matters, with entries multiplied by a factor.
func (w *lpWriter) entries(q int, factor float64, to func(column int32, value float64)) {
	if w.inputs.ball.Norm == ball.Linf {
		to(int32(q), factor)
		return
	}
	to(int32(2*q), factor)
	to(int32(2*q+1), -factor)
}

// inputEntries returns the columns of a row's inputs, with entries multiplied by a factor.
func (w *lpWriter) inputEntries(r *cert.Row, factor float64, to func(column int32, value float64)) {
	for q, k := range w.inputs.columns {
		if f := r.Input[k]; f != 0 {
			w.entries(q, f*w.inputs.radius[k]*factor, to)
		}
	}
}

// point returns the input that the values of the columns describe.
func (w *lpWriter) point(columns []float64) []float64 {
	x := append([]float64(nil), w.inputs.clean...)
	for q, k := range w.inputs.columns {
		x[k] = w.inputs.centre[k]
		w.entries(q, w.inputs.radius[k], func(j int32, v float64) { x[k] += v * columns[j] })
	}
	return x
}

// unit adds z = row + violation and the unit's output, in the unit's scale.
func (w *lpWriter) unit(i int) {
	own, from := w.scales[i], &w.reduced[w.live[i]]
	l, u := w.lower[w.live[i]]/own, w.upper[w.live[i]]/own
	z := w.column(0, l, u)
	index := []int32{z, w.column(elastic, 0, math.Inf(1)), w.column(elastic, 0, math.Inf(1))}
	value := []float64{1, 1, -1}
	w.inputEntries(from, -1/own, func(j int32, v float64) { index, value = append(index, j), append(value, v) })
	for j, f := range from.Units {
		if f != 0 && w.out[j] >= 0 {
			index, value = append(index, w.out[j]), append(value, -f*(w.scales[j]/own))
		}
	}
	constant := w.inputs.constant(from) / own
	w.row[i] = w.constraint(constant, constant, index, value)
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
