package main

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tightrope/pkg/record"
)

// onDigits is a committed network for digits, whose file tells data, seed, norm, radius and box.
const onDigits = "../../figures/results/digits/mlp-2x100-digits-quick-lambda0-gamma0-seed0.safetensors"

// TestEvalAttacks: eval takes every attack, says in its table which was run, and what each part of auto did; flags that
// an attack does not know are refused by name.
func TestEvalAttacks(t *testing.T) {
	for key, want := range map[string][]string{
		"auto": {"attacked error %", "APGD-CE + APGD-DLR + Square, 5 steps, 20 queries, all images",
			"APGD-CE, 5 steps: 30 images attacked", "Square, 20 queries: "},
		"apgd-ce": {"attacked error %", "(APGD-CE, 5 steps, all images)"},
		"pgd":     {"PGD error %", "(5 steps, all images)"},
	} {
		args := []string{"eval", onDigits, "--samples", "30", "--attack", key, "--pgd-steps", "5",
			"--pgd-restarts", "0", "--technique", "ibp"}
		if key == "auto" {
			args = append(args, "--square-queries", "20")
		}
		text := must(t, tightrope(t, args...))
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is missing in\n%s", key, w, text)
			}
		}
	}
	for want, args := range map[string][]string{
		"use one of pgd, apgd-ce, apgd-dlr, square, auto": {"--attack", "cw"},
		"--pgd-loss":       {"--attack", "auto", "--pgd-loss", "ce"},
		"--pgd-steps":      {"--attack", "square", "--pgd-steps", "5"},
		"--square-queries": {"--attack", "apgd-ce", "--square-queries", "5"},
		"--attack without": {"--attack", "pgd"},
	} {
		text, code := output(t, tightrope(t, append([]string{"eval", onDigits, "--samples", "3"}, args...)...))
		if code != 1 || !strings.Contains(text, want) {
			t.Errorf("%v: exit code %d, %q is missing in\n%s", args, code, want, text)
		}
	}
}

// TestRadiusAttacks: radius --attacks prints the distances of every attack beside the exact one, and keeps them.
func TestRadiusAttacks(t *testing.T) {
	out := filepath.Join(t.TempDir(), "distances.json")
	text := must(t, tightrope(t, "radius", onDigits, "--samples", "2", "--attacks", "--tolerance", "0.01",
		"--pgd-steps", "10", "--pgd-restarts", "0", "--square-queries", "30", "--out", out))
	for _, w := range []string{"exact at least", "PGD at", "APGD-CE at", "APGD-DLR at", "Square, 30 queries",
		"median / exact"} {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing in\n%s", w, text)
		}
	}
	r, err := record.Read(out)
	if err != nil || !r.IsDistances() || len(r.Distances.Images) != 2 {
		t.Fatalf("%v: %+v", err, r)
	}
	for _, i := range r.Distances.Images {
		for k, f := range i.Found {
			if f != 0 && f < i.Lower {
				t.Errorf("image %d: %s at %v, robust up to %v", i.Index, r.Distances.Names[k], f, i.Lower)
			}
		}
	}
	if text, code := output(t, tightrope(t, "radius", onDigits, "--attacks", "--pgd-loss", "ce")); code != 1 {
		t.Errorf("--pgd-loss with --attacks: exit code %d\n%s", code, text)
	}
}

// TestSmooth: smooth says with every number which confidence it has and never that something is proved; the same seed
// gives the same record, --from adds to one without drawing, and what makes no sense is refused.
func TestSmooth(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "a.json"), filepath.Join(dir, "b.json")
	args := []string{"smooth", onDigits, "--sigma", "0.1", "--samples", "6", "--n", "150", "--predict", "--out"}
	text := must(t, tightrope(t, append(args, first)...))
	for _, w := range []string{"certified accuracy %, with confidence 0.999 for each image", "abstained:",
		"predicted: ", "α = 0.001, 6 images", "data digits (file)"} {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing in\n%s", w, text)
		}
	}
	if strings.Contains(strings.ToLower(text), "prove") {
		t.Errorf("something is proved:\n%s", text)
	}
	must(t, tightrope(t, append(args, second)...))
	a, err := record.Read(first)
	if err != nil {
		t.Fatal(err)
	}
	b, err := record.Read(second)
	if err != nil || !reflect.DeepEqual(a.Smoothing, b.Smoothing) {
		t.Errorf("the same seed gives another record: %v", err)
	}
	kept := must(t, tightrope(t, "smooth", onDigits, "--from", first, "--out", second))
	if !strings.Contains(kept, "with confidence 0.999") {
		t.Errorf("from a record:\n%s", kept)
	}
	if b, err = record.Read(second); err != nil {
		t.Fatal(err)
	}
	if latest, _ := record.Latest([]*record.Record{a, b}); len(latest) != 1 || latest[0] != b {
		t.Errorf("the record that was continued is not the latest: %+v", latest)
	}
	for want, wrong := range map[string][]string{
		"sigma": {}, "--alpha 0": {"--sigma", "0.1", "--alpha", "0"},
		"make it first": {"--sigma", "0.1", "--out", filepath.Join(dir, "missing", "x.json")},
		"no record":     {"--from", filepath.Join(dir, "c.json")},
		"--beside":      {"--from", first, "--beside", first},
	} {
		text, code := output(t, tightrope(t, append([]string{"smooth", onDigits, "--samples", "2"}, wrong...)...))
		if code != 1 || !strings.Contains(text, want) {
			t.Errorf("%v: exit code %d, %q is missing in\n%s", wrong, code, want, text)
		}
	}
}

// TestFoundInHelp: the names that a reader looks for stand in the help of the commands where they belong.
func TestFoundInHelp(t *testing.T) {
	for command, words := range map[string][]string{"": {"smooth"}, "eval": {"apgd", "square", "auto"},
		"attack": {"apgd", "square"}, "radius": {"apgd", "square", "--attacks"}, "smooth": {"confidence", "Cohen"},
		"train": {"smooth", "noise"}} {
		args := []string{"--help"}
		if command != "" {
			args = []string{command, "--help"}
		}
		text := must(t, tightrope(t, args...))
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("the help of %q lacks %q", command, w)
			}
		}
	}
}
