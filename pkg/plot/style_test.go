package plot

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot"
)

// TestTickLabel checks that ticks show their own value, with steps of 2.5 too.
func TestTickLabel(t *testing.T) {
	for _, c := range []struct {
		v, step float64
		want    string
	}{{-7.5, 2.5, "−7.5"}, {10, 2.5, "10.0"}, {25, 25, "25"}, {-5, 5, "−5"}, {0.15, 0.05, "0.15"}, {0.25, 0.25, "0.25"},
		{0.3, 0.1, "0.3"}, {0.025, 0.025, "0.025"}, {2.5e-9, 2.5e-9, "2.5e−09"}, {0, 1e-9, "0"}, {2e12, 1e12,
			"2e+12"}} {
		if got := tickLabel(c.v, c.step); got != c.want {
			t.Errorf("%v with a step of %v is %q, want %q", c.v, c.step, got, c.want)
		}
	}
}

// TestTicksShowTheirPlace draws random ranges of all scales: every label reads as the place where it stands, to a
// hundredth of the distance to its neighbour.
func TestTicksShowTheirPlace(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	labels := 0
	for range 20000 {
		size := math.Pow(10, random.Float64()*24-12)
		low := (random.Float64()*2 - 1) * size * math.Pow(10, random.Float64()*4)
		if random.IntN(3) == 0 {
			low = 0
		}
		about := 1 + random.IntN(6)
		ticks := (fewTicks{about}).Ticks(low, low+size)
		labels += len(ticks)
		checkTicks(t, ticks, size/float64(about))
	}
	if labels < 20000 {
		t.Errorf("only %d labels were checked", labels)
	}
	for range 2000 {
		low := math.Pow(10, random.Float64()*20-12)
		for _, tick := range logTicks(low, low*math.Pow(10, random.Float64()*3)) {
			checkTicks(t, []plot.Tick{tick}, tick.Value)
		}
	}
}

func checkTicks(t *testing.T, ticks []plot.Tick, step float64) {
	t.Helper()
	seen := map[string]bool{}
	for _, tick := range ticks {
		read, err := strconv.ParseFloat(strings.ReplaceAll(tick.Label, "−", "-"), 64)
		if err != nil || math.Abs(read-tick.Value) > 0.01*step {
			t.Fatalf("the tick at %v is labelled %q (%v)", tick.Value, tick.Label, err)
		}
		if seen[tick.Label] {
			t.Fatalf("two ticks are labelled %q", tick.Label)
		}
		seen[tick.Label] = true
	}
}
