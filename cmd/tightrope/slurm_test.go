//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tightrope/pkg/queue"
)

// clusterEnv names the folder of a throw-away cluster that tools/slurm_cluster.sh has started; make test-slurm sets it.
const clusterEnv = "TIGHTROPE_SLURM_CLUSTER"

func onCluster(t *testing.T) string {
	t.Helper()
	folder := os.Getenv(clusterEnv)
	if folder == "" {
		t.Skip("needs a Slurm cluster: make test-slurm starts one")
	}
	t.Setenv("SLURM_CONF", filepath.Join(folder, "slurm.conf"))
	t.Setenv(asProgram, "1") // the array's tasks inherit it
	t.Setenv("GOMLX_BACKEND", "go")
	return folder
}

// shell runs one of Slurm's commands.
func shell(t *testing.T, words ...string) string {
	t.Helper()
	out, err := exec.Command(words[0], words[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(words, " "), err, out)
	}
	return string(out)
}

// until waits for something.
func until(t *testing.T, what string, sweep *bytes.Buffer, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(4 * time.Minute); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s; the sweep says:\n%s\n%s", what, sweep, shell(t, "squeue", "--array"))
		}
	}
}

// TestSlurmSweep submits an array, kills slurmd in the middle, preempts the tasks of one moment by a job of higher
// priority, stops one as its time limit would, and gets the table of an undisturbed sweep on this machine.
func TestSlurmSweep(t *testing.T) {
	folder := onCluster(t)
	calm, out := t.TempDir(), t.TempDir()
	size := []string{"--seeds", "0-2", "--epochs", "600"}
	must(t, tightrope(t, small(calm, append(size, "--workers", "2")...)...))
	cluster := filepath.Join(t.TempDir(), "cluster.toml")
	os.WriteFile(cluster, []byte("partition = \"low\"\ntime = \"30\"\ncpus_per_task = 1\nmemory = "+
		"\"100M\"\nconcurrent = 2\nlead = \"60s\"\n"), 0o644)
	var said bytes.Buffer
	sweep := tightrope(t, small(out, append(size, "--slurm", cluster)...)...)
	sweep.Stdout, sweep.Stderr = &said, &said
	if err := sweep.Start(); err != nil {
		t.Fatal(err)
	}
	defer sweep.Process.Kill()
	tool, _ := filepath.Abs("../../tools/slurm_cluster.sh")
	until(t, "two tasks run", &said, func() bool { return len(active(out)) == 2 })
	shell(t, tool, "slurmd-kill", folder)
	time.Sleep(2 * time.Second)
	shell(t, tool, "slurmd-start", folder)
	preempt(t, out, &said)
	stopOne(t, out, &said)
	if err := sweep.Wait(); err != nil {
		t.Fatalf("the sweep: %v\n%s", err, &said)
	}
	sameResults(t, out, calm, 12)
	t.Logf("\n%s", &said)
}

// active are the claims that are in work, by run.
func active(out string) map[string]queue.State {
	found := map[string]queue.State{}
	runs, _ := filepath.Glob(filepath.Join(out, "mlp*"))
	for _, run := range runs {
		if s, err := queue.Look(run); err == nil && s.Status == queue.Running {
			found[run] = s
		}
	}
	return found
}

// preempt has a job of higher priority take the whole node: the tasks save, and go on after it. On a fast machine they
// may have ended before Slurm gets to it: then the next ones are tried.
func preempt(t *testing.T, out string, said *bytes.Buffer) {
	t.Helper()
	for range 3 {
		if preempted(t, out, said) > 0 {
			return
		}
	}
	t.Error("no task was preempted: all had ended before: make the runs longer")
}

