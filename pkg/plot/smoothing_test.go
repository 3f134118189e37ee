package plot

import (
	"strings"
	"testing"

	"tightrope/pkg/record"
)

// TestSmoothing: the figure says of every smoothed network with which confidence its accuracy holds, counts what is in
// the record, and shows the bounds beside it.
func TestSmoothing(t *testing.T) {
	of := func(sigma float64) *record.Record {
		s := &record.Smoothing{Sigma: sigma, Select: 100, Draws: 1000, Alpha: 0.001,
			Images: []record.SmoothImage{{Class: 1, Label: 1, Radius: 0.3}, {Class: 1, Label: 2, Radius: 0.9},
				{Class: -1, Label: 3}, {Class: 4, Label: 4, Radius: 0.25}}}
		for _, r := range []float64{0, 0.25, 0.5} {
			s.Curve = append(s.Curve, record.SmoothPoint{Radius: r, Accuracy: s.CertifiedAccuracy(r)})
		}
		return &record.Record{Kind: record.Smooth, Smoothing: s}
	}
	r := of(0.25)
	r.Smoothing.Beside = []record.BoundCurve{{Technique: "IBP", Method: "ibp", Norm: "l2", Eps: 0.25,
		Curve: []record.SmoothPoint{{Radius: 0.25, Accuracy: 81.4}}}}
	f, err := Smoothing(of(0.5), &record.Record{}, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"25.0 % with σ = 0.25, 25.0 % with σ = 0.5 (n = 1000, 4 images, with confidence " +
		"0.999 for each image)", "81.4 % by IBP(ℓ2)"} {
		if !strings.Contains(f.Caption, want) {
			t.Errorf("caption %q lacks %q", f.Caption, want)
		}
	}
	if strings.Contains(f.Caption, "prove") {
		t.Errorf("caption %q speaks of proofs", f.Caption)
	}
	svg := string(SVG(f))
	for _, want := range []string{"ℓ2 radius (pixel units)", "certified accuracy on test images, %",
		"ibp training at 0.25"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the figure lacks %q", want)
		}
	}
	if len(f.Records) != 2 || f.Records[0] != r || len(f.panels[0]) != 1 {
		t.Errorf("%d records, %d panels", len(f.Records), len(f.panels[0]))
	}
	other := of(0.5)
	other.Dataset.Name, r.Dataset.Name = "cifar10", "mnist"
	if f, err = Smoothing(r, other); err != nil || len(f.panels[0]) != 2 || f.Records[0] != other {
		t.Fatalf("%v of two data sets, %v", f, err)
	}
	for _, want := range []string{"cifar10 25.0 % with σ = 0.5", "mnist 25.0 % with σ = 0.25"} {
		if !strings.Contains(f.Caption, want) {
			t.Errorf("caption %q lacks %q", f.Caption, want)
		}
	}
	if _, err := Smoothing(&record.Record{}); err == nil {
		t.Error("a figure without a record")
	}
}
