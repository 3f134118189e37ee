package plot

import (
	"strings"
	"testing"

	"tightrope/pkg/record"
)

// TestDistortion: the figure names each attack that found something, and its caption tells median and worst ratio of
// the record; without such a record there is none.
func TestDistortion(t *testing.T) {
	r := &record.Record{Distances: &record.Distances{Norm: "linf", Names: []string{"PGD", "Square"},
		Images: []record.ImageDistance{{Lower: 0.1, Upper: 0.1, Found: []float64{0.11, 0.15}},
			{Index: 1, Lower: 0.2, Upper: 0.2, Found: []float64{0.2, 0}}}}}
	f, err := Distortion(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2 images", "PGD 1.050 (worst 1.10)", "Square 1.500 (worst 1.50, 1 not found)"} {
		if !strings.Contains(f.Caption, want) {
			t.Errorf("caption %q lacks %q", f.Caption, want)
		}
	}
	svg := string(SVG(f))
	for _, want := range []string{"ℓ∞ (pixel units)", "distance / exact", "Square"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the figure lacks %q", want)
		}
	}
	if picture, err := PNG(f, 400); err != nil || len(picture) == 0 {
		t.Errorf("no picture: %v", err)
	}
	for _, none := range []*record.Record{nil, {}, {Distances: &record.Distances{}}, {Distances: &record.Distances{
		Names: []string{"PGD"}, Images: []record.ImageDistance{{Lower: 0.1, Found: []float64{0}}}}}} {
		if _, err := Distortion(none); err == nil {
			t.Errorf("%+v was drawn", none)
		}
	}
}
