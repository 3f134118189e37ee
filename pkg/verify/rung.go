package verify

import (
	"fmt"
	"slices"

	"tightrope/pkg/technique"
)

// Rungs are the techniques of the ladder of tightness, in order. The order is that of their usual results; only each
// relaxation <= the LP on the same bounds <= LP-all <= exact <= PGD are theorems. Exact is found up to 2e-5 of it or
// 2^-19 of its terms.
func Rungs() []technique.ID { return technique.Of(technique.ForLadder) }

// ParseRung reads a spelling of one of the ladder's techniques, in any case.
func ParseRung(name string) (technique.ID, error) {
	return technique.ParseOf(name, technique.ForLadder)
}

// programs reports whether a technique needs HiGHS.
func programs(t technique.ID) bool { return t.Row().HiGHS }

// wanted is the list in order, each once; nil: all.
func wanted(rungs []technique.ID) ([]technique.ID, error) {
	if rungs == nil {
		return Rungs(), nil
	}
	out := slices.Compact(slices.Sorted(slices.Values(rungs)))
	for _, t := range out {
		if !t.Row().Uses.Ladder {
			return nil, fmt.Errorf("technique %v is not one of the ladder's: use some of %v", t, Rungs())
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no technique for the ladder: name at least one of %v", Rungs())
	}
	return out, nil
}
