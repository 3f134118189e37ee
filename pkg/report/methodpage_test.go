package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tightrope/pkg/record"
	"tightrope/pkg/technique"
)

// sectionRows are the rows of the first table in a section of docs/method.md whose header begins as given.
func sectionRows(t *testing.T, section int, header string) (rows []string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/method.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(page), fmt.Sprintf("\n## %d. ", section))
	text, _, _ = strings.Cut(text, "\n## ")
	_, table, found := strings.Cut(text, "\n"+header)
	if !ok || !found {
		t.Fatalf("section %d has no table %q", section, header)
	}
	lines := strings.Split(table, "\n")
	for _, line := range lines[2:] {
		if !strings.HasPrefix(line, "|") {
			break
		}
		rows = append(rows, line)
	}
	return rows
}

// TestMethodTables: figures/methods.md is what the committed comparisons say.
func TestMethodTables(t *testing.T) {
	dir := t.TempDir()
	if err := WriteMethods(dir, found(t, "methods-*.json")); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(dir, MethodTables))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../figures/" + MethodTables)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("figures/%s has\n%s\nthe records say\n%s\nrun `tightrope figures`", MethodTables, got, want)
	}
}

// TestCascadeSentence: what section 13 and the notebook about the landscape say of cascades on digits.
func TestCascadeSentence(t *testing.T) {
	r := found(t, "methods-digits.json")[0]
	byMethod := map[string][]record.Trained{}
	for runs := range methodRuns(r.Methods) {
		byMethod[runs[0].Method] = runs
	}
	one, three := byMethod["Fast-Lin, exact (CP)"], byMethod["Fast-Lin, exact (CP), cascade of 3"]
	mean := func(runs []record.Trained, value func(record.Trained) float64) string {
		var values []float64
		for _, run := range runs {
			values = append(values, value(run))
		}
		s, err := record.Summarize(values)
		if err != nil {
			t.Fatal(err)
		}
		return strconv.FormatFloat(s.Mean, 'f', 1, 64)
	}
	certified := func(r record.Trained) float64 { return r.CertifiedError }
	clean := mean(three, func(r record.Trained) float64 { return *r.CleanChoiceError })
	attacked := mean(three, func(r record.Trained) float64 { return r.PGDError })
	want := fmt.Sprintf("means over %d seeds; [the table](../figures/methods.md)): the error of the clean choice is "+
		"%s %%, below the certified error of %s %% of the same training without a cascade. But the attack on the "+
		"whole cascade reaches %s %%, and its certified error is %s %%.",
		len(three), clean, mean(one, certified), attacked, mean(three, certified))
	if !strings.Contains(readDocument(t, "method.md"), want) {
		t.Errorf("method.md lacks %q", want)
	}
	want = fmt.Sprintf("the clean choice of three members errs on %s %%, the attack on the whole cascade reaches %s %%",
		clean, attacked)
	if !strings.Contains(readDocument(t, "../notebooks/11_landscape.ipynb"), want) {
		t.Errorf("11_landscape lacks %q", want)
	}
}

// TestRegularizerTable: the table of the cross-Lipschitz regularizer in section 20 follows from its record, which says
// how the networks were trained and attacked.
func TestRegularizerTable(t *testing.T) {
	r := found(t, "methods-softplus-digits.json")[0]
	task, err := taskOf(r)
	if err != nil {
		t.Fatal(err)
	}
	if task.Arch != "fc500 softplus fc10" || task.Images != 400 || task.Attack.Words() != "40 steps, 3 starts" {
		t.Errorf("section 20 describes another comparison than %+v, attacked with %s", task, task.Attack.Words())
	}
	var want []string
	for k, eps := range []float64{0.25, 0.5} {
		for runs := range methodRuns(r.Methods) {
			want = append(want, regularizerRow(t, runs, k, eps))
		}
	}
	got := sectionRows(t, 20, "| weight | standard | radius")
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("section 20 has\n%s\nthe record says\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// regularizerRow is the row of one weight at the k-th radius, the seeds in turn.
func regularizerRow(t *testing.T, runs []record.Trained, k int, eps float64) string {
	t.Helper()
	_, weight, with := strings.Cut(runs[0].Method, "cross-Lipschitz = ")
	if !with {
		weight = "0"
	}
	values := []func(record.Trained) float64{func(r record.Trained) float64 { return r.StandardError }, nil,
		func(r record.Trained) float64 { return r.At[k].PGDError }}
	for _, id := range []technique.ID{technique.FastLin, technique.CROWN, technique.CrossLipschitz, technique.FastLip,
		technique.Lipschitz} {
		values = append(values, func(r record.Trained) float64 { return r.At[k].Certified[id.String()] })
	}
	cells := []string{weight}
	for _, value := range values {
		var seeds []string
		for seed, r := range runs {
			if r.At[k].Eps != eps || r.Seed != uint64(seed) || r.Epochs != 40 {
				t.Errorf("run %d is %+v", seed, r)
			}
			if value != nil {
				seeds = append(seeds, strconv.FormatFloat(value(r), 'f', 1, 64))
			}
		}
		if value == nil {
			seeds = []string{strconv.FormatFloat(eps, 'g', -1, 64)}
		}
		cells = append(cells, strings.Join(seeds, " / "))
	}
	return "| " + strings.Join(cells, " | ") + " |"
}
