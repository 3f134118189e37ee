package gallery

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

func TestTablePlans(t *testing.T) {
	plans := tablePlans([]*record.Record{tested("small/cifar10-2", 0, 0, 50), tested("small/cifar10-2-ibp", 0, 0, 60),
		tested("mnist-small-family/3", 0, 0, 9), tested("mlp-2x100/digits", 0, 0, 7)})
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

// TestHeadline: of many settings the baseline and the one that validation chooses among those with the most seeds.
func TestHeadline(t *testing.T) {
	var all []*record.Record
	for i, gamma := range []float64{0, 1, 2, 3, 4, 5} {
		for seed := range uint64(3) {
			if gamma == 5 && seed > 0 {
				continue // the best one, but with one seed
			}
			r := record.New("mlp-2x100/digits", record.Train)
			r.Gamma, r.Seed = gamma, seed
			r.Results = map[string]record.SplitResult{record.Validation: {CertifiedError: 30 - float64(i)},
				record.Test: {CertifiedError: 20}}
			all = append(all, r)
		}
	}
	few := headline(all)
	if len(few) != 6 || few[0].Gamma != 0 || few[3].Gamma != 4 {
		t.Errorf("%d runs, the last with γ = %v; want 3 without regularizer and 3 with γ = 4", len(few),
			few[len(few)-1].Gamma)
	}
	if same := headline(all[:9]); len(same) != 9 {
		t.Errorf("%d of 9 runs of three settings are shown", len(same))
	}
}

// TestAppendixFIsOneFigure checks that Appendix F's runs have no figures of their own.
func TestAppendixFIsOneFigure(t *testing.T) {
	all := []*record.Record{tested("conv/digits-l2-cp", 0, 0, 20), tested("conv/digits-l2-ibp", 0, 0, 80)}
	for _, p := range plans(all) {
		if strings.Contains(p.name, "conv") {
			t.Errorf("Appendix F's runs have the figure %s of their own", p.name)
		}
	}
}
