package verify

import (
	"fmt"
	"math"
)

// roundingShare is what float32 rounding may explain of a difference between a bound and a margin, as a share of the
// sample's largest number: the operations on the way through a network, some thousands, times the unit roundoff 2^-24.
const roundingShare = 4096 * 0x1p-24

// sample is what the bound says of one sample, for the attack to be compared with.
type sample struct {
	correct bool    // the clean sample is classified as its label, by finite logits
	bound   float64 // the smallest lower bound of a margin over another class
	size    float64 // the largest |logit| or |bound|
}

// newSample reads an evaluator's results of a sample.
func newSample(logits, margins []float64, label int32, correct bool) sample {
	s := sample{correct: correct && isFinite(logits), bound: math.Inf(1)}
	for t, m := range margins {
		if int32(t) != label {
			s.bound = min(s.bound, m)
		}
		s.size = max(s.size, math.Abs(m), math.Abs(logits[t]))
	}
	return s
}

// certified reports whether the sample is proved robust.
func (s sample) certified() bool { return s.correct && s.bound > 0 }

func isFinite(values []float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// Fault is an attack that contradicts a bound, or a clean sample, on the same sample: a fault of this program, not a
// result.
type Fault struct {
	Sample    int     // of the set, from 0
	Technique string  // whose bound is contradicted; empty: the clean sample is
	Bound     float64 // lower bound of the margin; the clean sample's margin is at most 0 where there is no technique
	Margin    float64 // that the attack found in the ball
}

// Error says what contradicts what.
func (f *Fault) Error() string {
	const report = "this is a fault of Tightrope and no result: please report it with the network and the command"
	if f.Technique == "" {
		return fmt.Sprintf("sample %d is misclassified, but the attack, which begins there, finds no margin below "+
			"%g: %s", f.Sample, f.Margin, report)
	}
	return fmt.Sprintf("%s bounds the margin of sample %d by %g, but the attack found %g: %s", f.Technique, f.Sample,
		f.Bound, f.Margin, report)
}

// contradicts compares the attack's margin with the sample; nil where both can be true. Rounding may explain a
// difference that is small beside the sample's numbers.
func (s sample) contradicts(index int, technique string, margin float64) error {
	if !s.correct && margin > roundingShare*s.size {
		return &Fault{Sample: index, Margin: margin}
	}
	return s.below(index, technique, margin)
}

// below is the part about the bound: it must not be above what the attack found. Numbers that the precision cannot hold
// say nothing; they are counted as errors.
func (s sample) below(index int, technique string, margin float64) error {
	if math.IsInf(margin, -1) || !(s.bound > margin+roundingShare*s.size) {
		return nil
	}
	return &Fault{Sample: index, Technique: technique, Bound: s.bound, Margin: margin}
}
