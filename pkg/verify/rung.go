package verify

import (
	"fmt"
	"slices"
	"strings"
)

// Rung is one technique of the ladder of tightness.
type Rung int

// The rungs, from loose to tight and then from above. The order is that of their usual results; only each relaxation <= the LP
// on the same bounds <= LP-all <= exact <= PGD are theorems.
const (
	RungIBP        Rung = iota // intervals
	RungCROWNIBP               // CROWN on intervals
	RungFastLinIBP             // Fast-Lin on intervals
	RungFastLin                // Fast-Lin
	RungCROWN                  // CROWN
	RungAlphaCROWN             // CROWN's bounds of the relus' inputs, optimised slopes for the margins
	RungLP                     // triangle program on Fast-Lin's bounds
	RungLPAll                  // the same with two programs for every unstable neuron first
	RungExact                  // the least margin, up to 2e-5 of it or 2^-19 of its terms: what a mixed-integer program gives, found by branch and bound
	RungPGD                    // the least margin that the attack finds: an upper bound
	rungCount
)

var rungNames = []string{"IBP", "CROWN-IBP", "Fast-Lin (IBP)", "Fast-Lin", "CROWN", "alpha-CROWN", "LP", "LP-all", "exact", "PGD"}

// String is the technique's usual name.
func (r Rung) String() string {
	if r < 0 || r >= rungCount {
		return fmt.Sprintf("Rung(%d)", int(r))
	}
	return rungNames[r]
}

// MarshalText implements encoding.TextMarshaler.
func (r Rung) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Rung) UnmarshalText(b []byte) (err error) {
	*r, err = ParseRung(string(b))
	return err
}

// ParseRung reads a technique's name in any case; "fastlin-ibp" stands for Fast-Lin on intervals.
func ParseRung(name string) (Rung, error) {
	if strings.EqualFold(name, "fast-lin-ibp") || strings.EqualFold(name, "fastlin-ibp") {
		return RungFastLinIBP, nil
	}
	for i, known := range rungNames {
		if strings.EqualFold(name, known) {
			return Rung(i), nil
		}
	}
	return 0, fmt.Errorf("technique %q: use one of ibp, crown-ibp, fast-lin-ibp, fast-lin, crown, alpha-crown, lp, lp-all, exact, pgd", name)
}

// Rungs are all of them, in order.
func Rungs() []Rung {
	all := make([]Rung, rungCount)
	for i := range all {
		all[i] = Rung(i)
	}
	return all
}

// programs tells whether a rung needs HiGHS.
func (r Rung) programs() bool { return r == RungLP || r == RungLPAll }

// wanted is the list in order, each once; nil: all.
func wanted(rungs []Rung) ([]Rung, error) {
	if rungs == nil {
		return Rungs(), nil
	}
	out := slices.Compact(slices.Sorted(slices.Values(rungs)))
	if len(out) == 0 || out[0] < 0 || out[len(out)-1] >= rungCount {
		return nil, fmt.Errorf("techniques %v: name at least one of the ladder's", rungs)
	}
	return out, nil
}
