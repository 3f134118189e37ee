package record

import (
	"strings"
	"testing"
)

// TestMethodWords: tables say which attack was run where it is not PGD, and the column is then no PGD error.
func TestMethodWords(t *testing.T) {
	auto := &Attack{Method: "auto", Steps: 100, Restarts: 1, Images: 30, Parts: []Attack{
		{Method: "APGD-CE", Steps: 100, Restarts: 1, Images: 30, Found: 4},
		{Method: "APGD-DLR", Steps: 100, Restarts: 1, Images: 26, Found: 1},
		{Method: "Square", Steps: 500, Images: 25}}}
	for _, c := range []struct {
		attack      *Attack
		words, name string
	}{
		{&Attack{Steps: 40, Restarts: 2, Images: 30}, "40 steps, 3 starts, all images", PGDName},
		{&Attack{Method: "Square", Steps: 500, Images: 30}, "Square, 500 queries, all images", AttackedName},
		{auto, "APGD-CE + APGD-DLR + Square, 100 steps, 2 starts, 500 queries, all images", AttackedName},
	} {
		r := &Record{Results: map[string]SplitResult{Test: {Samples: 30, PGDSteps: c.attack.Steps, Attack: c.attack}}}
		if got := r.AttackWords(Test); got != c.words {
			t.Errorf("%q, want %q", got, c.words)
		}
		var text strings.Builder
		if err := Table(&text, Plain, r); err != nil || !strings.Contains(text.String(), InPercent(c.name)) ||
			!strings.Contains(text.String(), c.words) {
			t.Errorf("%v: %s", err, text.String())
		}
		if cell := PGDCell("3.00", r, r); c.name == AttackedName && !strings.Contains(cell, c.attack.Words()) {
			t.Errorf("a mean over runs says %q", cell)
		}
	}
	if lines := auto.PartWords(); len(lines) != 3 || !strings.Contains(lines[1], "26 images attacked, 1 changed") {
		t.Errorf("%q", lines)
	}
}
