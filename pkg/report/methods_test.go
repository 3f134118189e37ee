package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tightrope/pkg/record"
)

// TestMethods: the table groups runs by method, marks what is no bound, and quotes what others published.
func TestMethods(t *testing.T) {
	r := record.New("training methods", record.Eval)
	clean := 12.5
	r.Recipe = json.RawMessage(`{"Data":"mnist","Arch":"mlp-2x100","Eps":0.1,"Images":100}`)
	r.Methods = []record.Trained{
		{Method: "IBP", Seed: 0, StandardError: 5, PGDError: 10, CertifiedError: 20, Technique: "best-of",
			Second: 0.25},
		{Method: "IBP", Seed: 1, StandardError: 7, PGDError: 10, CertifiedError: 20, Technique: "best-of",
			Second: 0.25},
		{Method: "IBP, cascade of 2", StandardError: 5, PGDError: 50, CertifiedError: 80, Technique: "IBP",
			CleanChoiceError: &clean},
	}
	dir := t.TempDir()
	if err := WriteMethods(dir, []*record.Record{r, record.New("another", record.Eval)}); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, MethodTables))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| IBP | 2 | 6.00 ± 1.41 | 10.00 ± 0.00 | 20.00 ± 0.00 | best-of | - | 0.25 | measured |",
		"| IBP, cascade of 2 | 1 | 5.00 | 50.00 | 80.00 | IBP | 12.50 (no bound) | - | measured |",
		"| Fast-Lin, exact (CP) | - | 4.09 | 13.39 | 18.32 | Fast-Lin | - | - | quoted: Salman et al. 2019 |",
		"lower the certified error by 10.3 % of itself",
	} {
		if !strings.Contains(string(content), want) {
			t.Errorf("the page lacks %q:\n%s", want, content)
		}
	}
	if strings.Count(string(content), "\n## ") != 1 {
		t.Errorf("one comparison has several tables:\n%s", content)
	}
	r.Recipe = json.RawMessage(`[]`)
	if err := WriteMethods(dir, []*record.Record{r}); err == nil {
		t.Error("a comparison of nothing known is written")
	}
}
