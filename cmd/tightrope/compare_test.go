package main

import (
	"path/filepath"
	"strings"
	"testing"

	"tightrope/pkg/record"
)

// TestCompareCommand: compare prints the errors at the trainings' radius and at others, keeps them, and adds a run to
// an earlier comparison; an option that lacks the others is refused.
func TestCompareCommand(t *testing.T) {
	dir := t.TempDir()
	runs := []string{filepath.Join(dir, "natural"), filepath.Join(dir, "ibp")}
	for _, run := range runs {
		must(t, tightrope(t, "train", "mlp-2x100/digits-"+filepath.Base(run), "--arch", "fc5 fc10", "--epochs", "1",
			"--train-samples", "100", "--test-samples", "40", "--pgd-steps", "2", "--curve", "0", "--out", run))
	}
	first, both := filepath.Join(dir, "first.json"), filepath.Join(dir, "both.json")
	text := must(t, tightrope(t, "compare", runs[0], "--eps", "0.05,0.2", "--technique", "ibp,crown",
		"--pgd-steps", "2"))
	for _, want := range []string{"natural", "certified by IBP: error %", "certified by CROWN: error %", "0.05"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	must(t, tightrope(t, "compare", runs[0], "--out", first))
	must(t, tightrope(t, "compare", runs[1], "--from", first, "--out", both))
	r, err := record.Read(both)
	if err != nil || len(r.Methods) != 2 || r.Methods[0].Method != "IBP" || r.Methods[1].Method != "natural" {
		t.Errorf("%+v, %v", r, err)
	}
	for want, args := range map[string][]string{
		"1 radii, 0 techniques": {"--eps", "0.1"},
		"is compared already":   {"--from", first},
		"use one of ibp":        {"--technique", "lp"},
		"make it first":         {"--out", filepath.Join(dir, "missing", "x.json")},
	} {
		text, code := output(t, tightrope(t, append([]string{"compare", runs[0]}, args...)...))
		if code != 1 || !strings.Contains(text, want) {
			t.Errorf("%v: exit code %d, %q is missing in\n%s", args, code, want, text)
		}
	}
}
