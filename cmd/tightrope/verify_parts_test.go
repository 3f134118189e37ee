//go:build linux

package main

import (
	"bytes"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"tightrope/pkg/queue"
	"tightrope/pkg/record"
	"tightrope/pkg/verify/outcome"
)

// trained is a small network for digits.
func trained(t *testing.T) string {
	t.Helper()
	out := t.TempDir()
	must(t, tightrope(t, "train", "mlp-2x100/digits", "--seed", "3", "--arch", "fc16 fc10",
		"--epochs", "10", "--train-samples", "300", "--validation", "100", "--test-samples", "50",
		"--pgd-steps", "2", "--curve-samples", "20", "--out", out, "--resume"))
	return filepath.Join(out, "model.safetensors")
}

// verified are the decisions in a folder by image, without times and places.
func verified(t *testing.T, dir string) map[int]outcome.Decision {
	t.Helper()
	all, err := outcome.ReadDecisions(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[int]outcome.Decision{}
	for _, d := range all {
		if _, twice := found[d.Index]; twice {
			t.Errorf("image %d was decided twice", d.Index)
		}
		d.Seconds, d.Offset, d.Length = 0, 0, 0
		found[d.Index] = d
	}
	return found
}

// TestVerifyWorkers splits a verification over two processes, kills one of them and their parent, and gets the
// decisions, the errors and the certificates of one process. Data set and split are those of the network's file.
func TestVerifyWorkers(t *testing.T) {
	model := trained(t)
	one, many := t.TempDir(), t.TempDir()
	arguments := func(out string, more ...string) []string {
		return append([]string{"verify", model, "--samples", "90", "--eps", "0.06", "--until", "crown",
			"--skip", "ibp,crown-ibp", "--resume", "--out", out}, more...)
	}
	must(t, tightrope(t, arguments(one)...))
	parent := tightrope(t, arguments(many, "--workers", "2")...)
	var said bytes.Buffer
	parent.Stdout, parent.Stderr = &said, &said
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	for killed := false; !killed; time.Sleep(5 * time.Millisecond) {
		for _, pid := range workersAt(filepath.Join(many, ".parts", "images-*")) {
			killed = killed || syscall.Kill(pid, syscall.SIGKILL) == nil
		}
	}
	time.Sleep(300 * time.Millisecond)
	parent.Process.Kill()
	parent.Wait()
	text := must(t, tightrope(t, arguments(many, "--workers", "2")...))
	if recipe, err := outcome.ReadRecipe(many); err != nil || recipe.Seed != 3 || recipe.Data != "digits" {
		t.Errorf("%+v, %v: want the data and the split of the training", recipe, err)
	}
	if got, want := verified(t, many), verified(t, one); !reflect.DeepEqual(got, want) || len(got) != 90 {
		t.Errorf("%d decisions by two processes, %d by one:\n%v\n%v", len(got), len(want), got, want)
	}
	a, err := record.Read(one)
	if err != nil {
		t.Fatal(err)
	}
	b, err := record.Read(many)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a.Results, b.Results) {
		t.Errorf("results %+v by two processes, %+v by one\n%s", b.Results, a.Results, text)
	}
	if text := must(t, tightrope(t, "check", many, "--model", model)); !strings.Contains(text,
		"proved on the ball linf, eps 0.06") {
		t.Errorf("check:\n%s", text)
	}
}

// workersAt are the processes that work in folders.
func workersAt(pattern string) (pids []int) {
	folders, _ := filepath.Glob(pattern)
	for _, f := range folders {
		if s, err := queue.Look(f); err == nil && (s.Status == queue.Claimed || s.Status == queue.Running) {
			pids = append(pids, s.Host.PID)
		}
	}
	return pids
}
