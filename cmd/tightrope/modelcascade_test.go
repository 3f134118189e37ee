package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCascadeOfModels trains a cascade of models, continues it, measures it, verifies it and checks the certificates;
// what the clean choice does not prove is said in every print.
func TestCascadeOfModels(t *testing.T) {
	dir := t.TempDir()
	out, proofs := filepath.Join(dir, "cascade"), filepath.Join(dir, "proofs")
	train := []string{"train", "mlp-2x100/digits-ibp", "--cascade", "2", "--arch", "fc16 fc10", "--epochs", "6",
		"--eps", "0.05", "--train-samples", "300", "--validation", "100", "--validate-every", "0", "--pgd-steps", "3",
		"--test-samples", "60", "--seed", "3", "--out", out}
	trained := must(t, tightrope(t, train...))
	for _, want := range []string{"member 2 of 2", "cascade of 2", "NO bound of the cascade's error"} {
		if !strings.Contains(trained, want) {
			t.Errorf("train does not say %q:\n%s", want, trained)
		}
	}
	if again := must(t, tightrope(t, append(train, "--resume")...)); !strings.Contains(again, "has ended already") {
		t.Errorf("gone on: %s", again)
	}
	measured := must(t, tightrope(t, "eval", out, "--samples", "60", "--pgd-steps", "3", "--pgd-step-size",
		"0.01")) // the recipe's
	lines := func(text string) string { return text[strings.Index(text, "no member certifies"):] }
	if !strings.Contains(trained, strings.TrimSpace(lines(measured))) {
		t.Errorf("eval says\n%s\nafter train said\n%s", measured, trained)
	}
	verified := must(t, tightrope(t, "verify", out, "--samples", "20", "--until", "bab", "--out", proofs))
	checked := must(t, tightrope(t, "check", proofs, "--model", out, "--data", "digits", "--seed", "3"))
	for _, text := range []string{verified, checked} {
		if !strings.Contains(text, "NOT about the cascade at other inputs") || !strings.Contains(text, "of 20 images") {
			t.Errorf("proofs without their limits:\n%s", text)
		}
	}
	must(t, tightrope(t, "check", filepath.Join(proofs, "member-2"), "--model",
		filepath.Join(out, "member-2", "model.safetensors")))
	cascadeRefusals(t, out, proofs)
}

// cascadeRefusals are commands that must fail with one line that says what to do.
func cascadeRefusals(t *testing.T, out, proofs string) {
	t.Helper()
	for want, args := range map[string][]string{
		"at least 2":                {"train", "mlp-2x100/digits", "--cascade", "1", "--out", out + "1"},
		"--data":                    {"check", proofs, "--model", out},
		"for the folders of single": {"check", proofs, "--model", out, "--data", "digits", "--exact"},
		"no cascade of models":      {"check", proofs, "--model", proofs, "--data", "digits"},
		"in one process":            {"verify", out, "--workers", "2", "--out", proofs + "2"},
		"measured on one device":    {"eval", out, "--devices", "2"},
		"trains on one device": {"train", "mlp-2x100/digits", "--cascade", "2", "--devices", "2", "--out",
			out + "2"},
		"is another network than":     {"eval", swapped(t, out)},
		"domain \"cube\": use one of": {"train", "mlp-2x100/digits-diffai", "--domain", "cube", "--out", out + "3"},
	} {
		text, code := output(t, tightrope(t, args...))
		last := text[strings.LastIndex(strings.TrimSpace(text), "\n")+1:]
		if code != 1 || !strings.Contains(last, want) {
			t.Errorf("%q: exit code %d, want an error with %q\n%s", args, code, want, text)
		}
	}
}

// swapped is a cascade whose second member was replaced by its first.
func swapped(t *testing.T, out string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(out)); err != nil {
		t.Fatal(err)
	}
	model, err := os.ReadFile(filepath.Join(out, "member-1", "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "member-2", "model.safetensors"), model, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestHelpNamesMethods: what a reader looks for by its name is found in the help of the command where it belongs.
func TestHelpNamesMethods(t *testing.T) {
	for word, commands := range map[string][]string{"diffai": {"train", "sweep"}, "--cascade": {"train", "eval"},
		"hybrid-zonotope": {"eval"}, "hybrid-boxed": {"eval"}, "cascade of models": {"train", "eval", "verify",
			"check"}} {
		for _, command := range commands {
			text := strings.Join(strings.Fields(must(t, tightrope(t, command, "--help"))), " ")
			if !strings.Contains(text, word) {
				t.Errorf("the help of %s does not name %s", command, word)
			}
		}
	}
	if text := must(t, tightrope(t, "recipes")); !strings.Contains(text, "mlp-2x100/mnist-diffai-box") {
		t.Error("the recipes do not list DiffAI")
	}
}
