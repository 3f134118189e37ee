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
	f, err := Pairs(record.Test, tested("a/1", 0, 0, 20), tested("a/1", 0, 1, 22), tested("a/1", 2, 0, 19), tested("a/1", 2, 1, 20),
		tested("a/2", 0, 0, 30), tested("a/2", 2, 0, 31), tested("a/3", 2, 0, 40))
	if err != nil {
		t.Fatal(err)
	}
	if want := "lowers the certified test error in 1 of 2 comparisons"; !strings.Contains(f.Caption, want) {
		t.Errorf("caption %q, want %q", f.Caption, want)
	}
	svg := string(SVG(f))
	for _, want := range []string{"a/1", "a/3", "−1.50", "+1.00", "γ = 2", "without regularizer"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the figure does not say %q", want)
		}
	}
	if _, err := Pairs(record.Validation, tested("a/1", 0, 0, 20)); err == nil {
		t.Error("records without the split are no error")
	}
	if _, err := Pairs(record.Test); err == nil {
		t.Error("no records are no error")
	}
}

func TestTablePlans(t *testing.T) {
	plans := tablePlans([]*record.Record{tested("small/cifar10-2", 0, 0, 50), tested("small/cifar10-2-ibp", 0, 0, 60), tested("mnist-small-family/3", 0, 0, 9), tested("mlp-2x100/digits", 0, 0, 7)})
	drawn := map[string]int{}
	for _, p := range plans {
		if f, err := p.draw(); err == nil {
			drawn[p.name] = len(f.Records)
		} else if !strings.Contains(p.missing, "tightrope sweep") {
			t.Errorf("%s is missing without a remedy: %q", p.name, p.missing)
		}
	}
	if len(plans) != 4 || len(drawn) != 2 || drawn["table-1-cifar10"] != 1 || drawn["table-2"] != 1 {
		t.Errorf("drawn %v of %d plans", drawn, len(plans))
	}
}
