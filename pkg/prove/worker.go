package prove

import (
	"context"
	"math"

	"tightrope/pkg/property"
	"tightrope/pkg/verify/cert"
)

// worker bounds boxes, with the scratch memory of one goroutine.
type worker struct {
	*boxes
	attacker     *attacker
	zonotope     *zonotope
	rows         *rows
	combiner     combiner
	lower, upper []float64 // of all inputs
	row          []float64 // a combination of a case's rows, [outputs]
	worst        []float64 // the row of the case with the lowest bound
	count        int
}

func (b *boxes) newWorker(seed uint64) *worker {
	z := b.net.newZonotope(b.free)
	outputs := b.problem.Net.Classes()
	w := &worker{boxes: b, attacker: b.newAttacker(seed), zonotope: z, rows: z.newRows(), row: make([]float64, outputs),
		worst: make([]float64, outputs)}
	w.lower, w.upper = append(w.lower, b.group.Lower...), append(w.upper, b.group.Upper...)
	return w
}

// run works until the search is over.
func (w *worker) run(ctx context.Context) {
	for x := w.take(ctx); x != nil; x = w.take(ctx) {
		var open []*box
		var point *property.Replay
		left, right := w.split(x)
		if left == nil {
			w.give(nil, nil, "a box cannot be split further: a margin within rounding of 0")
			continue
		}
		for _, half := range []*box{left, right} {
			if point == nil {
				point = w.bound(half)
			}
			if len(half.cases) > 0 {
				open = append(open, half)
			}
		}
		w.give(open, point, "")
	}
}

// visit bounds the root.
func (w *worker) visit(x *box) {
	w.point = w.bound(x)
	w.result.Nodes++
	if len(x.cases) > 0 {
		w.open = queue{x}
	}
}

// split halves a box at the input that was chosen when the box was bounded.
func (w *worker) split(x *box) (left, right *box) {
	c := x.input
	if c < 0 {
		return nil, nil
	}
	m, _ := property.Middle(x.lower[c], x.upper[c])
	half := func() *box {
		h := &box{place: &place{split: -1}, bound: x.bound}
		h.lower, h.upper = append(h.lower, x.lower...), append(h.upper, x.upper...)
		h.cases = append(h.cases, x.cases...)
		return h
	}
	left, right = half(), half()
	left.upper[c], right.lower[c] = m, m
	x.place.split = w.free[c]
	x.place.children = [2]*place{left.place, right.place}
	return left, right
}

// bound refutes the cases that it can, and returns a counterexample if it meets one.
func (w *worker) bound(x *box) *property.Replay {
	for c, k := range w.free {
		w.lower[k], w.upper[k] = x.lower[c], x.upper[c]
	}
	w.zonotope.run(w.lower, w.upper)
	x.bound = math.Inf(1)
	var left []int
	for _, i := range x.cases {
		closing, bound := w.refute(i)
		if closing != nil {
			x.place.closings = append(x.place.closings, w.closing(*closing))
			continue
		}
		left = append(left, i)
		if bound < x.bound || len(left) == 1 {
			x.bound = bound
			copy(w.worst, w.row)
		}
	}
	x.cases = left
	if len(left) == 0 {
		return nil
	}
	w.rows.lower(w.worst, 0, true)
	w.rows.adapted(w.worst, 0, w.attacker.values)
	x.input = w.choose(x)
	return w.try(x)
}

// refute tries to refute a case by one row, and if that fails by a combination of rows. It returns the best bound, and
// leaves the row that gave it in w.row.
func (w *worker) refute(i int) (*property.Closing, float64) {
	c := &w.group.Cases[i]
	if len(c.Rows) == 0 {
		clear(w.row)
		return nil, math.Inf(-1)
	}
	w.combiner.set(w.zonotope, c.Rows, c.Bounds)
	w.combiner.single(len(c.Rows))
	closing, bound := w.byRules(i, c)
	if closing != nil || len(c.Rows) == 1 || !w.combine.worth() {
		return closing, bound
	}
	w.combiner.climb(len(c.Rows))
	w.combiner.round()
	closing, better := w.byRules(i, c)
	if closing != nil || better > bound+0.1*math.Abs(bound) {
		w.combine.helped()
	}
	return closing, max(bound, better)
}

// byRules bounds a combination of rows by the lines of Fast-Lin, of CROWN, and adapted ones.
func (w *worker) byRules(i int, c *property.Case) (*property.Closing, float64) {
	lambda := w.combiner.lambda
	bound, size := w.combiner.bound(lambda)
	clear(w.row)
	constant := 0.0
	for k, f := range lambda {
		for j, a := range c.Rows[k] {
			w.row[j] += f * a
		}
		constant -= f * c.Bounds[k]
	}
	rule := property.FastLin
	if goal := w.tolerance * size; !(bound > goal) {
		if other := w.rows.lower(w.row, constant, true); other > bound {
			bound, rule = other, property.CROWN
		}
		if !(bound > goal) {
			if other := w.rows.adapted(w.row, constant, w.attacker.values); other > bound {
				bound, rule = other, property.Adapted
			}
		}
	}
	if bound > w.tolerance*size {
		return &property.Closing{Case: i, Rule: rule, Lambda: append(cert.Floats(nil), lambda...)}, bound
	}
	return nil, bound
}

// linear is the weight of an input's part of the bound's linear term, compared with its part of the relus' errors. On
// acasxu, values from 0.1 to 1 make no difference, and 10 needs twice as many boxes.
const linear = 0.2

// choose returns the input, among those that move, whose split promises most for the worst row, which was carried back
// last; -1 if none can be split.
func (w *worker) choose(x *box) int {
	best, at := -1.0, -1
	for c, s := range w.rows.influence(linear) {
		if _, ok := property.Middle(x.lower[c], x.upper[c]); ok && s > best {
			best, at = s, c
		}
	}
	return at
}

// A descent starts in the box that is being bounded once every everyDescent boxes, and in the whole box once every
// everyStart; the other two numbers are lengths of descents in steps.
const (
	everyDescent = 8
	everyStart   = 16
	shortDescent = 8
	startDescent = 20
)

// try looks for a counterexample at the optimum of the worst row's relaxation, and from time to time by a descent.
func (w *worker) try(x *box) *property.Replay {
	g, point := w.group, w.rows.corner()
	if w.count++; w.count%everyStart == 0 {
		n := w.count / everyStart
		if r := w.attacker.descend(g, w.attacker.start(g, n), startDescent, aim(g, n)); r != nil {
			return r
		}
	}
	if w.count%everyDescent != 1 {
		return w.attacker.descend(g, point, 1, anyCase)
	}
	if r := w.attacker.descendIn(g, w.lower, w.upper, append([]float64(nil), w.zonotope.centre...), shortDescent,
		anyCase); r != nil {
		return r
	}
	return w.attacker.descendIn(g, w.lower, w.upper, point, shortDescent, anyCase)
}
