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
	r.Recipe = json.RawMessage(`{"Data":"mnist","Arch":"mlp-2x100","Eps":0.1,"Images":100,"TrainSamples":5000}`)
	r.Methods = []record.Trained{
		{Method: "IBP", Seed: 0, Epochs: 12, StandardError: 5, PGDError: 10, CertifiedError: 20, Technique: "best-of",
			Second: 0.25},
		{Method: "IBP", Seed: 1, Epochs: 12, StandardError: 7, PGDError: 10, CertifiedError: 20, Technique: "best-of",
			Second: 0.25},
		{Method: "IBP, cascade of 2", Epochs: 8, StandardError: 5, PGDError: 50, CertifiedError: 80, Technique: "IBP",
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
		"100 test images for each seed; **trained on the first 5000 images only**, 12 or 8 epochs.",
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
	testRadii(t, r)
	r.Recipe = json.RawMessage(`[]`)
	if err := WriteMethods(dir, []*record.Record{r}); err == nil {
		t.Error("a comparison of nothing known is written")
	}
}

// testRadii: the table at several radii is ordered by the radius, and refuses runs that were measured elsewhere.
func testRadii(t *testing.T, r *record.Record) {
	t.Helper()
	if _, rows, err := MethodRadii(r); err != nil || len(rows) != 0 {
		t.Errorf("rows %v of nothing, %v", rows, err)
	}
	r.Recipe = json.RawMessage(`{"Arch":"mlp-2x100","Eps":0.5,"Norm":"l2","Box":"false",
		"Techniques":["IBP","CROWN"],"Attack":{"steps":40,"restarts":2}}`)
	for i := range r.Methods {
		x := float64(i)
		r.Methods[i].At = []record.TrainedAt{
			{Eps: 0.5, PGDError: 20 + x, Certified: map[string]float64{"IBP": 60, "CROWN": 50}},
			{Eps: 0.25, PGDError: 5, Certified: map[string]float64{"IBP": 30 + 2*x, "CROWN": 12}},
		}
	}
	dir := t.TempDir()
	if err := WriteMethods(dir, []*record.Record{r}); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, MethodTables))
	if err != nil {
		t.Fatal(err)
	}
	const want = `At several radii, by each bound alone (PGD: 40 steps, 3 starts):

| training | seeds | ε | PGD error % | certified by IBP: error % | certified by CROWN: error % |
| --- | ---: | ---: | ---: | ---: | ---: |
| IBP | 2 | 0.25 | 5.00 ± 0.00 | 31.00 ± 1.41 | 12.00 ± 0.00 |
| IBP, cascade of 2 | 1 | 0.25 | 5.00 | 34.00 | 12.00 |
| IBP | 2 | 0.5 | 20.50 ± 0.71 | 60.00 ± 0.00 | 50.00 ± 0.00 |
| IBP, cascade of 2 | 1 | 0.5 | 22.00 | 60.00 | 50.00 |
`
	if !strings.Contains(string(content), want) {
		t.Errorf("the page lacks\n%s\nit has\n%s", want, content)
	}
	if title := "ε = 0.5 in l2, without a box\n"; !strings.Contains(string(content), title) {
		t.Errorf("the title lacks %q", title)
	}
	delete(r.Methods[1].At[1].Certified, "CROWN")
	if _, _, err := MethodRadii(r); err == nil || !strings.Contains(err.Error(), "seed 1 of IBP") {
		t.Errorf("a run that was not bounded: %v", err)
	}
	r.Methods[1].At = nil
	if _, _, err := MethodRadii(r); err == nil {
		t.Error("a run that was measured elsewhere is averaged")
	}
}
