package report

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"tightrope/pkg/record"
)

// resultsPage is docs/results.md, whose numbers the tests below compute again from the records.
const resultsPage = "../../docs/results.md"

// found reads records below figures/results.
func found(t *testing.T, patterns ...string) []*record.Record {
	t.Helper()
	for i, p := range patterns {
		patterns[i] = "../../figures/results/" + p
	}
	records, err := record.Find(patterns...)
	if err != nil || len(records) == 0 {
		t.Fatalf("%d records at %v, %v", len(records), patterns, err)
	}
	return records
}

// pageHas checks that docs/results.md says something.
func pageHas(t *testing.T, wants ...string) {
	t.Helper()
	page, err := os.ReadFile(resultsPage)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range wants {
		if !strings.Contains(string(page), want) {
			t.Errorf("docs/results.md lacks\n%s", want)
		}
	}
}

// TestResultsQuoteTables: the rows of the page's tables with a column "how it was run", of the room and of the
// published networks are those of figures/tables.md, which is written from the records.
func TestResultsQuoteTables(t *testing.T) {
	page, err := os.ReadFile(resultsPage)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := os.ReadFile("../../figures/tables.md")
	if err != nil {
		t.Fatal(err)
	}
	quoting, rows := false, 0
	for line := range strings.Lines(string(page)) {
		line = strings.TrimSpace(line)
		switch {
		case !strings.HasPrefix(line, "|"):
			quoting = false
		case strings.HasSuffix(line, "| how it was run |"), strings.HasSuffix(line, "| r, last epoch of training |"),
			strings.HasSuffix(line, "| machine load |"):
			quoting = true
		case quoting && !strings.HasPrefix(line, "| ---"):
			rows++
			if !strings.Contains(string(tables), line) {
				t.Errorf("figures/tables.md lacks\n%s", line)
			}
		}
	}
	if rows < 26 {
		t.Errorf("%d rows quoted", rows)
	}
}

// TestResultsOfDigits: the five pairs, and the changes by the best weight of each sweep.
func TestResultsOfDigits(t *testing.T) {
	metrics := []roomMetric{{"", 2, record.StandardErrorOn(record.Test)}, {"", 2, record.PGDErrorOn(record.Test)},
		{"", 2, record.CertifiedErrorOn(record.Test)}, {"", 2, record.CertifiedErrorOn(record.Validation)},
		{"", 3, lastD}, {"", 3, lastR}}
	for name, pattern := range map[string]string{"λ = γ = 0": "quickstart/digits-baseline-seed?.json",
		"γ = 3": "quickstart/digits-gamma3-seed?.json"} {
		row := []string{name}
		for _, m := range metrics {
			var values []float64
			for _, r := range found(t, pattern) {
				v, err := m.metric(r)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, v)
			}
			s, err := record.Summarize(values)
			if err != nil {
				t.Fatal(err)
			}
			row = append(row, fmt.Sprintf("%.*f", m.digits, s.Mean))
		}
		pageHas(t, "| "+strings.Join(row, " | ")+" |")
	}
	m := roomMetric{"", 2, record.CertifiedErrorOn(record.Test)}
	for name, at := range map[string]struct{ lambda, gamma float64 }{"γ | 0.3 |": {0, 0.3}, "λ | 0.01 |": {0.01, 0},
		"both | λ = 0.01, γ = 0.3 |": {0.01, 0.3}} {
		p, err := record.Compare(sweptDigits(t, 0, 0), sweptDigits(t, at.lambda, at.gamma), m.metric)
		if err != nil {
			t.Fatal(err)
		}
		significant := map[bool]string{true: "yes", false: "no"}[p.Significant()]
		pageHas(t, fmt.Sprintf("| %s %s | %s |", name, m.difference(p), significant))
	}
}

// sweptDigits are the runs of one setting of the sweep.
func sweptDigits(t *testing.T, lambda, gamma float64) (runs []*record.Record) {
	t.Helper()
	for _, r := range found(t, "digits/*.json") {
		if r.Lambda == lambda && r.Gamma == gamma {
			runs = append(runs, r)
		}
	}
	return runs
}

// TestResultsOfVerification: the ladder's errors, and the exact robust error of the published network.
func TestResultsOfVerification(t *testing.T) {
	for _, model := range []string{"lpd_mlp_b_0.1", "adv_mlp_b_0.1"} {
		byName := map[string]float64{}
		r := found(t, "verify/"+model+"-ladder-first200.json")[0]
		for _, e := range r.Errors {
			byName[e.Technique] = e.Error
		}
		row := "| `" + model + "` |"
		for _, name := range []string{"Fast-Lin", "CROWN", "alpha-CROWN", "LP", "LP-all", "PGD"} {
			e, ok := byName[name]
			if !ok {
				t.Fatalf("%s has no %s: %v", r.Path, name, byName)
			}
			row += fmt.Sprintf(" %.2f |", e)
		}
		pageHas(t, row)
	}
}
