package exact

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"tightrope/pkg/ball"
)

// ErrL2 is returned for a Euclidean ball, whose problems are not linear programs.
var ErrL2 = errors.New("an l_2 ball does not make a linear program: use Fast-Lin, CROWN or alpha-CROWN for l_2")

// Ball is a set of inputs as programs have it: a ball around a centre.
type Ball struct {
	ball.Ball
	Center []float64 // [inputs]
}

// BallOf is a ball around x [inputs]. It returns [ErrL2] for an l_2 ball.
func BallOf(b ball.Ball, x []float64) (*Ball, error) {
	if b.Norm == ball.L2 {
		return nil, ErrL2
	}
	return &Ball{b, x}, nil
}

// check returns an error for a ball that is not a set of inputs of the network, or an l_2 ball.
func (b *Ball) check(inputs int) error {
	if b.Norm == ball.L2 {
		return ErrL2
	}
	if len(b.Center) != inputs {
		return fmt.Errorf("a ball about %d values for a network of %d inputs", len(b.Center), inputs)
	}
	return cmp.Or(b.Validate(), ball.CheckInput(b.Ball, b.Center))
}

func (b *Ball) l1() bool { return b.Norm == ball.L1 }

// radius is how far input k may move: at least that in exact arithmetic.
func (b *Ball) radius(k int) float64 {
	switch {
	case b.Radii == nil:
		return b.Eps
	case b.Eps == 0 || b.Radii[k] == 0:
		return 0
	}
	return math.Nextafter(b.Eps*b.Radii[k], math.Inf(1))
}

// box returns the ends of the valid values, infinite without a box.
func (b *Ball) box() (lower, upper float64) {
	if b.Box == nil {
		return math.Inf(-1), math.Inf(1)
	}
	return b.Box.Lower, b.Box.Upper
}

// Range returns the least and the largest value of input k in the ball.
func (b *Ball) Range(k int) (lower, upper float64) {
	lower, upper = b.box()
	return max(b.Center[k]-b.radius(k), lower), min(b.Center[k]+b.radius(k), upper)
}

// room is how far input k may fall and rise: at least that in exact arithmetic.
func (b *Ball) room(k int) (down, up float64) {
	lower, upper := b.box()
	return min(b.radius(k), roundUp(b.Center[k]-lower)), min(b.radius(k), roundUp(upper-b.Center[k]))
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
	if !b.l1() || distance <= b.Eps {
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
	return !b.l1() || distance <= b.Eps+tolerance
}
