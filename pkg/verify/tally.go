package verify

import (
	"cmp"
	"slices"

	"tightrope/pkg/verify/outcome"
)

// tally is what the stages of a cascade have decided so far, from which follows in what order they are asked, and which
// ones are not worth their cost. It knows counts and no times, so that the same images are always decided by the same
// stages.
type tally struct {
	reached, solved map[outcome.Stage]int // images
	final           bool                  // no search follows: an image that no stage decides is left undecided
}

// relative is what a stage costs about an image, beside intervals; each bound of the list is looser than the next.
var relative = []struct {
	outcome.Stage
	cost float64
}{{outcome.IBP, 1}, {outcome.CROWNIBP, 2}, {outcome.FastLin, 6}, {outcome.CROWN, 12}, {outcome.PGD, 7}}

// enough is how many images tell how often a stage decides.
const enough = 16

// count adds to what is known.
func (t *tally) count(s outcome.Stage, asked, decided int) {
	if t.reached == nil {
		t.reached, t.solved = map[outcome.Stage]int{}, map[outcome.Stage]int{}
	}
	t.reached[s] += asked
	t.solved[s] += decided
}

// rate is the fraction of the images that a stage was asked about and decided; a half while little is known.
func (t *tally) rate(s outcome.Stage) float64 {
	if t.reached[s] < enough {
		return 0.5
	}
	return (float64(t.solved[s]) + 0.5) / (float64(t.reached[s]) + 1)
}

// order are the stages to ask, of those that are wanted: the one that decides most for its cost first. A bound is left
// out where the next tighter one, which decides nearly all that it does, costs less than its failures do, and a search
// takes care of the rest.
func (t *tally) order(wanted func(outcome.Stage) bool) (stages []outcome.Stage) {
	price := map[outcome.Stage]float64{}
	next := 0.0 // cost of the next tighter bound; 0: none
	for _, r := range slices.Backward(relative) {
		if !wanted(r.Stage) {
			continue
		}
		rate := t.rate(r.Stage)
		if r.Stage != outcome.PGD {
			if !t.final && next > 0 && rate*next < r.cost {
				continue
			}
			next = r.cost
		}
		price[r.Stage] = r.cost / rate
		stages = append(stages, r.Stage)
	}
	slices.SortFunc(stages, func(a, b outcome.Stage) int {
		return cmp.Or(cmp.Compare(price[a], price[b]), cmp.Compare(a, b))
	})
	return stages
}
