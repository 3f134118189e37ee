package exact

import (
	"errors"
	"fmt"
	"slices"

	"tightrope/pkg/verify/cert"
)

// largest is the largest bound of which programs can be written.
const largest = 1e300

// ErrTooLarge is returned for bounds that a program cannot hold.
var ErrTooLarge = errors.New("values above 1e300 are too large for linear programs: leave LP and MILP out, or " +
	"scale the network's weights down")

// clone returns a deep copy.
func clone(b *cert.Bounds) *cert.Bounds {
	c := &cert.Bounds{}
	for k := range b.Lower {
		c.Lower, c.Upper = append(c.Lower, slices.Clone(b.Lower[k])), append(c.Upper, slices.Clone(b.Upper[k]))
	}
	return c
}

// checkAll returns an error for a ball that is not a set of inputs, and unless there is a finite, ordered pair of
// bounds for every unit.
func checkAll(n *Net, ball *Ball, b *cert.Bounds) error {
	if err := ball.check(n.Inputs()); err != nil {
		return err
	}
	if len(b.Lower) != len(n.relus) || len(b.Upper) != len(n.relus) {
		return fmt.Errorf("bounds of %d layers for a network of %d relus: give one each", len(b.Lower), len(n.relus))
	}
	for k, id := range n.relus {
		size := n.ops[id].Size
		if len(b.Lower[k]) != size || len(b.Upper[k]) != size {
			return fmt.Errorf("bounds of %d and %d units for relu %d of %d units", len(b.Lower[k]), len(b.Upper[k]), k,
				size)
		}
		for j, lower := range b.Lower[k] {
			upper := b.Upper[k][j]
			if lower < -largest || upper > largest {
				return fmt.Errorf("bounds [%v, %v] of unit %d of relu %d: %w", lower, upper, j, k, ErrTooLarge)
			}
			if !(lower <= upper) {
				return fmt.Errorf("bounds [%v, %v] of unit %d of relu %d: they must be numbers in order", lower, upper,
					j, k)
			}
		}
	}
	return nil
}
