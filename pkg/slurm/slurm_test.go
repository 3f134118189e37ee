package slurm

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestReadConfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cluster.toml")
	for content, want := range map[string]string{
		`partition = "gpu"`:              "",
		`lead = "90s"`:                   "",
		`partion = "gpu"`:                `no key "partion"`,
		`partition = "gpu`:               "line 1",
		`partition = "gpu; rm -rf"`:      "letters, digits",
		`gpus_per_task = -1`:             "gpus_per_task",
		`lead = "5ms"`:                   "at least a second",
		`extra = ["constraint=a100"]`:    "#SBATCH",
		"extra = [\"--a\\n#SBATCH -b\"]": "#SBATCH",
	} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := ReadConfig(path)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error %v, want %q", content, err, want)
		}
	}
}

func TestRanges(t *testing.T) {
	for want, numbers := range map[string][]int{"0": {0}, "0-3": {0, 1, 2, 3}, "1,3-4,9": {1, 3, 4, 9}, "2,4": {2, 4}} {
		if got := ranges(numbers); got != want {
			t.Errorf("ranges(%v) = %s, want %s", numbers, got, want)
		}
	}
}

func TestScript(t *testing.T) {
	c := Config{Partition: "gpu", Time: "2:00:00", CPUsPerTask: 4, GPUsPerTask: 1, Memory: "8G", Concurrent: 3,
		Lead: 30 * time.Second, Extra: []string{"--constraint=a100"}, Setup: []string{"module load cuda"}}
	script := c.Script(Array{Name: "sweep", Tasks: []int{0, 1, 5}, Program: []string{"/opt/a program", "it's"},
		Folder: "/a b", Log: "/logs/x"})
	for _, line := range []string{"#SBATCH --array=0-1,5%3", "#SBATCH --partition=gpu", "#SBATCH --time=2:00:00",
		"#SBATCH --cpus-per-task=4", "#SBATCH --mem=8G", "#SBATCH --gres=gpu:1",
		"#SBATCH --requeue", "#SBATCH --signal=B:TERM@30", `#SBATCH --output="/logs/x-%A_%a.log"`,
		"#SBATCH --constraint=a100", "cd '/a b' || exit 1", "module load cuda",
		`'/opt/a program' 'it'\''s' --task "$SLURM_ARRAY_TASK_ID" --worker "$task" &`} {
		if !strings.Contains(script, line+"\n") {
			t.Errorf("the script lacks %q:\n%s", line, script)
		}
	}
	if strings.LastIndex(script, "#SBATCH") > strings.Index(script, "cd ") {
		t.Error("Slurm reads no options behind the first command")
	}
}

// TestScriptRuns runs the script with stand-ins for Slurm's commands: a stop makes it wait for the program, which
// saves, and queue the task again unless it was cancelled.
func TestScriptRuns(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	for _, test := range []struct {
		state, program string
		code           int
		requeued       bool
	}{
		{"RUNNING", "trap 'sleep 0.3; echo saved >>log; exit 130' TERM; echo ready >>log; while :; do sleep 0.05; done",
			130, true},
		{"CANCELLED", "trap 'sleep 0.3; echo saved >>log; exit 130' TERM; echo ready >>log; while :; do sleep 0.05; " +
			"done", 130, false},
		{"RUNNING", "echo ready >>log; sleep 0.2; exit 1", 1, false},
		{"RUNNING", "echo ready >>log; sleep 0.2; exit 0", 0, false},
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{"squeue": "echo " + test.state,
			"scontrol": `echo "$@" >>"` + dir + `/log"`, "program": test.program} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("#!"+bash+"\n"+text+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		script := filepath.Join(dir, "script")
		os.WriteFile(script, []byte(Config{}.Script(Array{Name: "x", Tasks: []int{7},
			Program: []string{filepath.Join(dir, "program")}, Folder: dir})), 0o644)
		cmd := exec.Command(bash, script)
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "SLURM_ARRAY_JOB_ID=12",
			"SLURM_ARRAY_TASK_ID=7")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for log := ""; !strings.Contains(log, "ready"); time.Sleep(10 * time.Millisecond) {
			content, _ := os.ReadFile(filepath.Join(dir, "log"))
			log = string(content)
		}
		if test.code == 130 {

			cmd.Process.Signal(syscall.SIGTERM)
		}
		cmd.Wait()
		content, _ := os.ReadFile(filepath.Join(dir, "log"))
		if code := cmd.ProcessState.ExitCode(); code != test.code ||
			strings.Contains(string(content), "requeue 12_7") != test.requeued || test.code == 130 &&
			!strings.Contains(string(content), "saved") {
			t.Errorf("%+v: exit code %d, log:\n%s", test, code, content)
		}
	}
}

// TestSubmit submits to stand-ins: once, and again only when the job has ended.
func TestSubmit(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"sbatch": `echo x >>"` + dir + `/submitted"; echo "77;cluster"`,
		"squeue": `cat "` + dir + `/queue" 2>/dev/null || ` +
			`{ echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1; }`} {
		os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	script, array := filepath.Join(dir, "a.sh"),
		Array{Name: "x", Tasks: []int{0, 1}, Program: []string{"p"}, Folder: dir, Log: dir}
	for i, test := range []struct {
		queue    string
		attached bool
		count    int
	}{{"", false, 1}, {"77_1\n77_0\n", true, 1}, {"", false, 2}} {
		os.WriteFile(filepath.Join(dir, "queue"), []byte(test.queue), 0o644)
		job, attached, err := Config{}.Submit(context.Background(), script, array)
		submitted, _ := os.ReadFile(filepath.Join(dir, "submitted"))
		if err != nil || job.ID != "77" || attached != test.attached ||
			strings.Count(string(submitted), "x") != test.count {
			t.Errorf("%d: job %+v, attached %t, submitted %q, error %v", i, job, attached, submitted, err)
		}
	}
	os.Remove(filepath.Join(dir, "queue"))
	if left, err := (Job{ID: "77"}).Left(context.Background()); left != 0 || err != nil {
		t.Errorf("a forgotten job: %d tasks left, error %v", left, err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, _, err := (Config{}).Submit(context.Background(), filepath.Join(t.TempDir(), "b.sh"), array); err == nil ||
		!strings.Contains(err.Error(), "--workers") {
		t.Errorf("without Slurm: error %v", err)
	}
}
