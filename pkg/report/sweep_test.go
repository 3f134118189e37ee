package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
)

// TestWriteSweep checks a row for each setting, and the paired difference of the regularized one.
func TestWriteSweep(t *testing.T) {
	var records []*record.Record
	for seed, certified := range []float64{20, 22} {
		for _, gamma := range []float64{0, 1} {
			records = append(records, trained(t, "mlp-2x100/digits", recipe.Quick, gamma, uint64(seed),
				certified-gamma*float64(seed+1)))
		}
	}
	dir := t.TempDir()
	if err := WriteSweep(dir, records); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, SweepCSV))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[1], "mlp-2x100/digits,0,0,2,21.00,") ||
		!strings.HasPrefix(lines[2], "mlp-2x100/digits,0,1,2,19.50,") {
		t.Fatalf("table:\n%s", content)
	}
	p, err := record.Compare([]*record.Record{records[0], records[2]}, []*record.Record{records[1], records[3]},
		record.CertifiedErrorOn(record.Test))
	if err != nil {
		t.Fatal(err)
	}
	cells := strings.Split(lines[2], ",")
	if cells[6] != "-1.50" || cells[6] != signed(p.Difference.Mean) || cells[7] != number(p.Difference.Low) {
		t.Errorf("difference %q, low %q; want %+v", cells[6], cells[7], p.Difference)
	}
}
