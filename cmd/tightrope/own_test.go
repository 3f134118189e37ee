package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tightrope/pkg/model"
	"tightrope/pkg/record"
)

// bars writes a table of images of 6 x 6 pixels with a bright bar, whose place is the class.
func bars(t *testing.T, samples int) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(7, 7))
	var b strings.Builder
	b.WriteString("label")
	for j := range 36 {
		fmt.Fprintf(&b, ",p%d", j)
	}
	for i := range samples {
		class := i % 3
		fmt.Fprintf(&b, "\n%d", class)
		for j := range 36 {
			v := rng.IntN(60)
			if j/12 == class {
				v += 180
			}
			fmt.Fprintf(&b, ",%d", v)
		}
	}
	path := filepath.Join(t.TempDir(), "bars.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOwnData trains on a user's own table, measures the network on the same split with no flag, verifies it and checks
// the certificates by the command that verify prints.
func TestOwnData(t *testing.T) {
	table, out := bars(t, 150), t.TempDir()
	text := must(t, tightrope(t, "train", "mlp-2x100/digits", "--data", table, "--arch", "fc8 fc3", "--epochs", "4",
		"--eps", "0.02", "--pgd-steps", "0", "--curve-samples", "5", "--out", out, "--resume"))
	for _, note := range []string{`column "label" is read as the label`, "36 inputs are read as an image of 6 x 6 " +
		"pixels", "divided by 255"} {
		if !strings.Contains(text, note) {
			t.Errorf("want %q in\n%s", note, text)
		}
	}
	r, err := record.Read(out)
	if err != nil {
		t.Fatal(err)
	}
	want := r.Results[record.Test]
	if want.Samples != 30 || r.Dataset.Name != table {
		t.Errorf("%d test samples of %s", want.Samples, r.Dataset.Name)
	}
	trained := filepath.Join(out, "model.safetensors")
	text = must(t, tightrope(t, "eval", trained))
	if cells := row(text); cells[len(cells)-2] != record.Percent(want.CertifiedError) {
		t.Errorf("certified error %s, at the end of training %v in\n%s", cells[len(cells)-2], want.CertifiedError, text)
	}
	spelled := filepath.Dir(table) + "/../" + filepath.Base(filepath.Dir(table)) + "/bars.csv"
	other := must(t, tightrope(t, "eval", trained, "--data", spelled))
	if !strings.Contains(other, "on 30 samples") || strings.Contains(other, "WARNING") {
		t.Errorf("the data of the training, spelled in another way, are taken for others:\n%s", other)
	}
	folder := filepath.Join(t.TempDir(), "v")
	text = must(t, tightrope(t, "verify", trained, "--samples", "10", "--out", folder, "--until", "crown"))
	_, pasted, found := strings.Cut(text, "check the certificates again with: tightrope ")
	if !found {
		t.Fatal(text)
	}
	must(t, tightrope(t, strings.Fields(pasted)...))
}

// TestOwnDataOfOthers: for a network that was not trained on them, all samples are for testing, and it is said; a seed
// divides them; what the network does not take is an error.
func TestOwnDataOfOthers(t *testing.T) {
	table := bars(t, 40)
	other := imported{text: "fc8 fc3", names: []string{"fc1", "fc2"}}.writeFor(t, 1, []int{1, 6, 6}, 3)
	for flags, samples := range map[string]string{"": "on 40 samples", "--seed 0": "on 8 samples"} {
		text := must(t, tightrope(t, append([]string{"eval", other, "--arch", "fc8 fc3", "--data", table, "--eps",
			"0.01"}, strings.Fields(flags)...)...))
		if !strings.Contains(text, samples) || strings.Contains(text, "WARNING") ||
			strings.Contains(text, "all 40 samples") != (flags == "") {
			t.Errorf("%s: want %q in\n%s", flags, samples, text)
		}
		folder := filepath.Join(t.TempDir(), "v")
		text = must(t, tightrope(t, append([]string{"verify", other, "--arch", "fc8 fc3", "--data", table, "--eps",
			"0.01", "--out", folder, "--until", "crown", "--workers", "1"}, strings.Fields(flags)...)...))
		_, pasted, _ := strings.Cut(text, "check the certificates again with: tightrope ")
		pasted = strings.ReplaceAll(strings.ReplaceAll(pasted, "'"+other+"'", "MODEL"), "'fc8 fc3'", "ARCH")
		words := strings.Fields(pasted)
		for i, w := range words {
			words[i] = strings.NewReplacer("MODEL", other, "ARCH", "fc8 fc3").Replace(w)
		}
		must(t, tightrope(t, words...))
	}
	text, code := output(t, tightrope(t, "eval", saved(t, model.Origin{Data: "digits", Seed: ptr(uint64(0))}), "--data",
		table))
	if code == 0 || !strings.Contains(text, "choose another --data") {
		t.Errorf("exit code %d\n%s", code, text)
	}
}
