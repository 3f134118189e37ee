package slurm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"tightrope/pkg/record"
)

// Job is a job array that was submitted, as it is kept beside its script.
type Job struct {
	ID        string    `json:"id"`
	Tasks     []int     `json:"tasks"`
	Submitted time.Time `json:"submitted"`
}

// Submit writes the array's script to a file and submits it. Where the job that the file was submitted for before has
// not ended yet, that one is returned, and attached is true. It returns an error if the file cannot be written, and
// if sbatch fails.
func (c Config) Submit(ctx context.Context, script string, a Array) (job Job, attached bool, err error) {
	lock := flock.New(script + ".lock")
	if err := lock.Lock(); err != nil {
		return job, false, record.Explain(lock.Path(), err)
	}
	defer lock.Unlock()
	if job, err = readJob(script); err != nil {
		return job, false, err
	}
	if job.ID != "" {
		left, err := job.Left(ctx)
		if err != nil || left > 0 {
			return job, true, err
		}
	}
	if err := record.WriteAtomic(script, []byte(c.Script(a))); err != nil {
		return job, false, err
	}
	out, err := slurm(ctx, "sbatch", "--parsable", script)
	if err != nil {
		return job, false, err
	}
	id, _, _ := strings.Cut(strings.TrimSpace(out), ";") // a cluster's name may follow
	job = Job{ID: id, Tasks: a.Tasks, Submitted: time.Now().UTC().Truncate(time.Second)}
	content, err := json.Marshal(job)
	if err == nil {
		err = record.WriteAtomic(jobPath(script), append(content, '\n'))
	}
	return job, false, err
}

func jobPath(script string) string { return script + ".job" }

// readJob reads the job of a script; without one its ID is empty.
func readJob(script string) (job Job, err error) {
	content, err := os.ReadFile(jobPath(script))
	if errors.Is(err, os.ErrNotExist) {
		return job, nil
	}
	if err != nil {
		return job, err
	}
	if err := json.Unmarshal(content, &job); err != nil {
		return job, fmt.Errorf("%s is damaged (%w): look for the job with squeue, then delete the file",
			jobPath(script), err)
	}
	return job, nil
}

// Left is the number of tasks that wait or run. It returns an error if squeue fails.
func (j Job) Left(ctx context.Context) (int, error) {
	out, err := slurm(ctx, "squeue", "--noheader", "--array", "--format=%i", "--jobs="+j.ID)
	if err != nil && strings.Contains(err.Error(), "Invalid job id") { // Slurm has forgotten it
		return 0, nil
	}
	return len(strings.Fields(out)), err
}

// slurm runs one of Slurm's commands; its words are the error.
func slurm(ctx context.Context, name string, arguments ...string) (string, error) {
	var out, problem bytes.Buffer
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.Stdout, cmd.Stderr = &out, &problem
	err := cmd.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("%s not found: run this on a machine of the cluster that submits jobs, or use "+
			"--workers instead of --slurm", name)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %s (%w)", name, strings.Join(strings.Fields(problem.String()), " "), err)
	}
	return out.String(), nil
}
