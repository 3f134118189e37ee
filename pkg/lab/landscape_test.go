package lab

import (
	"errors"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/technique"
	"tightrope/pkg/toy"
	"tightrope/pkg/verify/highs"
)

// TestSurvey: every technique but the estimates is asked about the second toy, no bound is above the exact minimum, 0.3
// at eps 0.2, and only what the checker confirmed counts as proved.
func TestSurvey(t *testing.T) {
	if err := highs.Load(); errors.Is(err, highs.ErrNotFound) {
		t.Skip(err)
	}
	l := Survey(toy.Steps(), toy.Point([2]float64{0.5, 0.5}, 1), 0, ball.Ball{}, 0.04, 0.2)
	asked := map[technique.ID]int{}
	for _, v := range l.views {
		asked[v.technique]++
		if v.eps == 0.2 && v.margin > 0.3+3e-5 {
			t.Errorf("%v: %v, the minimum is 0.3", v.technique, v.margin)
		}
		if id := v.technique; v.proof == confirmed != (v.margin > 0 && id.Row().Uses.Ladder && id != technique.PGD) {
			t.Errorf("%v, eps %v, margin %v: %s", id, v.eps, v.margin, v.proof)
		}
	}
	for _, row := range technique.All() {
		want := 2
		if row.ID == technique.Projected || row.ID == technique.BranchAndBound || // "exact" is branch and bound
			row.Uses.Search && row.ID != technique.PGD { // one attack stands for all
			want = 0
		}
		if asked[row.ID] != want {
			t.Errorf("%v was asked %d times, want %d", row.ID, asked[row.ID], want)
		}
	}
	if len(l.Record.Ladder) != len(l.views) || l.Record.Ladder[0].Technique != "IBP" {
		t.Errorf("ladder of %d, views %d", len(l.Record.Ladder), len(l.views))
	}
	text, _, _ := output(t, func() { l.Table(0.2) })
	for _, want := range []string{"Fast-Lip", "dual", "unchecked", "it is an attack"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
}

// TestAscent: the table of the dual ends at the linear program's optimum, 0.1 on the second toy.
func TestAscent(t *testing.T) {
	if err := highs.Load(); errors.Is(err, highs.ErrNotFound) {
		t.Skip(err)
	}
	text, _, _ := output(t, func() { Ascent(toy.Steps(), toy.Point([2]float64{0.5, 0.5}, 1), 0, ball.Ball{Eps: 0.2}) })
	if !strings.Contains(text, "the linear program") || !strings.Contains(text, "0.1000") {
		t.Error(text)
	}
}

// TestPositive: at radius 0 every technique bounds the margins of the images that are classified rightly above 0, and
// at a large one of none.
func TestPositive(t *testing.T) {
	n, set := digitsNetwork(t)
	set = set.Head(20)
	text, _, _ := output(t, func() { Positive(n, set, ball.Ball{Box: ball.Unit}, 0, 0.9) })
	lines := strings.Split(strings.TrimSpace(text), "\n")[1:]
	if want := len(technique.Of(technique.ForGraph)) - 2; len(lines) != want {
		t.Fatalf("%d techniques, want %d: %s", len(lines), want, text)
	}
	right := strings.Fields(lines[0])[1]
	for _, line := range lines {
		if !strings.Contains(line, " "+right+" ") || !strings.Contains(line, " 0.0 ") {
			t.Errorf("%s: want %s %% and none", line, right)
		}
	}
}
