package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"tightrope/pkg/internal/gzfile"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
)

// variants reads the trainings that docs/tightness.md compares, one record in each line, by what varies.
func variants(t *testing.T) map[string][]*record.Record {
	t.Helper()
	content, err := gzfile.Read("../../benchmarks/results/tightness/digits.jsonl.gz", 1<<26)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]*record.Record{}
	lines := bufio.NewScanner(bytes.NewReader(content))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r record.Record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		c, err := recipe.FromRecord(&r)
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("γ = %g", r.Gamma)
		if c.Train.Fade {
			name += ", fading"
		}
		if c.Train.Tight.DetachBounds {
			name += ", l and u detached"
		}
		all[name] = append(all[name], &r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestTightnessPage: the table of variants in docs/tightness.md is that of the records: means, and differences paired
// by seed with 95 % intervals.
func TestTightnessPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/tightness.md")
	if err != nil {
		t.Fatal(err)
	}
	all := variants(t)
	base := all["γ = 0"]
	bySeed := map[uint64]*record.Record{}
	for _, r := range base {
		bySeed[r.Seed] = r
	}
	metrics := []roomMetric{
		{"", 2, record.StandardErrorOn(record.Test)}, {"", 2, record.CertifiedErrorOn(record.Test)},
		{"", 2, record.CertifiedErrorOn(record.Validation)}, {"", 3, lastD}, {"", 3, lastR},
	}
	for name, runs := range all {
		row := []string{name}
		for _, m := range metrics {
			var values, differences []float64
			for _, r := range runs {
				v, err := m.metric(r)
				if err != nil {
					t.Fatal(err)
				}
				b, err := m.metric(bySeed[r.Seed])
				if err != nil {
					t.Fatal(err)
				}
				values, differences = append(values, v), append(differences, v-b)
			}
			s, err := record.Summarize(values)
			if err != nil {
				t.Fatal(err)
			}
			cell := fmt.Sprintf("%.*f", m.digits, s.Mean)
			if name != "γ = 0" {
				d, err := record.Summarize(differences)
				if err != nil {
					t.Fatal(err)
				}
				cell += ": " + m.difference(record.Paired{Difference: d})
			}
			row = append(row, cell)
		}
		want := "| " + strings.Join(row, " | ") + " |"
		if !strings.Contains(string(page), want) {
			t.Errorf("docs/tightness.md lacks\n%s", want)
		}
	}
	if len(base) < 5 || !slices.IsSortedFunc(base, func(a, b *record.Record) int { return int(a.Seed) - int(b.Seed) }) {
		t.Errorf("%d runs without regularizer", len(base))
	}
}

// lastD is the mean gap d over the training samples of the last epoch.
func lastD(r *record.Record) (float64, error) {
	if len(r.Epochs) == 0 {
		return 0, fmt.Errorf("record of %s, seed %d, has no epochs", r.Name, r.Seed)
	}
	return r.Epochs[len(r.Epochs)-1].D, nil
}
