package fuzz

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/internal/graphgen"
)

// fault is a bound that some point of the ball leaves.
type fault struct {
	*graphgen.Case
	dtype     dtypes.DType
	technique string
	eps       float64
	sample    int
	text      string
}

func (f fault) String() string {
	return fmt.Sprintf("%s in %v, eps %v, sample %d: %s\n    %v", f.technique, f.dtype, f.eps, f.sample, f.text, f.Case)
}

// check compares one technique's bounds with all values that were seen; it returns "" if they hold.
func (b *bounds) check(e *extremes, t tolerance) string {
	for c, least := range e.margins {
		if c != e.label && !(b.margins[c] <= least+t.margins[c]) {
			return fmt.Sprintf("a point has margin %v over class %d, the bound is %v, the tolerance %v", least, c,
				b.margins[c], t.margins[c])
		}
	}
	for k := range b.lower {
		for j, tol := range t.layers[k] {
			l, u := b.lower[k][j], b.upper[k][j]
			if !(l <= e.lower[k][j]+tol) || !(u >= e.upper[k][j]-tol) {
				return fmt.Sprintf("relu %d, unit %d: points have z in [%v, %v], the bounds are [%v, %v], the "+
					"tolerance %v", k, j, e.lower[k][j], e.upper[k][j], l, u, tol)
			}
		}
	}
	return b.checkTrace(e, t)
}

// checkTrace checks d = p_O(x*) - p_C >= 0, r >= 0, and that p_O is the real margin at x* (which was seen, so it is
// above the bound).
func (b *bounds) checkTrace(e *extremes, t tolerance) string {
	for c := range b.star {
		if c == e.label {
			continue
		}
		if tol := 2 * t.margins[c]; !(b.d[c] >= -tol) || !(b.r[c] >= 0) ||
			!(abs(b.d[c]-(b.po[c]-b.margins[c])) <= tol) {
			return fmt.Sprintf("class %d: d = %v, r = %v, p_O(x*) = %v, p_C = %v, tolerance %v", c, b.d[c], b.r[c],
				b.po[c], b.margins[c], tol)
		}
		values := e.net.forward(b.star[c])
		logits := values[len(values)-1]
		if real := logits[e.label] - logits[c]; !(abs(real-b.po[c]) <= 2*t.margins[c]) {
			return fmt.Sprintf("class %d: p_O(x*) = %v, but the network's margin there is %v", c, b.po[c], real)
		}
	}
	return ""
}

// exactAtPoint compares with the values themselves where the ball is a point: every bound is tight there.
func (b *bounds) exactAtPoint(e *extremes, t tolerance) string {
	for c, m := range e.margins {
		if c != e.label && !(abs(b.margins[c]-m) <= t.margins[c]) {
			return fmt.Sprintf("the ball is a point of margin %v over class %d, the bound is %v, the tolerance %v", m,
				c, b.margins[c], t.margins[c])
		}
	}
	for k := range b.lower {
		for j, tol := range t.layers[k] {
			l, u := b.lower[k][j], b.upper[k][j]
			if !(abs(l-e.lower[k][j]) <= tol) || !(abs(u-e.upper[k][j]) <= tol) {
				return fmt.Sprintf("relu %d, unit %d: the ball is a point with z = %v, the bounds are [%v, %v], the "+
					"tolerance %v", k, j, e.lower[k][j], l, u, tol)
			}
		}
	}
	return ""
}

// largest is the largest |l|, |u| of any technique, [relu][unit].
func largest(all [][]bounds, sample int) (out [][]float64) {
	for k := range all[0][sample].lower {
		one := make([]float64, len(all[0][sample].lower[k]))
		for _, b := range all {
			for j := range one {
				one[j] = max(one[j], abs(b[sample].lower[k][j]), abs(b[sample].upper[k][j]))
			}
		}
		out = append(out, one)
	}
	return out
}
