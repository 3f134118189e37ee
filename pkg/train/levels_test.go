package train

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"tightrope/pkg/bound"
)

// TestLevels draws sequences of levels that steps ask for. What is chosen must suffice; where compilations cost nothing
// it must be what was asked for; rows that were not needed must cost at most about as much as the compilations; and a
// state that was stored and read must choose the same.
func TestLevels(t *testing.T) {
	flops := make([]float64, bound.ScreenLevels)
	for level := range flops {
		flops[level] = 100 / float64(level+1)
	}
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 5))
		price := float64(rng.IntN(3)) * 300
		var l, resumed Levels
		at, spent, calls := rng.IntN(bound.ScreenLevels), 0.0, 50+rng.IntN(2000)
		for range calls {
			at = min(max(at+rng.IntN(3)-1, 0), bound.ScreenLevels-1)
			text, err := json.Marshal(l)
			if err != nil {
				t.Fatal(err)
			}
			resumed = Levels{}
			if err := json.Unmarshal(text, &resumed); err != nil {
				t.Fatal(err)
			}
			got, again := l.Choose(at, flops, price), resumed.Choose(at, flops, price)
			if got != again {
				t.Fatalf("seed %d: level %d, after storing the state %d", seed, got, again)
			}
			if got > at || price == 0 && got != at {
				t.Fatalf("seed %d: level %d for %d at price %v", seed, got, at, price)
			}
			if !slices.Contains(l.Compiled, got) || l.lower(at) != got {
				t.Fatalf("seed %d: level %d of the compiled %v for %d", seed, got, l.Compiled, at)
			}
			spent += flops[got] - flops[at]
		}
		levels := float64(bound.ScreenLevels)
		if most := levels * levels * (price + flops[0]); spent > most {
			t.Errorf("seed %d: rows not needed cost %v in %d calls, want at most %v", seed, spent, calls, most)
		}
		if len(slices.Compact(slices.Sorted(slices.Values(l.Compiled)))) != len(l.Compiled) {
			t.Errorf("seed %d: %v were compiled", seed, l.Compiled)
		}
	}
}

// TestLevelsRare checks that a level that few steps ask for is not compiled, and one that many ask for is.
func TestLevelsRare(t *testing.T) {
	var l Levels
	flops := []float64{100, 70, 50}
	l.Choose(0, flops, 1000)
	for i := range 19 {
		if got := l.Choose(2, flops, 1000); got != 0 {
			t.Fatalf("step %d is at level %d, want 0", i, got)
		}
	}
	if got := l.Choose(2, flops, 1000); got != 2 {
		t.Errorf("after 20 steps that could have saved 50 each the level is %d, want 2", got)
	}
}
