package cert

import (
	"context"
	"math"

	"tightrope/pkg/ball"
)

// checkFalsified confirms that the point lies in the ball and is misclassified (a tie counts), both in exact
// arithmetic.
func checkFalsified(ctx context.Context, n *Network, c *Certificate) error {
	if err := c.Ball.Validate(); err != nil {
		return err
	}
	if err := ball.CheckInput(c.Ball, c.Input); err != nil {
		return err
	}
	if !Contains(c.Ball, c.Input, c.Point) {
		return Refused("the point lies outside the ball")
	}
	excess, err := Excess(ctx, n, c.Point, c.Label, c.Class)
	if err != nil {
		return err
	}
	if !(excess >= 0) {
		return Refused("at the point, logit[%d] - logit[%d] is only proved to be at least %.3g",
			c.Class, c.Label, excess)
	}
	return nil
}

// Excess is at most logit[class] - logit[label] at a point, in exact arithmetic.
func Excess(ctx context.Context, n *Network, point []float64, label, class int) (float64, error) {
	r, err := NewRegion(n, ball.Ball{}, point)
	if err != nil {
		return math.Inf(-1), err
	}
	b, err := r.Bounds(ctx, CROWN)
	if err != nil {
		return math.Inf(-1), err
	}
	return r.Margin(b, CROWN, class, label), nil
}

// Contains reports whether a point lies in the ball and its box, without any tolerance.
func Contains(b ball.Ball, x, point []float64) bool {
	total := 0.0 // at least the sum of |d|, or of d^2
	for k, v := range point {
		if math.IsNaN(v) || b.Box != nil && (v < b.Box.Lower || v > b.Box.Upper) {
			return false
		}
		d := v - x[k]
		switch b.Norm {
		case ball.Linf:
			if d != 0 && !within(v, x[k], d, radius(b, k)) {
				return false
			}
		case ball.L1:
			if d != 0 {
				total = up(total + up(math.Abs(d)))
			}
		case ball.L2:
			if d != 0 {
				total = up(total + up(up(math.Abs(d))*up(math.Abs(d))))
			}
		}
	}
	switch {
	case total == 0:
		return true
	case b.Norm == ball.L2:
		return total <= down(b.Eps*b.Eps)
	}
	return total <= b.Eps
}

// within reports whether |v - x| <= eps exactly, for d = v - x rounded: rounding is monotone, so only d = eps needs
// the rounding error (Knuth's two-sum).
func within(v, x, d, eps float64) bool {
	if math.Abs(d) != eps {
		return math.Abs(d) < eps
	}
	t := d - v
	err := (v - (d - t)) - (x + t) // v - x = d + err
	if d > 0 {
		return err <= 0
	}
	return err >= 0
}

// radius of one input, rounded down.
func radius(b ball.Ball, k int) float64 {
	if b.Radii == nil {
		return b.Eps
	}
	return down(b.Eps * b.Radii[k])
}
