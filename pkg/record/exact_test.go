package record

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"tightrope/pkg/model"
)

// pairOf is a training with a verification of its network.
func pairOf(t *testing.T, scale string, seed uint64, gamma, certified, exact float64) (training, verification *Record) {
	t.Helper()
	recipe, err := json.Marshal(map[string]any{"name": "r", "scale": scale})
	if err != nil {
		t.Fatal(err)
	}
	lambda := 0.0
	result := func(e float64) map[string]SplitResult {
		return map[string]SplitResult{Test: {Samples: 100, Eps: 0.1, Norm: "linf", CertifiedError: e}}
	}
	training = &Record{Name: "r", Kind: Train, Recipe: recipe, Seed: seed, Gamma: gamma,
		Dataset: Dataset{Name: "d"}, Results: result(certified)}
	verification = &Record{Name: "n", Kind: Verify, Dataset: Dataset{Name: "d"}, Results: result(exact),
		Notes: []string{RobustNote(exact, exact)},
		Model: &model.Origin{Data: "d", Recipe: "r", Scale: scale, Seed: &seed, Lambda: &lambda, Gamma: &gamma}}
	return training, verification
}

// TestExactErrorOf finds the verification of a training's network and no other's.
func TestExactErrorOf(t *testing.T) {
	training, own := pairOf(t, "paper", 1, 2, 15, 12.5)
	var others []*Record
	for _, c := range []struct {
		scale string
		seed  uint64
		gamma float64
	}{{"quick", 1, 2}, {"paper", 2, 2}, {"paper", 1, 0}} {
		_, v := pairOf(t, c.scale, c.seed, c.gamma, 0, 1)
		others = append(others, v)
	}
	_, part := pairOf(t, "paper", 1, 2, 0, 1)
	part.Results[Test] = SplitResult{Samples: 50, Eps: 0.1, Norm: "linf", CertifiedError: 1}
	_, elsewhere := pairOf(t, "paper", 1, 2, 0, 1)
	elsewhere.Results[Test] = SplitResult{Samples: 100, Eps: 0.2, Norm: "linf", CertifiedError: 1}
	_, old := pairOf(t, "paper", 1, 2, 0, 1)
	old.Model = nil
	_, open := pairOf(t, "paper", 1, 2, 0, 13)
	open.Notes = []string{RobustNote(12.5, 13)} // some images are undecided
	others = append(others, part, elsewhere, old, open)
	if _, err := ExactErrorOf(others)(training); err == nil || !strings.Contains(err.Error(), "no verification") {
		t.Errorf("%v: found the verification of another network", err)
	}
	all := append(others, own)
	if v, err := ExactErrorOf(all)(training); err != nil || v != 12.5 {
		t.Error(v, err)
	}
	if v, err := RoomOf(all)(training); err != nil || math.Abs(v-2.5) > 1e-12 {
		t.Error(v, err)
	}
	_, again := pairOf(t, "paper", 1, 2, 0, 12.4)
	if _, err := ExactErrorOf(append(all, again))(training); err == nil || !strings.Contains(err.Error(), "another") {
		t.Errorf("%v: two values of one number", err)
	}
	custom, v := pairOf(t, "custom", 1, 2, 15, 12.5)
	if _, err := ExactErrorOf([]*Record{v})(custom); err == nil {
		t.Error("a recipe with changed fields names no training")
	}
}

// TestLatestKeepsVerifications: verifications of different networks, radii or data all stay; of one, the last.
func TestLatestKeepsVerifications(t *testing.T) {
	of := func(network string, eps float64, day int) *Record {
		_, v := pairOf(t, "paper", 1, 2, 0, 12)
		recipe, err := json.Marshal(map[string]any{"network": network, "eps": eps, "norm": "linf"})
		if err != nil {
			t.Fatal(err)
		}
		v.Recipe, v.Started = recipe, v.Started.AddDate(0, 0, day)
		return v
	}
	records := []*Record{of("a", 0.1, 1), of("b", 0.1, 2), of("a", 0.2, 3), of("a", 0.1, 4)}
	kept, superseded := Latest(records)
	if len(kept) != 3 || len(superseded) != 1 || superseded[0] != records[0] {
		t.Errorf("%d kept, %d superseded", len(kept), len(superseded))
	}
}
