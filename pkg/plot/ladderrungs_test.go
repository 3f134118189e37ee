package plot

import (
	"strings"
	"testing"

	"tightrope/pkg/record"
)

// TestRungs: the captions say what the numbers of a ladder mean, every figure can be drawn, and records without a
// ladder are refused.
func TestRungs(t *testing.T) {
	r := &record.Record{
		Ladder: []record.Rung{{Technique: "IBP", Eps: 0.1, Margin: -30},
			{Technique: "Fast-Lin", Eps: 0.1, Margin: -0.5}, {Technique: "LP", Eps: 0.1, Margin: 0.1},
			{Technique: "exact", Eps: 0.1, Margin: 0.25}, {Technique: "PGD", Eps: 0.1, Margin: 0.3}},
		Errors: []record.LadderError{{Technique: "Fast-Lin", Eps: 0.2, Samples: 200, Error: 71.5},
			{Technique: "Fast-Lin", Eps: 0.1, Samples: 200, Error: 30},
			{Technique: "LP-all", Eps: 0.1, Samples: 200, Error: 20},
			{Technique: "LP-all", Eps: 0.2, Samples: 200, Error: 61.5},
			{Technique: "PGD", Eps: 0.2, Samples: 200, Error: 16}},
		Neurons: []record.LadderNeuron{{Technique: "Fast-Lin", Lower: -1, Upper: 1, Z: 0.2, Out: 0.6},
			{Technique: "LP", Lower: -1, Upper: 1, Z: 0.2, Out: 0.2, Tight: true}},
	}
	atTenth := func(r *record.Record) (*Figure, error) { return Rungs(r, 0.1) }
	for want, draw := range map[string]func(*record.Record) (*Figure, error){
		"At ε = 0.1 this image is certified by LP and exact.":              atTenth,
		"At ε = 0.2, Fast-Lin leaves 71.50 % uncertified, LP-all 61.50 %.": LadderErrors,
		"Where the margin is least, Fast-Lin is tight on 0 of 1 unstable neuron, " +
			"LP is tight on 1 of 1 unstable neuron.": LadderNeurons,
	} {
		f, err := draw(r)
		if err != nil {
			t.Fatal(err)
		}
		if plain := strings.ReplaceAll(f.Caption, "\u00a0", " "); plain != want {
			t.Errorf("caption %q, want %q", plain, want)
		}
		if png, err := PNG(f, 600); err != nil || len(png) < 2000 || !strings.Contains(string(SVG(f)), "<svg") {
			t.Errorf("%s: %d bytes, %v", f.Name, len(png), err)
		}
		if _, err := draw(&record.Record{}); err == nil {
			t.Errorf("%s: a record without a ladder was drawn", f.Name)
		}
	}
	if _, err := Rungs(r, 0.3); err == nil {
		t.Error("a radius that the record lacks was drawn")
	}
}

// TestUnproven: captions never say that a bound certifies that has no certificate; they tell it apart.
func TestUnproven(t *testing.T) {
	r := &record.Record{Ladder: []record.Rung{{Technique: "Fast-Lip", Eps: 0.1, Margin: 0.5},
		{Technique: "Fast-Lip", Eps: 0.2, Margin: -0.5}, {Technique: "Fast-Lin", Eps: 0.1, Margin: 1},
		{Technique: "Fast-Lin", Eps: 0.2, Margin: -1}, {Technique: "MILP", Eps: 0.1, Margin: 2}}}
	f, err := Rungs(r, 0.1)
	want := "At ε = 0.1 only Fast-Lin certifies this image. Positive without a certificate: Fast-Lip, MILP."
	if err != nil || f.Caption != want {
		t.Errorf("%q, %v", f.Caption, err)
	}
	want = "How far each bound certifies, about: Fast-Lin to 0.15; positive without a certificate: Fast-Lip to 0.15; " +
		"MILP beyond 0.1."
	if f, err := Ladder(r); err != nil || f.Caption != want {
		t.Errorf("%q, %v", f.Caption, err)
	}
	r.Ladder = r.Ladder[:2]
	want = "How far each bound is positive without a certificate: Fast-Lip to 0.15."
	if f, err := Ladder(r); err != nil || f.Caption != want {
		t.Errorf("%q, %v", f.Caption, err)
	}
}
