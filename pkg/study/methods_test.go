package study

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
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
