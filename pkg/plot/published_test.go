package plot

import (
	"encoding/json"
	"strings"
	"testing"

	"tightrope/pkg/record"
)

// TestPublished: the caption counts what the records prove, of networks of which every image was tried; a row of fewer
// images says so.
func TestPublished(t *testing.T) {
	of := func(p record.Published, images int, low, high float64) *record.Record {
		recipe, _ := json.Marshal(map[string]any{"network": p.Network, "eps": p.Eps, "until": "bab"})
		return &record.Record{Kind: record.Verify, Recipe: recipe, Notes: []string{record.RobustNote(low, high)},
			Results: map[string]record.SplitResult{record.Test: {Samples: images, Norm: "linf",
				Box: &[2]float64{0, 1}}}}
	}
	all := record.Salman2019
	rows := []*record.Record{of(all[0], record.Whole, 14.45, 14.45), of(all[4], record.Whole, 4.5, 4.75),
		of(all[6], 1000, 18, 22.5)}
	f, err := Published(rows...)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"of 1 of the 2 networks", "at most 0.25 points", "up to 1.60)"} {
		if !strings.Contains(f.Caption, want) {
			t.Errorf("caption %q lacks %q", f.Caption, want)
		}
	}
	svg := string(SVG(f))
	for _, want := range []string{"4.50 to 4.75", ">14.45<", "only 1000 images", "error on test images, %"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the figure lacks %q", want)
		}
	}
	if len(f.Records) != 3 {
		t.Errorf("%d records", len(f.Records))
	}
	if f, err := Published(rows[2]); err != nil || !strings.Contains(f.Caption, "part of the test images only") {
		t.Errorf("%v, %v", f, err)
	}
	if _, err := Published(&record.Record{}); err == nil {
		t.Error("a figure without a record")
	}
}
