package vnnlib

import (
	"fmt"
	"math"
)

// Property is a union of cases. An input x and the network's output y = f(x) are a counterexample if they meet one of
// them.
type Property struct {
	Inputs, Outputs int
	Cases           []Case
	Empty           int // number of cases left out because their boxes are empty
	// Contradiction is set if every case was left out, so that no input of any network meets the property. It is an
	// [*Error] with the place of a bound that leaves no input; almost always two bounds were swapped. nil if there are
	// cases.
	Contradiction error
}

// Case is a box of inputs and inequalities of the outputs that a counterexample meets together.
type Case struct {
	Box  *Box  // shared by cases with the same bounds on the inputs: do not modify it
	Rows []Row // if empty, every output is a counterexample
}

// Box is a closed box. An input is fixed if its lower bound equals its upper bound.
type Box struct {
	Lower, Upper []float64 // [inputs], finite, Lower <= Upper
}

// Row is the linear inequality sum of Coefficient * y[Output] <= Bound, one row of A y <= b.
type Row struct {
	Terms []Term // of different outputs; if empty, the row is 0 <= Bound
	Bound float64
}

// Term is a multiple of an output.
type Term struct {
	Output      int
	Coefficient float64
}

// Margin returns Bound minus the row's sum at outputs y [outputs], in float64. The row is met if it is at least 0.
func (r Row) Margin(y []float64) float64 {
	sum := 0.0
	for _, t := range r.Terms {
		sum += t.Coefficient * y[t.Output]
	}
	return r.Bound - sum
}

// Dense returns the row's coefficients [outputs].
func (r Row) Dense(outputs int) []float64 {
	a := make([]float64, outputs)
	for _, t := range r.Terms {
		a[t.Output] += t.Coefficient
	}
	return a
}

// Contains reports whether x [inputs] is in the box, without tolerance. NaN is in no box.
func (b *Box) Contains(x []float64) bool {
	for i, v := range x {
		if !(b.Lower[i] <= v && v <= b.Upper[i]) {
			return false
		}
	}
	return len(x) == len(b.Lower)
}

// Fixed returns the number of inputs that have a single value.
func (b *Box) Fixed() (n int) {
	for i := range b.Lower {
		if b.Lower[i] == b.Upper[i] {
			n++
		}
	}
	return n
}

// Slack returns the smallest margin of the case's rows at outputs y [outputs], or +Inf without rows; y meets the rows
// if it is at least 0. It is -Inf if an output is NaN.
func (c Case) Slack(y []float64) float64 {
	slack := math.Inf(1)
	for _, r := range c.Rows {
		m := r.Margin(y)
		if math.IsNaN(m) {
			return math.Inf(-1)
		}
		slack = min(slack, m)
	}
	return slack
}

// Slack returns the largest slack of the cases whose box contains x, and the case that has it. The inputs x [inputs]
// and outputs y [outputs] are a counterexample if the slack is at least 0. If x is in no box, it returns -Inf and -1.
// It returns an error if x or y have the wrong number of values.
func (p *Property) Slack(x, y []float64) (slack float64, index int, err error) {
	if len(x) != p.Inputs || len(y) != p.Outputs {
		return 0, 0, fmt.Errorf("%d inputs and %d outputs, but the property declares %d and %d: use the property of "+
			"this network", len(x), len(y), p.Inputs, p.Outputs)
	}
	slack, index = math.Inf(-1), -1
	inside := map[*Box]bool{}
	for i, c := range p.Cases {
		in, known := inside[c.Box]
		if !known {
			in = c.Box.Contains(x)
			inside[c.Box] = in
		}
		if !in {
			continue
		}
		if s := c.Slack(y); index < 0 || s > slack {
			slack, index = s, i
		}
	}
	return slack, index, nil
}

// Error is an error at a place in a file.
type Error struct {
	Line, Column int // from 1; the column counts characters
	Err          error
}

// Error returns the message with its place.
func (e *Error) Error() string { return fmt.Sprintf("line %d, column %d: %v", e.Line, e.Column, e.Err) }

// Unwrap returns the error without its place.
func (e *Error) Unwrap() error { return e.Err }