// preempted is how many tasks have given their runs back.
func preempted(t *testing.T, out string, said *bytes.Buffer) (back int) {
	t.Helper()
	var victims map[string]queue.State
	until(t, "a task runs", said, func() bool { victims = active(out); return len(victims) > 0 })
	shell(t, "sbatch", "--partition=high", "--ntasks=2", "--output=/dev/null", "--wrap=sleep 1")
	until(t, "the preempted tasks have given their runs back or ended", said, func() bool {
		for run, before := range victims {
			if s, err := queue.Look(run); err != nil || s.Number == before.Number && s.Status == queue.Running {
				return false
			}
		}
		return true
	})
	for run := range victims {
		if history, err := queue.History(run); err == nil && history[len(history)-1].Status != queue.Done {
			back++
		}
	}
	return back
}

// stopOne signals a task as Slurm does before the time limit: it saves and queues itself again.
func stopOne(t *testing.T, out string, said *bytes.Buffer) {
	t.Helper()
	var run string
	var before queue.State
	until(t, "a task takes the signal", said, func() bool {
		for run, before = range active(out) {
			return signalled(before.Worker)
		}
		return false
	})
	until(t, "the stopped task runs again", said, func() bool {
		s, err := queue.Look(run)
		return err == nil && s.Number > before.Number && s.Status != queue.Waiting
	})
	history, err := queue.History(run)
	if err != nil || history[before.Number-1].Status != queue.Waiting {
		t.Errorf("the stopped task did not give its run back: %+v (%v)", history, err)
	}
	if text := shell(t, "scontrol", "show", "job",
		before.Worker); !regexp.MustCompile(`Restarts=[1-9]`).MatchString(text) {
		t.Errorf("Slurm knows of no restart:\n%s", text)
	}
}

// signalled reports whether Slurm has sent SIGTERM to a task. It refuses for one that it is just about to stop or
// start, and scancel then tries again for a minute and a half, in which all tasks may end: it gets a second.
func signalled(task string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return exec.CommandContext(ctx, "scancel", "--batch", "--signal=TERM", task).Run() == nil
}

// sameResults compares a sweep with an undisturbed one.
func sameResults(t *testing.T, out, calm string, runs int) {
	t.Helper()
	if got, want := read(t, out, "sweep.csv"), read(t, calm, "sweep.csv"); got != want {
		t.Errorf("sweep.csv:\n%s\nundisturbed:\n%s", got, want)
	}
	all, _ := filepath.Glob(filepath.Join(calm, "mlp*"))
	if len(all) != runs {
		t.Fatalf("%d runs, want %d", len(all), runs)
	}
	for _, run := range all {
		if got, want := numbers(t, filepath.Join(out, filepath.Base(run))), numbers(t, run); got != want {
			t.Errorf("%s: %s\nundisturbed: %s", run, got, want)
		}
	}
}

// TestSlurmDetach submits, comes back while the job is at work, and collects; a run that fails is told of.
func TestSlurmDetach(t *testing.T) {
	onCluster(t)
	out := t.TempDir()
	cluster := filepath.Join(t.TempDir(), "cluster.toml")
	os.WriteFile(cluster, []byte("partition = \"low\"\nmemory = \"100M\"\n"), 0o644)
	size := []string{"--seeds", "0", "--epochs", "200", "--slurm", cluster}
	must(t, tightrope(t, small(out, append(size, "--detach")...)...))
	text := must(t, tightrope(t, small(out, size...)...))
	if !strings.Contains(text, "has been working on it since") || !strings.Contains(text, "4 of 4 runs are finished") {
		t.Errorf("the second command:\n%s", text)
	}
	text = must(t, tightrope(t, small(out, size...)...))
	if strings.Contains(text, "submitted") || !strings.Contains(text, "4 of 4 runs are finished") {
		t.Errorf("the third command:\n%s", text)
	}
	diverging := small(t.TempDir(), "--seeds", "0", "--lr", "1e30", "--epochs", "200", "--slurm", cluster)
	if text, code := output(t, tightrope(t, diverging...)); code != 1 ||
		!strings.Contains(text, "4 of 4 are not done") || !strings.Contains(text, "weights diverged") {
		t.Errorf("a sweep that diverges: exit code %d\n%s", code, fmt.Sprint(text))
	}
}
