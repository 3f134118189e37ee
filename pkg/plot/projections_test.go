package plot

import (
	"strings"
	"testing"

	"tightrope/pkg/record"
)

func TestProjectionsNameTheNoise(t *testing.T) {
	r := record.New("projections", record.Toy)
	for _, norm := range []string{"linf", "l2"} {
		for _, k := range []int{200, 50, 10} {
			r.Noise = append(r.Noise, record.ProjectionNoise{Norm: norm, K: k, Draws: 1234, Units: 3, Mean: 0.98,
				Low: 0.7, High: 1.4, Deviation: 1.6 / float64(k), WorstUnit: 0.031})
		}
	}
	f, err := Projections(r)
	svg := drawn(t, f, err)
	for _, want := range []string{"k = 50", "−2.0", "1,234 draws", "3.1", "by 3"} {
		if !strings.Contains(strings.ReplaceAll(f.Caption, "\u00a0", " "), want) {
			t.Errorf("caption %q lacks %q", f.Caption, want)
		}
	}
	// The legend and two panels, one line for each ball.
	if a, b := strokes(svg, blue), strokes(svg, orange); a < 3 || b < 3 {
		t.Errorf("%d lines for l_inf and %d for l_2, want 3 or more", a, b)
	}
	_, err = Projections(record.New("toy", record.Toy))
	wantError(t, err, "tightrope figures")
}
