package report

import (
	"encoding/json"
	"strings"
	"testing"

	"tightrope/pkg/record"
)

// TestPublishedRows: each network has its row; the intervals of the committed records lie within the published ones,
// their counts add up, and a row of fewer images says so. A contradiction is an error.
func TestPublishedRows(t *testing.T) {
	records := found(t, "verify/*.json")
	header, rows, err := Published(records)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(record.Salman2019)+1 {
		t.Fatalf("%d rows", len(rows))
	}
	done := 0
	for i, p := range append(append([]record.Published{}, record.Salman2019...), record.SmallCNN) {
		if len(rows[i]) != len(header) || rows[i][0] != p.Name {
			t.Fatalf("row %q of %s", rows[i], p.Name)
		}
		v := p.Verification(records)
		if v == nil {
			if rows[i][7] != NotRun {
				t.Errorf("row %q without a record", rows[i])
			}
			continue
		}
		done++
		low, high, _ := v.RobustInterval()
		result := v.Results[record.Test]
		if record.Percent(result.CertifiedError) != record.Percent(high) || rows[i][7] != record.Percent(low) ||
			rows[i][8] != record.Percent(100-high) {
			t.Errorf("row %q, record %g to %g, certified error %g", rows[i], low, high, result.CertifiedError)
		}
		if whole := result.Samples == record.Whole; whole != (rows[i][10] == "all") {
			t.Errorf("row %q of %d images", rows[i], result.Samples)
		} else if whole && p.FastLin > 0 && (record.Percent(result.StandardError) != rows[i][2] ||
			high < p.PGD || high > p.FastLin) {
			t.Errorf("row %q: standard error %g, exact %g to %g", rows[i], result.StandardError, low, high)
		}
	}
	if done == 0 {
		t.Error("no network was verified")
	}
}

// TestPublishedContradiction: a record that contradicts a published attack or bound is an error, not a row.
func TestPublishedContradiction(t *testing.T) {
	p := record.Salman2019[4]
	recipe, _ := json.Marshal(map[string]any{"network": p.Network, "eps": p.Eps, "until": "bab", "perImage": "20s"})
	v := &record.Record{Kind: record.Verify, Recipe: recipe, Notes: []string{record.RobustNote(13.5, 13.6)},
		Work: &record.Work{ProcessorSeconds: 12.3, Load: [2]float64{1, 2}},
		Results: map[string]record.SplitResult{record.Test: {Samples: record.Whole, Norm: "linf",
			Box: &[2]float64{0, 1}}}}
	_, _, err := Published([]*record.Record{v})
	if err == nil || !strings.Contains(err.Error(), "one of them is wrong") {
		t.Errorf("%v", err)
	}
	v.Notes[0] = record.RobustNote(4.1, 4.16)
	if _, _, err := Published([]*record.Record{v}); err == nil {
		t.Error("fewer errors than a published attack found")
	}
	v.Notes[0] = record.RobustNote(4.5, 4.7)
	_, rows, err := Published([]*record.Record{v})
	if err != nil || strings.Join(rows[4][7:], " ") != "4.50 95.30 0.20 all 20 s 12 1 to 2" {
		t.Errorf("%q, %v", rows, err)
	}
}
