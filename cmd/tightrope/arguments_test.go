package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tightrope/pkg/net"
)

// savedNetwork is a model file for digits.
func savedNetwork(t *testing.T) string {
	t.Helper()
	n, err := net.Named("mlp-2x10", []int{1, 8, 8}, 10)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := net.Save(path, n.Init(1)); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWrongArgumentsLeaveNoFolder: a command that is refused has made nothing, and works when it is corrected.
func TestWrongArgumentsLeaveNoFolder(t *testing.T) {
	model := savedNetwork(t)
	train := []string{"train", "mlp-2x100/digits", "--epochs", "1", "--train-samples", "100", "--test-samples", "20",
		"--pgd-samples", "5", "--curve-samples", "5", "--warmup", "0", "--ramp", "0", "--batch", "50"}
	ladder := []string{"ladder", model, "--data", "digits", "--image", "3", "--techniques", "ibp,fast-lin", "--eps",
		"0.01"}
	verify := []string{"verify", model, "--data", "digits", "--samples", "2", "--eps", "0.001", "--until", "fast-lin"}
	for _, c := range []struct{ command, wrong []string }{
		{train, []string{"--arch", "fc100 fc"}},
		{train, []string{"--memory", "1KiB"}},
		{train, []string{"--batch", "101"}},
		{train, []string{"--arch", "fc5 fc9"}},
		{train, []string{"--ramp", "3"}},
		{train, []string{"--devices", "3"}},
		{train, []string{"--backend", "xyz"}},
		{train, []string{"--memory", "lots"}},
		{ladder, []string{"--class", "77"}},
		{ladder, []string{"--class", "10"}},
		{ladder, []string{"--techniques", "lp", "--norm", "l2"}},
		{ladder, []string{"--per-program", "0s"}},
		{ladder, []string{"--backend", "xyz"}},
		{verify, []string{"--until", "lq"}},
		{verify, []string{"--per-image", "0s"}},
		{verify, []string{"--backend", "xyz"}},
		{verify, []string{"--norm", "l3"}},
	} {
		out := filepath.Join(t.TempDir(), "run")
		right := append(slices.Clone(c.command), "--out", out)
		text, code := output(t, tightrope(t, append(slices.Clone(right), c.wrong...)...))
		if code != 1 || strings.Count(text, "tightrope: ") != 1 || strings.Contains(text, "goroutine") {
			t.Errorf("%s %v: exit code %d\n%s", c.command[0], c.wrong, code, text)
		}
		if _, err := os.Stat(out); !os.IsNotExist(err) {
			t.Errorf("%s %v left %s: %v", c.command[0], c.wrong, out, err)
		}
		if c.command[0] != "train" || c.wrong[0] == "--arch" {
			must(t, tightrope(t, right...))
		}
	}
}
