package attack

import (
	"fmt"
	"math"
)

// roundingShare is what float32 rounding may explain of a difference between a bound and a margin, as a fraction of the
// sample's largest number: the operations on the way through a network, some thousands, times the unit roundoff 2^-24.
const roundingShare = 4096 * 0x1p-24

// Fault is an attack that contradicts a bound, or a clean sample, on the same sample: a fault of this program, not a
// result.
type Fault struct {
	Sample    int     // of the set, from 0
	Technique string  // whose bound is contradicted; empty: the clean sample is
	Bound     float64 // lower bound of the margin; the clean sample's margin is at most 0 if there is no technique
	Margin    float64 // found by the attack in the ball
}

// Error names the bound and the margin that contradict each other.
func (f *Fault) Error() string {
	const report = "this is a fault of Tightrope and no result: please report it with the network and the command"
	if f.Technique == "" {
		return fmt.Sprintf("sample %d is misclassified, but the attack, which begins there, finds no margin below "+
			"%g: %s", f.Sample, f.Margin, report)
	}
	return fmt.Sprintf("%s bounds the margin of sample %d by %g, but the attack found %g: %s", f.Technique, f.Sample,
		f.Bound, f.Margin, report)
}

// Contradiction returns a [Fault] if a lower bound of a sample's margin is larger than a margin that an attack found in
// the ball, by more than rounding explains for numbers up to size; otherwise nil. A margin of -Inf, which means that
// logits overflowed, is ignored.
func Contradiction(sample int, technique string, bound, margin, size float64) error {
	if math.IsInf(margin, -1) || !(bound > margin+roundingShare*size) {
		return nil
	}
	return &Fault{Sample: sample, Technique: technique, Bound: bound, Margin: margin}
}

// MissedClean returns a [Fault] if an attack on a misclassified sample, at which it starts, found only margins that are
// positive by more than rounding explains for numbers up to size; otherwise nil.
func MissedClean(sample int, margin, size float64) error {
	if !(margin > roundingShare*size) {
		return nil
	}
	return &Fault{Sample: sample, Margin: margin}
}
