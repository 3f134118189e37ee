package vnnlib

import (
	"fmt"
	"math"
)

// Property is a union of cases: an input x and the network's output y = f(x) are a counterexample when they meet one.
type Property struct {
	Inputs, Outputs int
	Cases           []Case
	Empty           int // cases left out because no input is in their box
	// Contradiction, an [*Error], is the place of a bound that leaves no input where every case is left out, so that no
	// input of any network meets the property; nil if there are cases. Nearly always two bounds were swapped.
	Contradiction error
}

// Case is a box of inputs and the inequalities of the outputs that a counterexample meets together.
type Case struct {
	Box  *Box  // cases with the same bounds on the inputs share it: do not write to it
	Rows []Row // none: every output is a counterexample
}

// Box is a closed box; an input whose lower bound equals its upper one is fixed.
type Box struct {
	Lower, Upper []float64 // [inputs], finite, Lower <= Upper
}

// Row is the linear inequality sum of Coefficient * y[Output] <= Bound, a row of A y <= b.
type Row struct {
	Terms []Term // outputs differ; none: the row is 0 <= Bound
	Bound float64
}

// Term is a multiple of an output.
type Term struct {
	Output      int
	Coefficient float64
}

// Margin is Bound minus the row's sum at outputs y [outputs], in float64: the row is met where it is at least 0.
func (r Row) Margin(y []float64) float64 {
	sum := 0.0
	for _, t := range r.Terms {
		sum += t.Coefficient * y[t.Output]
	}
	return r.Bound - sum
}

// Dense is the row's coefficients [outputs].
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

// Fixed is the number of inputs that have one value.
func (b *Box) Fixed() (n int) {
	for i := range b.Lower {
		if b.Lower[i] == b.Upper[i] {
			n++
		}
	}
	return n
}

// Slack is the smallest margin of the case's rows at outputs y [outputs], +Inf without rows: y meets the rows where it
// is at least 0. It is -Inf where an output is NaN.
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

// Slack is the largest slack of the cases whose box contains x, and the case that has it: x [inputs] with outputs y
// [outputs] is a counterexample where it is at least 0. It is -Inf and -1 if x is in no box. An error says that x or
// y have the wrong number of values.
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

// Error is an error at a place of a file.
type Error struct {
	Line, Column int // from 1; the column counts characters
	Err          error
}

// Error is the message with its place.
func (e *Error) Error() string { return fmt.Sprintf("line %d, column %d: %v", e.Line, e.Column, e.Err) }

// Unwrap returns the error without its place.
func (e *Error) Unwrap() error { return e.Err }
