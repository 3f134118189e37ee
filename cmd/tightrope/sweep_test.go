//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tightrope/pkg/queue"
	"tightrope/pkg/record"
)

// small is a sweep of twelve runs on digits, a second each.
func small(out string, more ...string) []string {
	return append([]string{"sweep", "mlp-2x100/digits", "--arch", "fc16 fc10", "--lambda", "0,0.1", "--gamma", "0,1",
		"--seeds", "0-2", "--epochs", "40",
		"--train-samples", "300", "--validation", "100", "--test-samples", "100", "--pgd-steps", "5", "--curve-samples",
		"50", "--out", out}, more...)
}

// numbers are a record's results, without what two equal runs may differ in.
func numbers(t *testing.T, path string) string {
	t.Helper()
	r, err := record.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Epochs {
		r.Epochs[i].Seconds = 0
	}
	content, err := json.Marshal([]any{r.Name, r.Recipe, r.Seed, r.Epochs, r.Results, r.Curve, r.Tightness, r.Notes})
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestKilledSweep kills workers and parents with -9 at random moments, repeats the command after every death of a
// parent, and gets the table of an undisturbed sweep: no run lost, none done twice, no record half-written.
func TestKilledSweep(t *testing.T) {
	calm, out := t.TempDir(), t.TempDir()
	start := time.Now()
	must(t, tightrope(t, small(calm, "--workers", "2")...))
	pause := time.Since(start) / 14
	kills := []string{"parent", "parent", "parent", "parent", "worker", "worker", "worker", "worker", "worker",
		"worker"}
	rand.Shuffle(len(kills), func(i, k int) { kills[i], kills[k] = kills[k], kills[i] })
	seen := newRecords(t, out)
	parent := begin(t, out)
	for _, victim := range kills {
		seen.watch(time.Duration(rand.Float64() * 2 * float64(pause)))
		if victim == "worker" {
			for !killWorker(t, out) {
				if seen.watch(5 * time.Millisecond); len(seen.hashes) == 12 {
					t.Fatal("the sweep ended before all kills: make its runs longer")
				}
			}
			continue
		}
		orphans := owners(out)
		parent.Process.Kill()
		parent.Wait()
		gone(t, orphans)
		parent = begin(t, out)
	}
	if err := parent.Wait(); err != nil {
		t.Errorf("the last parent: %v\n%s", err, parent.Stdout)
	}
	seen.watch(0)
	compare(t, out, calm)
}

// begin starts the sweep.
func begin(t *testing.T, out string) *exec.Cmd {
	t.Helper()
	cmd := tightrope(t, small(out, "--workers", "2")...)
	cmd.Stdout, cmd.Stderr = &bytes.Buffer{}, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// owners are the processes that work on runs.
func owners(out string) (pids []int) {
	runs, _ := filepath.Glob(filepath.Join(out, "mlp*"))
	for _, run := range runs {
		if s, err := queue.Look(run); err == nil && (s.Status == queue.Claimed || s.Status == queue.Running) &&
			syscall.Kill(s.Host.PID, 0) == nil {
			pids = append(pids, s.Host.PID)
		}
	}
	return pids
}

func killWorker(t *testing.T, out string) bool {
	t.Helper()
	pids := owners(out)
	if len(pids) == 0 {
		return false
	}
	return syscall.Kill(pids[rand.IntN(len(pids))], syscall.SIGKILL) == nil
}

// gone waits for workers to notice that their parent has died.
func gone(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		for end := time.Now().Add(30 * time.Second); running(pid); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("worker %d goes on 30 s after its parent was killed", pid)
			}
		}
	}
}

// running reports whether a process works; an orphan that has ended may stay as a zombie if nobody waits for orphans.
func running(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}

// records are the results that have been seen in a folder, by run.
type records struct {
	t      *testing.T
	out    string
	hashes map[string]string
}

func newRecords(t *testing.T, out string) *records {
	return &records{t, out, map[string]string{}}
}

// watch looks at the records for some time: each must be whole when it appears, and never change.
func (r *records) watch(d time.Duration) {
	r.t.Helper()
	for end := time.Now().Add(d); ; time.Sleep(2 * time.Millisecond) {
		paths, _ := filepath.Glob(filepath.Join(r.out, "mlp*", "record.json"))
		for _, path := range paths {
			got, err := record.Read(path)
			if err != nil {
				r.t.Errorf("a record that is not whole: %v", err)
				continue
			}
			if before := r.hashes[path]; before != "" && before != got.Hash {
				r.t.Errorf("%s was written twice", path)
			}
			r.hashes[path] = got.Hash
		}
		if time.Now().After(end) {
			return
		}
	}
}

// compare checks a sweep against an undisturbed one.
func compare(t *testing.T, out, calm string) {
	t.Helper()
	for _, table := range []string{"sweep.csv", "sweep.md"} {
		if got, want := read(t, out, table), read(t, calm, table); got != want {
			t.Errorf("%s:\n%s\nundisturbed:\n%s", table, got, want)
		}
	}
	runs, _ := filepath.Glob(filepath.Join(calm, "mlp*"))
	if len(runs) != 12 {
		t.Fatalf("%d runs, want 12", len(runs))
	}
	claims := 0
	for _, run := range runs {
		dir := filepath.Join(out, filepath.Base(run))
		if got, want := numbers(t, dir), numbers(t, run); got != want {
			t.Errorf("%s: %s\nundisturbed: %s", dir, got, want)
		}
		history, err := queue.History(dir)
		if err != nil {
			t.Fatal(err)
		}
		closed(t, dir, history)
		claims += len(history)
	}
	t.Logf("%d claims for 12 runs", claims)
}

// closed checks that a run with a record was said to be done, once and last, and that nothing is left behind. Its
// worker may also have been killed after it had written the record, and before it could say so: then nobody claims the
// run again, because the record is there.
func closed(t *testing.T, dir string, history []queue.State) {
	t.Helper()
	done := 0
	for _, s := range history {
		if s.Status == queue.Done {
			done++
		}
	}
	last := history[len(history)-1]
	killed := last.Status == queue.Running && !running(last.Host.PID)
	if !killed && (done != 1 || last.Status != queue.Done) || killed && done != 0 {
		t.Errorf("%s was done %d times: %+v", dir, done, history)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*tmp")); len(left) > 0 && !killed {
		t.Errorf("left behind: %v", left)
	}
}
