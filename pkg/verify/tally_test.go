package verify

import (
	"slices"
	"testing"

	"tightrope/pkg/verify/outcome"
)

// TestOrder: without knowledge the cheap stages come first; a bound that decides nothing is left out, but never the
// last one that is wanted; an attack that decides most images goes before bounds that decide none.
func TestOrder(t *testing.T) {
	all := func(outcome.Stage) bool { return true }
	none := &tally{}
	if got := none.order(all); !slices.Equal(got, []outcome.Stage{outcome.IBP, outcome.CROWNIBP, outcome.FastLin,
		outcome.PGD, outcome.CROWN}) {
		t.Errorf("without knowledge: %v", got)
	}
	weak := &tally{}
	weak.count(outcome.IBP, 100, 0)
	weak.count(outcome.CROWNIBP, 100, 10)
	weak.count(outcome.FastLin, 100, 1)
	weak.count(outcome.CROWN, 100, 1)
	weak.count(outcome.PGD, 100, 90)
	if got := weak.order(all); !slices.Equal(got, []outcome.Stage{outcome.PGD, outcome.CROWN}) {
		t.Errorf("a network without robustness: %v", got)
	}
	weak.final = true
	if got := weak.order(all); len(got) != len(relative) || got[0] != outcome.PGD {
		t.Errorf("a network without robustness, and no search: %v", got)
	}
	weak.final = false
	only := func(s outcome.Stage) bool { return s == outcome.IBP }
	if got := weak.order(only); !slices.Equal(got, []outcome.Stage{outcome.IBP}) {
		t.Errorf("intervals alone: %v", got)
	}
	strong := &tally{}
	strong.count(outcome.IBP, 1000, 900)
	strong.count(outcome.PGD, 100, 0)
	got := strong.order(all)
	if got[0] != outcome.IBP || got[len(got)-1] != outcome.PGD {
		t.Errorf("a network with small intervals: %v", got)
	}
}
