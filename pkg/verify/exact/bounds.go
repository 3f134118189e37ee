package exact

import (
	"errors"
	"fmt"

	"tightrope/pkg/verify/cert"
)

// largest is the largest bound of which programs can be written.
const largest = 1e300

// ErrTooLarge is returned for bounds that a program cannot hold.
var ErrTooLarge = errors.New("values above 1e300 are too large for linear programs: leave LP and MILP out, or " +
	"scale the network's weights down")

// Layer holds bounds of one relu's input: Lower <= z <= Upper (l, u in the paper).
type Layer struct {
	Lower []float64 // [units]
	Upper []float64 // [units]
}

// Bounds has a Layer for every relu, in the order of the network.
type Bounds []Layer

// BoundsOf copies bounds of the relus' inputs.
func BoundsOf(b *cert.Bounds) Bounds {
	out := make(Bounds, len(b.Lower))
	for k := range out {
		out[k] = Layer{Lower: b.Lower[k], Upper: b.Upper[k]}
	}
	return out.Clone()
}

// Unstable reports whether unit j may be on either side: l < 0 < u.
func (l *Layer) Unstable(j int) bool { return l.Lower[j] < 0 && l.Upper[j] > 0 }

// Clone returns a deep copy.
func (b Bounds) Clone() Bounds {
	clone := make(Bounds, len(b))
	for k := range b {
		clone[k] = Layer{append([]float64(nil), b[k].Lower...), append([]float64(nil), b[k].Upper...)}
	}
	return clone
}

// TooLarge reports whether some bound is beyond what programs can hold.
func (b Bounds) TooLarge() bool {
	for k := range b {
		for j, lower := range b[k].Lower {
			if lower < -largest || b[k].Upper[j] > largest {
				return true
			}
		}
	}
	return false
}

// check returns an error unless there is a finite, ordered pair for every unit.
func (b Bounds) check(n *Net) error {
	if len(b) != len(n.relus) {
		return fmt.Errorf("bounds of %d layers for a network of %d relus: give one each", len(b), len(n.relus))
	}
	for k, id := range n.relus {
		size := n.ops[id].Size
		if len(b[k].Lower) != size || len(b[k].Upper) != size {
			return fmt.Errorf("bounds of %d and %d units for relu %d of %d units",
				len(b[k].Lower), len(b[k].Upper), k, size)
		}
		for j, lower := range b[k].Lower {
			upper := b[k].Upper[j]
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

// checkAll checks what every function of the package is given.
func checkAll(n *Net, ball *Ball, bounds Bounds) error {
	if err := ball.check(n.Inputs()); err != nil {
		return err
	}
	return bounds.check(n)
}
