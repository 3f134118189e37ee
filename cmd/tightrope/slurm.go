package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tightrope/pkg/queue"
	"tightrope/pkg/slurm"
)

// slurmFlags send tasks to a cluster.
type slurmFlags struct {
	cluster string
	detach  bool
}

func (f *slurmFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.cluster, "slurm", "", "submit a Slurm job array with one task for each run; the value "+
		"is a TOML file that describes the cluster (docs/scale.md)")
	cmd.Flags().BoolVar(&f.detach, "detach", false, "with --slurm: do not wait for the job; repeat the command to "+
		"see its progress")
}

// slurmEvery is how often Slurm is asked.
const slurmEvery = 10 * time.Second

// submit submits the tasks that are not done, and waits for them unless it was told not to. list is the file that names
// them, flags are for each worker.
func (f *slurmFlags) submit(cmd *cobra.Command, name, list string, flags []string, tasks []queue.Task) error {
	config, err := slurm.ReadConfig(f.cluster)
	if err != nil {
		return err
	}
	left, err := undone(tasks)
	if err != nil || len(left) == 0 {
		return err
	}
	self, err := program()
	if err != nil {
		return err
	}
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	array := slurm.Array{Name: name, Tasks: left, Program: append([]string{self, "work", list}, flags...), Folder: here,
		Log: strings.TrimSuffix(list, ".json") + ".slurm"}
	job, attached, err := config.Submit(cmd.Context(), strings.TrimSuffix(list, ".json")+".slurm.sh", array)
	if err != nil {
		return err
	}
	if attached {
		fmt.Fprintf(cmd.OutOrStdout(), "Slurm job %s has been working on it since %s\n", job.ID,
			job.Submitted.Format(time.DateTime))
	} else {
		fmt.Fprintf(cmd.OutOrStdout(), "submitted Slurm job %s: %d tasks; their logs are %s-*.log\n", job.ID, len(left),
			array.Log)
	}
	if f.detach {
		return errDetached
	}
	return f.wait(cmd, job, tasks)
}

// errDetached ends a command that does not wait for its job, without a table.
var errDetached = errors.New("detached")

// undone are the numbers of the tasks that are not done.
func undone(tasks []queue.Task) (numbers []int, err error) {
	for i := range tasks {
		done, err := tasks[i].Done()
		if err != nil {
			return nil, err
		}
		if !done {
			numbers = append(numbers, i)
		}
	}
	return numbers, nil
}

// wait shows how far the tasks are until all are done or nothing of the job is left.
func (f *slurmFlags) wait(cmd *cobra.Command, job slurm.Job, tasks []queue.Task) error {
	w := newWatch(cmd.OutOrStdout(), tasks)
	watching, stop := context.WithCancel(cmd.Context())
	ended := w.follow(watching)
	defer func() { stop(); <-ended; w.look(true) }()
	for {
		if left, err := undone(tasks); err != nil || len(left) == 0 {
			return err
		}
		queued, err := job.Left(cmd.Context())
		switch {
		case cmd.Context().Err() != nil:
			return fmt.Errorf("no longer waiting for Slurm job %s, which continues: repeat the command to see its "+
				"progress, or end it with scancel %s (%w)", job.ID, job.ID, cmd.Context().Err())
		case err != nil:
			w.say(fmt.Sprintf("Slurm does not answer (%v): trying again", err))
		case queued == 0:
			return lost(tasks)
		}
		select {
		case <-cmd.Context().Done():
		case <-time.After(slurmEvery):
		}
	}
}

// lost says what a job that has ended did not do.
func lost(tasks []queue.Task) error {
	err := queue.Failures(tasks)
	if err == nil {
		return nil
	}
	return fmt.Errorf("the Slurm job has ended, but %w: look into the logs, then repeat the command", err)
}
