package exact

import (
	"errors"
	"fmt"
	"math"

	"tightrope/pkg/ball"
)

// Norm of a Ball.
type Norm int

const (
	// LInf is the largest coordinate.
	LInf Norm = iota
	// L1 is the sum of the coordinates' sizes.
	L1
	// L2 is the Euclidean norm: not linear, refused by this package.
	L2
)

// ErrL2 is returned for a Euclidean ball, whose problems are not linear programs.
var ErrL2 = errors.New("an l_2 ball does not make a linear program: use Fast-Lin, CROWN or alpha-CROWN for l_2")

// Ball is the set of allowed inputs: ||x - Center|| <= Eps, within the box [Lower, Upper] where given. Eps is in the
// units of the input.
type Ball struct {
	Norm   Norm
	Center []float64 // [inputs]
	Eps    float64
	Lower  []float64 // [inputs], or nil for no box
	Upper  []float64 // [inputs], or nil
}

// BallOf is a ball around x [inputs] as programs have it. It returns [ErrL2] for an l_2 ball, and an error for one with
// a radius for each feature.
func BallOf(b ball.Ball, x []float64) (*Ball, error) {
	e := &Ball{Center: x, Eps: b.Eps}
	switch {
	case b.Norm == ball.L2:
		return nil, ErrL2
	case b.Norm == ball.L1:
		e.Norm = L1
	case b.Radii != nil:
		return nil, errors.New("a ball with a radius for each feature has no linear program here: leave LP and MILP " +
			"out")
	}
	if b.Box != nil {
		e.Lower, e.Upper = make([]float64, len(x)), make([]float64, len(x))
		for k := range x {
			e.Lower[k], e.Upper[k] = b.Box.Lower, b.Box.Upper
		}
	}
	return e, nil
}

// check returns an error for a ball that is no set of inputs of the network, or an l_2 ball.
func (b *Ball) check(inputs int) error {
	if b.Norm == L2 {
		return ErrL2
	}
	if b.Norm != LInf && b.Norm != L1 {
		return fmt.Errorf("a ball of unknown norm %d: use LInf or L1", b.Norm)
	}
	if len(b.Center) != inputs {
		return fmt.Errorf("a ball about %d values for a network of %d inputs", len(b.Center), inputs)
	}
	if !(b.Eps >= 0) || math.IsInf(b.Eps, 1) {
		return fmt.Errorf("a ball of radius %v: it must be 0 or more", b.Eps)
	}
	if (b.Lower != nil && len(b.Lower) != inputs) || (b.Upper != nil && len(b.Upper) != inputs) {
		return fmt.Errorf("a box of %d lower and %d upper sides for %d inputs", len(b.Lower), len(b.Upper), inputs)
	}
	for k, x := range b.Center {
		if !(x >= lowerSide(b.Lower, k) && x <= upperSide(b.Upper, k)) || math.IsInf(x, 0) {
			return fmt.Errorf("input %d of the ball's centre is %v, outside its box: scale the input to the box first",
				k, x)
		}
	}
	return nil
}

// lowerSide returns the box's side, -Inf without a box.
func lowerSide(lower []float64, k int) float64 {
	if lower == nil {
		return math.Inf(-1)
	}
	return lower[k]
}

// upperSide returns the box's side, +Inf without a box.
func upperSide(upper []float64, k int) float64 {
	if upper == nil {
		return math.Inf(1)
	}
	return upper[k]
}

// Range returns the least and the largest value of input k in the ball.
func (b *Ball) Range(k int) (lower, upper float64) {
	return max(b.Center[k]-b.Eps, lowerSide(b.Lower, k)), min(b.Center[k]+b.Eps, upperSide(b.Upper, k))
}

// Project moves a point into the ball in place: into the box of Range, and for l_1 then towards the centre. A point
// inside is left as it is.
func (b *Ball) Project(x []float64) {
	distance := 0.0
	for k := range x {
		lower, upper := b.Range(k)
		x[k] = min(max(x[k], lower), upper)
		distance += math.Abs(x[k] - b.Center[k])
	}
	if b.Norm != L1 || distance <= b.Eps {
		return
	}
	shrink := b.Eps / distance
	for k := range x {
		x[k] = b.Center[k] + shrink*(x[k]-b.Center[k])
	}
}

// Contains reports whether x lies in the ball, up to the tolerance.
func (b *Ball) Contains(x []float64, tolerance float64) bool {
	distance := 0.0
	for k, value := range x {
		lower, upper := b.Range(k)
		if !(value >= lower-tolerance && value <= upper+tolerance) {
			return false
		}
		distance += math.Abs(value - b.Center[k])
	}
	return b.Norm != L1 || distance <= b.Eps+tolerance
}
