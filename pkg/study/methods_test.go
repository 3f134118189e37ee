package study

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tightrope/pkg/attack"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
	"tightrope/pkg/technique"
)

// trained runs a recipe of digits with a tiny network in a folder.
func trained(t *testing.T, dir, name string, change func(*recipe.Recipe)) string {
	t.Helper()
	r, err := recipe.Get(name, recipe.Quick)
	if err != nil {
		t.Fatal(err)
	}
	r.Scale, r.Arch, r.TrainSamples = "custom", "fc12 fc10", 200
	r.Train = r.Train.Compress(3)
	r.Eval = recipe.Eval{TestSamples: 60, PGDSteps: 3}
	change(&r)
	out := filepath.Join(dir, r.RunName())
	if _, err := recipe.Run(t.Context(), r, recipe.Options{Backend: "go", Out: out}); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestCompare compares three trainings: certified errors by one yardstick are at most those of the runs' own bounds and
// at least the PGD errors, and what cannot be compared is refused by name.
func TestCompare(t *testing.T) {
	dir := t.TempDir()
	same := func(*recipe.Recipe) {}
	runs := []string{
		trained(t, dir, "mlp-2x100/digits-ibp", same), trained(t, dir, "mlp-2x100/digits-diffai", same),
		trained(t, dir, "mlp-2x100/digits-diffai", func(r *recipe.Recipe) { r.Train.Seed, r.Train.Gamma = 1, 2 }),
	}
	c, err := Compare(t.Context(), Methods{Runs: runs, Cost: true, Backend: "go"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range c.Methods {
		names = append(names, m.Method)
		if m.StandardError > m.PGDError || m.PGDError > m.CertifiedError || m.Technique != "best-of" || m.Second <= 0 {
			t.Errorf("errors out of order, or no cost: %+v", m)
		}
	}
	if want := []string{"DiffAI, hybrid", "DiffAI, hybrid, γ = 2", "IBP"}; !slices.Equal(names, want) {
		t.Errorf("methods %q, want %q", names, want)
	}
	own, err := record.Read(runs[0])
	if err != nil || c.Methods[2].CertifiedError > own.Results[record.Test].CertifiedError {
		t.Errorf("best-of certifies less than IBP: %+v, %+v, %v", c.Methods[2], own.Results, err)
	}
	testFrom(t, runs, c)
	wider := trained(t, dir, "mlp-2x100/digits", func(r *recipe.Recipe) { r.Train.Eps = 0.2 })
	if _, err := Compare(t.Context(), Methods{Runs: append(runs, wider), Backend: "go"}); err == nil ||
		!strings.Contains(err.Error(), "one network, data set and radius") {
		t.Errorf("another radius: %v", err)
	}
	if _, err := Compare(t.Context(), Methods{Backend: "go"}); err == nil {
		t.Error("nothing is compared")
	}
	content, err := os.ReadFile(filepath.Join(runs[1], "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(runs[0], "model.safetensors"), content, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Compare(t.Context(), Methods{Runs: runs[:1], Backend: "go"}); err == nil ||
		!strings.Contains(err.Error(), "another one") {
		t.Errorf("another network beside a record: %v", err)
	}
}

// testFrom: adding the last run to a comparison of the others gives the comparison of all; no run is added twice, and
// one on another task is refused.
func testFrom(t *testing.T, runs []string, all *record.Record) {
	t.Helper()
	first, err := Compare(t.Context(), Methods{Runs: runs[:2], Backend: "go"})
	if err != nil {
		t.Fatal(err)
	}
	costly, err := Compare(t.Context(), Methods{Runs: runs[2:], Backend: "go", From: first, Cost: true})
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range costly.Methods {
		want := all.Methods[i]
		if wanted := want.Recipe == "mlp-2x100/digits-diffai" && want.Seed == 1; (row.Second > 0) != wanted {
			t.Errorf("%s has a cost of %g", row.Method, row.Second)
		}
		row.Second, want.Second = 0, 0
		if !reflect.DeepEqual(row, want) {
			t.Errorf("added: %+v, compared at once: %+v", row, want)
		}
	}
	kept, err := Compare(t.Context(), Methods{Runs: runs[2:], Backend: "go", From: &record.Record{Name: "earlier",
		Recipe: all.Recipe, Methods: all.Methods[2:]}})
	if err != nil || kept.Methods[1].Second != all.Methods[2].Second {
		t.Errorf("a run of the earlier comparison lost its cost: %+v, %v", kept, err)
	}
	for _, m := range []Methods{{Runs: runs[:1], From: first}, {Runs: runs[2:], From: &record.Record{}},
		{Runs: runs[2:], From: first, Radii: []float64{0.1}, Techniques: []technique.ID{technique.IBP},
			Attack: &attack.Options{Steps: 1}}} {
		m.Backend = "go"
		if _, err := Compare(t.Context(), m); err == nil {
			t.Errorf("no error for %+v", m)
		}
	}
}

// TestCompareAtRadii: at the radius of the trainings the bounds are those of the usual comparison, bounds of theorems
// come in their order, and attacks end below them; a run that was not attacked gets the error at its radius.
func TestCompareAtRadii(t *testing.T) {
	run := trained(t, t.TempDir(), "softplus-1x500/digits-cross-lipschitz", func(r *recipe.Recipe) {
		r.Arch, r.Eval.PGDSteps = "fc12 softplus fc10", 0
	})
	m := Methods{Runs: []string{run}, Backend: "go", Radii: []float64{0.1, 0.5}, Attack: &attack.Options{Steps: 3},
		Techniques: []technique.ID{technique.FastLin, technique.CrossLipschitz, technique.FastLip, technique.Lipschitz}}
	c, err := Compare(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	row := c.Methods[0]
	if row.Method != "natural, cross-Lipschitz = 0.01" || row.PGDError != row.At[1].PGDError || len(row.At) != 2 {
		t.Errorf("%+v", row)
	}
	for i, at := range row.At {
		if at.Eps != m.Radii[i] || len(at.Certified) != len(m.Techniques) {
			t.Errorf("%+v", at)
		}
		for name, certified := range at.Certified {
			if certified < at.PGDError || at.PGDError < row.StandardError ||
				name != technique.Lipschitz.String() && i == 1 && certified < row.CertifiedError {
				t.Errorf("%s: %+v of %+v", name, at, row)
			}
		}
		if at.Certified[technique.CrossLipschitz.String()] > at.Certified[technique.FastLip.String()] {
			t.Errorf("cross-Lipschitz certifies less than Fast-Lip: %+v", at)
		}
	}
	for what, m := range map[string]Methods{"not attacked": {}, "3 radii": {Radii: []float64{1, 2, 3}}} {
		m.Runs, m.Backend = []string{run}, "go"
		if _, err := Compare(t.Context(), m); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
