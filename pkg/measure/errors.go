package measure

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/attack"
	"tightrope/pkg/ball"
	"tightrope/pkg/record"
)

// Errors are counts over a data set. The certified error is an upper bound of the robust error, the attacked error a
// lower bound: Standard <= Attacked <= Uncertified.
type Errors struct {
	Samples     int
	Standard    int            // misclassified clean samples
	Attacked    int            // misclassified clean samples and successful attacks
	Uncertified int            // samples whose robustness the bound does not prove
	Tiny        int            // samples whose logits and bounds are too small for the precision to hold all digits
	NotFinite   int            // samples whose logits are not finite: they count as errors of every kind
	Attack      *record.Attack // how it was attacked; nil: not at all
	Technique   string
	Ball        ball.Ball
}

// Overflow says in words how many samples have logits that are not finite; "" if none has.
func (e Errors) Overflow() string {
	if e.NotFinite == 0 {
		return ""
	}
	return fmt.Sprintf("the logits of %d of %d samples are not finite, for they exceed what the network's precision "+
		"can hold: these samples count as errors of every kind", e.NotFinite, e.Samples)
}

// tinyLogits are numbers that lose digits: a unit of their last digit is below the smallest normal number, which XLA
// rounds to 0.
func tinyLogits(size float64, dtype dtypes.DType) bool {
	if dtype == dtypes.Float64 {
		return size < 0x1p-1022/0x1p-53
	}
	return size < 0x1p-126/0x1p-24
}

// Underflow says in words how many samples have logits of a size that the precision does not hold with all digits; ""
// if none has.
func (e Errors) Underflow() string {
	if e.Tiny == 0 {
		return ""
	}
	return fmt.Sprintf("the logits of %d of %d samples are so close to 0 that the network's precision loses digits of "+
		"them, and XLA takes denormal numbers for 0: scale the last layer up", e.Tiny, e.Samples)
}

// Percent is a count in percent of the samples.
func (e Errors) Percent(count int) float64 { return 100 * float64(count) / float64(e.Samples) }

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

// certified reports whether the bound says that the sample is robust.
func (s sample) certified() bool { return s.correct && s.bound > 0 }

// contradicts compares an attack's margin with the sample; nil if both can be true.
func (s sample) contradicts(index int, technique string, margin float64) error {
	if !s.correct {
		if err := attack.MissedClean(index, margin, s.size); err != nil {
			return err
		}
	}
	return attack.Contradiction(index, technique, s.bound, margin, s.size)
}

func isFinite(values []float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
