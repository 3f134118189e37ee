//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"tightrope/pkg/recipe"
)

// written writes a queue file.
func written(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "queue.toml")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// readQueue reads a queue with the flags that were given to sweep.
func readQueue(file string, given ...string) ([]recipe.Recipe, *queueFlags, error) {
	f := &sweepFlags{}
	cmd := &cobra.Command{}
	f.declare(cmd)
	if err := cmd.ParseFlags(given); err != nil {
		return nil, nil, err
	}
	f.queue.file = file
	runs, err := f.queue.read(cmd)
	return runs, &f.queue, err
}

// TestQueueOverrides: an entry's overrides do what the flags of train do.
func TestQueueOverrides(t *testing.T) {
	runs, q, err := readQueue(written(t, `
[[runs]]
recipe = "mlp-2x100/digits"
gamma = [0, 1]
seeds = [2]
hours = 0.5
[runs.set]
epochs = 20
eps = 0.05
curve = [0, 0.05]
no-box = true
arch = "fc16 fc10"
`))
	if err != nil || len(runs) != 2 {
		t.Fatalf("%d runs, error %v", len(runs), err)
	}
	r := runs[1]
	if r.Train.Epochs != 20 || r.Train.Ramp != 5 || r.Train.Eps != 0.05 || len(r.Eval.Curve) != 2 ||
		r.Train.Box != nil || r.Arch != "fc16 fc10" || r.Scale != "custom" || r.Train.Gamma != 1 || r.Train.Seed != 2 {
		t.Errorf("run %+v", r)
	}
	if q.hours[r.RunName()] != 0.5 {
		t.Errorf("hours %v", q.hours)
	}
}

// TestQueueErrors: a mistake in the file, or a flag that the file has in itself, is refused with what to do.
func TestQueueErrors(t *testing.T) {
	entry := func(more string) string { return "[[runs]]\nrecipe = \"mlp-2x100/digits\"\n" + more }
	for content, word := range map[string]string{
		entry("[runs.set]\nepoch = 3"):         "tightrope train --help",
		entry("[runs.set]\nlambda = 3"):        "--lambda",
		entry("[runs.set]\nepochs = \"many\""): "set",
		entry("[runs.set]\ndevices = 2"):       "sweep",
		entry("scale = \"huge\""):              "quick or paper",
		"[[runs]]\nrecipe = \"none\"":          "no recipe",
		entry("") + entry("scale = \"paper\""): "two forms",
	} {
		if _, _, err := readQueue(written(t, content)); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%q: error %v, want one with %q", content, err, word)
		}
	}
	for _, flag := range []string{"--epochs=3", "--gamma=1", "--seeds=0", "--pair", "--scale=paper", "--curve=0.1"} {
		if _, _, err := readQueue(written(t, entry("")), flag); err == nil ||
			!strings.Contains(err.Error(), "leave out") {
			t.Errorf("%s beside --queue: error %v", flag, err)
		}
	}
}

// TestCommittedQueues: the queues of tools/gpu are valid, and the first visit's begins with the five pairs at eps 0.1.
func TestCommittedQueues(t *testing.T) {
	files, err := filepath.Glob("../../tools/gpu/*.toml")
	if err != nil || len(files) < 2 {
		t.Fatalf("%v, error %v", files, err)
	}
	for _, file := range files {
		runs, _, err := readQueue(file)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		for _, r := range runs {
			if err := r.Validate(); err != nil {
				t.Errorf("%s: %s: %v", file, r.RunName(), err)
			}
		}
		if filepath.Base(file) != "queue.toml" {
			continue
		}
		for i, r := range runs[:10] {
			if want := fmt.Sprintf("mlp-2x100-mnist-paper-lambda0-gamma%d-seed%d", i%2*2, i/2); r.RunName() != want {
				t.Errorf("run %d is %s, want %s", i, r.RunName(), want)
			}
		}
	}
}

