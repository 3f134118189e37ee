package plot

import (
	"strings"
	"testing"

	"tightrope/pkg/record"
)

// tested is a record with a certified test error.
func tested(name string, gamma float64, seed uint64, certified float64) *record.Record {
	return &record.Record{Name: name, Kind: record.Train, Gamma: gamma, Seed: seed,
		Results: map[string]record.SplitResult{record.Test: {Samples: 100, CertifiedError: certified}}}
}

func TestPairs(t *testing.T) {
	f, err := Pairs(record.Test, tested("a/1", 0, 0, 20), tested("a/1", 0, 1, 22), tested("a/1", 2, 0, 18.5),
		tested("a/1", 2, 1, 20.5), tested("a/4", 0, 0, 20), tested("a/4", 0, 1, 22), tested("a/4", 2, 0, 18),
		tested("a/4", 2, 1, 21.9),
		tested("a/2", 0, 0, 30), tested("a/2", 2, 0, 31), tested("a/3", 2, 0, 40))
	if err != nil {
		t.Fatal(err)
	}
	want := "lowers the certified test error significantly in 1 of the 2 comparisons over several seeds"
	if !strings.Contains(f.Caption, want) {
		t.Errorf("caption %q, want %q", f.Caption, want)
	}
	svg := string(SVG(f))
	for _, want := range []string{"a/1", "a/3", "−1.50", "+1.00", "γ = 2", "without regularizer"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the figure does not say %q", want)
		}
	}
	f, err = Pairs(record.Test, tested("a/1", 0, 0, 20), tested("a/1", 0, 1, 22), tested("a/1", 2, 0, 18.5),
		tested("a/1", 2, 1, 20.5), tested("a/2", 0, 0, 30), tested("a/2", 2, 0, 31))
	if err != nil || !strings.HasPrefix(f.Caption, "A regularizer lowers") ||
		!strings.Contains(f.Caption, "in the one comparison") {
		t.Errorf("caption %q, %v", f.Caption, err)
	}
	f, err = Pairs(record.Test, tested("a/2", 0, 0, 30), tested("a/2", 2, 0, 25))
	if err != nil || !strings.Contains(f.Caption, "no difference is certain") {
		t.Errorf("caption %q, %v", f.Caption, err)
	}
	if _, err := Pairs(record.Validation, tested("a/1", 0, 0, 20)); err == nil {
		t.Error("records without the split are no error")
	}
	if _, err := Pairs(record.Test); err == nil {
		t.Error("no records are no error")
	}
}

// TestPairsOfNoDifference checks that two errors next to each other are not drawn over the whole width.
func TestPairsOfNoDifference(t *testing.T) {
	rows := pairRows{{name: "a", base: &record.Summary{N: 1, Mean: 66.61, Min: 66.61, Max: 66.61},
		others: []pairMark{{"γ = 5", record.Summary{N: 1, Mean: 66.62, Min: 66.62, Max: 66.62}}}}}
	if low, high, _, _ := rows.DataRange(); high-low < leastSpan-1e-9 || low > 66.61 || high < 66.62 {
		t.Errorf("the axis goes from %v to %v", low, high)
	}
}

// TestOneValidation checks that a run which was validated once shows its training error, for one point makes no curve.
func TestOneValidation(t *testing.T) {
	r := tested("a/1", 0, 0, 20)
	for i := range 4 {
		r.Epochs = append(r.Epochs, record.EpochMetrics{Epoch: i + 1, Eps: min(0.1, 0.05*float64(i+1)),
			TrainCertifiedError: 30})
	}
	r.Epochs[3].ValidationSamples, r.Epochs[3].CertifiedError = 10, 25
	for want, epochs := range map[string][]int{"certified error, training": {3},
		"certified error, validation": {2, 3}} {
		for _, i := range epochs {
			r.Epochs[i].ValidationSamples = 10
		}
		f, err := Training(r)
		if err != nil {
			t.Fatal(err)
		}
		svg := string(SVG(f))
		if !strings.Contains(svg, want) {
			t.Errorf("validated in %d epochs, the figure does not say %q", len(epochs), want)
		}
		if n := strings.Count(svg, "ε = 0.1"); want == "certified error, validation" && n != 3 {
			t.Errorf("the end of the ramp is marked %d times, want 3: it lies before the first validation", n)
		}
		r.Epochs[2].ValidationSamples = 0
	}
}
