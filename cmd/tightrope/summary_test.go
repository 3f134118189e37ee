package main

import (
	"fmt"
	"strings"
	"testing"

	"tightrope/pkg/data"
	"tightrope/pkg/verify/outcome"
)

// TestFirstSamples: more samples than there are is said, in one line, and no other number is.
func TestFirstSamples(t *testing.T) {
	set := &data.Set{Name: "three", Shape: []int{1}, Classes: 2, X: []float32{1, 2, 3}, Y: []int32{0, 1, 0}}
	for n := range 6 {
		var b strings.Builder
		got := firstSamples(&b, set, n)
		want := min(n, 3)
		if n == 0 {
			want = 3
		}
		if got.Len() != want || (b.Len() > 0) != (n > 3) || n > 3 && !strings.Contains(b.String(),
			"three has only 3 images") {
			t.Errorf("%d: %d samples, said %q", n, got.Len(), b.String())
		}
	}
}

// TestSummaryOfASessionThatWentOn: where decisions were taken over, the column of images says that it is of this
// session alone; and the exact error is one number only where every image is decided.
func TestSummaryOfASessionThatWentOn(t *testing.T) {
	for _, resumed := range []int{0, 3} {
		for certified := range 3 {
			s := &outcome.Summary{Samples: 4, Certified: certified, Falsified: 2, Resumed: resumed,
				Stages: []outcome.StageCount{{Stage: outcome.Clean, Reached: 4 - resumed, Falsified: 2,
					Certified: certified}}}
			var b strings.Builder
			if err := writeSummary(&b, s); err != nil {
				t.Fatal(err)
			}
			text := b.String()
			if strings.Contains(text, "images now") != (resumed > 0) || strings.Contains(text,
				"taken over") != (resumed > 0) {
				t.Errorf("%d taken over:\n%s", resumed, text)
			}
			want := fmt.Sprintf("lies between 50.00 and %.2f %%", 100-25*float64(certified))
			if certified == 2 {
				want = "is 50.00 %: every image is decided"
			}
			if !strings.Contains(text, want) {
				t.Errorf("%d certified: no %q in\n%s", certified, want, text)
			}
		}
	}
}