// quickQueue has two runs of some seconds.
const quickQueue = `
[[runs]]
recipe = "mlp-2x100/digits"
gamma = [0, 1]
seeds = [0]
hours = 2
[runs.set]
arch = "fc16 fc10"
epochs = 200
train-samples = 300
validation = 100
test-samples = 100
pgd-steps = 5
curve-samples = 50
`

// TestDeadline stops a sweep of a queue again and again, with workers and without; it continues, and ends with the
// results of an undisturbed one.
func TestDeadline(t *testing.T) {
	file, calm, out := written(t, quickQueue), t.TempDir(), t.TempDir()
	start := time.Now()
	must(t, tightrope(t, "sweep", "--queue", file, "--out", calm))
	arguments := []string{"sweep", "--queue", file, "--out", out, "--for",
		max(time.Since(start)/4, 300*time.Millisecond).String()}
	stops := 0
	for k := 0; ; k++ {
		more := []string{"--workers", "2"}[:2*(k%2)]
		text := must(t, tightrope(t, append(arguments, more...)...))
		if strings.Contains(text, "2 of 2 runs are finished") {
			break
		}
		if stops++; !strings.Contains(text, "the deadline is reached") || stops > 60 {
			t.Fatalf("stop %d: %s", stops, text)
		}
	}
	if stops < 2 {
		t.Fatalf("%d stops: make the runs longer", stops)
	}
	for _, run := range []string{"gamma0", "gamma1"} {
		name := "mlp-2x100-digits-custom-lambda0-" + run + "-seed0"
		if got, want := numbers(t, filepath.Join(out, name)), numbers(t, filepath.Join(calm, name)); got != want {
			t.Errorf("%s: %s\nundisturbed: %s", run, got, want)
		}
	}
	text := must(t, tightrope(t, "sweep", "--queue", file, "--plan", "--out", out))
	if strings.Count(text, "done") != 2 {
		t.Errorf("plan: %s", text)
	}
	text = must(t, tightrope(t, "sweep", "--queue", file, "--plan", "--out", t.TempDir()))
	if strings.Count(text, "waiting") != 2 || !strings.Contains(text, "4") {
		t.Errorf("plan of nothing: %s", text)
	}
}

func TestNextTime(t *testing.T) {
	now := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"09:30":                now.Add(30 * time.Minute),
		"09:00":                now.AddDate(0, 0, 1),
		"08:59:30":             now.AddDate(0, 0, 1).Add(-30 * time.Second),
		"2026-05-03T01:00:00Z": time.Date(2026, 5, 3, 1, 0, 0, 0, time.UTC),
	} {
		if got, err := nextTime(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, error %v, want %v", text, got, err, want)
		}
	}
	if _, err := nextTime("soon", now); err == nil || !strings.Contains(err.Error(), "09:30") {
		t.Errorf("error %v", err)
	}
}

// TestShareCards: every worker gets a GPU, and those of one share its memory; no other backend has any.
func TestShareCards(t *testing.T) {
	for _, c := range []struct {
		name, visible string
		count         int
		want          string
	}{
		{"xla:cpu", "0", 3, "[]"},
		{"xla:cuda", "4,5", 2, "[{4 xla:cuda} {5 xla:cuda}]"},
		{"xla:cuda", "4", 3, "[{4 xla:cuda,memory_fraction=0.3} {4 xla:cuda,memory_fraction=0.3} {4 " +
			"xla:cuda,memory_fraction=0.3}]"},
		{"xla:cuda", "4,5", 3, "[{4 xla:cuda,memory_fraction=0.45} {5 xla:cuda,memory_fraction=0.45} {4 " +
			"xla:cuda,memory_fraction=0.45}]"},
		{"xla:cuda,memory_fraction=0.2", "4", 2, "[{4 xla:cuda,memory_fraction=0.2} {4 xla:cuda,memory_fraction=0.2}]"},
	} {
		t.Setenv("CUDA_VISIBLE_DEVICES", c.visible)
		if got := fmt.Sprint(shareCards(c.name, c.count)); got != c.want {
			t.Errorf("%d workers on %s, cards %s: %s, want %s", c.count, c.name, c.visible, got, c.want)
		}
	}
}
