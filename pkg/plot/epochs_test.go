package plot

import (
	"math/rand/v2"
	"strings"
	"testing"

	"tightrope/pkg/record"
)

// trainingOf is a training whose epochs have an r where measured says so.
func trainingOf(gamma float64, measured []bool) *record.Record {
	r := &record.Record{Name: "a/digits", Kind: record.Train, Gamma: gamma}
	for i, ok := range measured {
		m := record.EpochMetrics{Epoch: i + 1, Eps: 0.1, Loss: 2, TrainCertifiedError: 40, Unstable: 20}
		if ok {
			m.R, m.D = 0.01, 0.2
		}
		r.Epochs = append(r.Epochs, m)
	}
	return r
}

// TestUnmeasuredEpochsAreGaps: whatever epochs lack r, the curve holds exactly the others, no part of it runs across
// one that lacks it, and the gaps are the rest.
func TestUnmeasuredEpochsAreGaps(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	c := trainingCurves([]*record.Record{trainingOf(0, nil)})[2]
	for range 500 {
		measured := make([]bool, 1+random.IntN(20))
		for i := range measured {
			measured[i] = random.IntN(3) > 0
		}
		r := []*record.Record{trainingOf(0, measured)}
		drawn := map[int]bool{}
		for _, part := range c.parts(r) {
			first, last := 1000, 0
			for x := range part {
				first, last = min(first, int(x)), max(last, int(x))
			}
			for e := first; e <= last; e++ {
				drawn[e] = true
			}
		}
		missing := map[int]bool{}
		for _, g := range c.gaps(r) {
			for e := g[0]; e <= g[1]; e++ {
				missing[e] = true
			}
		}
		for i, ok := range measured {
			if drawn[i+1] != ok || missing[i+1] == ok {
				t.Fatalf("%v: epoch %d is drawn %v, in a gap %v", measured, i+1, drawn[i+1], missing[i+1])
			}
		}
	}
}

// TestNotMeasuredIsWritten: r of intervals is no curve at 0, and figure and caption say so.
func TestNotMeasuredIsWritten(t *testing.T) {
	never, late := make([]bool, 9), []bool{false, true, true, true, true, false, false, false, false}
	for _, c := range []struct {
		measured []bool
		caption  string
	}{{never, "r is not measured"}, {late, "r is not measured in epochs 1 and 6 to 9"}} {
		for _, records := range [][]*record.Record{{trainingOf(0, c.measured)}, {trainingOf(0, c.measured),
			trainingOf(2, c.measured)}} {
			f, err := Training(records...)
			svg := drawn(t, f, err)
			if !strings.Contains(svg, ">measured<") || !strings.Contains(f.Caption, c.caption) {
				t.Errorf("%v: caption %q, written in the figure: %v", c.measured, f.Caption, strings.Contains(svg,
					">measured<"))
			}
			if strings.Contains(f.Caption, "smaller r") || strings.Contains(f.Caption, "larger r") {
				t.Errorf("%v: %q", c.measured, f.Caption)
			}
		}
	}
	f, err := Training(trainingOf(0, []bool{true, true, true}))
	if svg := drawn(t, f, err); strings.Contains(svg+f.Caption, "not measured") {
		t.Errorf("all epochs are measured: %q", f.Caption)
	}
}

// TestChangesInWords: captions compare numbers by percentages, and never by one of nothing.
func TestChangesInWords(t *testing.T) {
	for _, c := range []struct {
		before, after float64
		many, large   string
	}{
		{20, 30, "50 % more", "a 50 % larger"}, {20, 15, "25 % fewer", "a 25 % smaller"},
		{100, 92, "8 % fewer", "an 8 % smaller"}, {100, 118, "18 % more", "an 18 % larger"},
		{20, 20.05, "as many", "the same"}, {0, 0, "as many", "the same"}, {4, 8.4, "2.1 times as many", "a 110 % larger"},
	} {
		many := strings.ReplaceAll(howMany(c.before, c.after, "things"), "\u00a0", " ")
		large := strings.ReplaceAll(howLarge(c.before, c.after, "thing"), "\u00a0", " ")
		if many != c.many+" things" || large != c.large+" thing" {
			t.Errorf("%v to %v: %q and %q", c.before, c.after, many, large)
		}
	}
	if many, large := howMany(0, 3, "things"), howLarge(0, 3, "thing"); many != "3 things instead of none" ||
		large != "thing of 3 instead of 0" {
		t.Errorf("from nothing: %q and %q", many, large)
	}
}
