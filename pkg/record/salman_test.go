package record

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

// verificationOf is a record of a published network.
func verificationOf(p Published, samples int, low, high float64) *Record {
	recipe, _ := json.Marshal(map[string]any{"network": p.Network, "eps": p.Eps, "until": "bab"})
	return &Record{Kind: Verify, Recipe: recipe, Notes: []string{RobustNote(low, high)},
		Results: map[string]SplitResult{Test: {Samples: samples, Norm: "linf", Box: &[2]float64{0, 1}}}}
}

// TestPublishedVerification: the verification of the most images counts, of these the last; other networks, radii and
// stages do not.
func TestPublishedVerification(t *testing.T) {
	p := Salman2019[4]
	part, old, now := verificationOf(p, 1000, 4, 5), verificationOf(p, Whole, 4, 6), verificationOf(p, Whole, 4.5, 4.6)
	now.Started = time.Unix(1, 0)
	elsewhere := p
	elsewhere.Eps = 0.031
	loose := verificationOf(p, Whole, 4.5, 4.5)
	loose.Recipe = json.RawMessage(fmt.Sprintf(`{"network": %q, "eps": %g, "until": "crown"}`, p.Network, p.Eps))
	others := []*Record{verificationOf(Salman2019[5], Whole, 1, 1), verificationOf(elsewhere, Whole, 1, 1), loose}
	if found := p.Verification(others); found != nil {
		t.Errorf("found %s", found.Recipe)
	}
	if found := p.Verification(append(others, now, part, old)); found != now {
		t.Errorf("found %+v", found)
	}
	if found := p.Verification([]*Record{part}); found != part {
		t.Error("a part is better than nothing")
	}
	low, high, known := now.RobustInterval()
	if !known || low != 4.5 || high != 4.6 {
		t.Error(low, high, known)
	}
	now.Notes[0] += " or so"
	if _, _, known := now.RobustInterval(); known {
		t.Error("a note of another form was read")
	}
}

// TestSalmanInOrder: standard error, PGD, MILP, LP of every neuron and Fast-Lin bound the same errors ever more
// loosely.
func TestSalmanInOrder(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range Salman2019 {
		all := []float64{p.Standard, p.PGD, p.MILP[0], p.MILP[1], p.LPAll, p.FastLin, 100}
		for i := range all[1:] {
			if !(all[i] <= all[i+1]) {
				t.Errorf("%s at %g: %v is not in order", p.Name, p.Eps, all)
			}
		}
		key := fmt.Sprint(p.Network, p.Eps)
		if len(p.Network) != 64 || seen[key] {
			t.Errorf("%s: %q, seen %v", p.Name, p.Network, seen[key])
		}
		seen[key] = true
	}
}
