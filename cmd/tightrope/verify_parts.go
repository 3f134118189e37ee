package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tightrope/pkg/queue"
	"tightrope/pkg/verify"
	"tightrope/pkg/verify/outcome"
)

// parts has other processes work on the parts of a job and merges what they decide into the folder. It returns their
// work, nil if the command does not wait for it.
func (f *verifyFlags) parts(cmd *cobra.Command, job *verify.Job) (*outcome.Summary, error) {
	if f.workers != 0 && f.cluster.cluster != "" {
		return nil, errors.New("--workers and --slurm exclude each other: the cluster decides how many tasks run at " +
			"the same time (concurrent in its TOML file)")
	}
	start := time.Now()
	list, err := job.Write(f.out)
	if err != nil {
		return nil, err
	}
	job, dir, err := verify.ReadJob(list)
	if err != nil {
		return nil, err
	}
	tasks := job.Watch(dir)
	for _, t := range tasks {
		if err := queue.Retry(t.Dir); err != nil {
			return nil, err
		}
	}
	if f.cluster.cluster != "" {
		err = f.cluster.submit(cmd, "tightrope-verify", list, shared(cmd), tasks)
	} else {
		err = f.processes(cmd, list, tasks)
	}
	if errors.Is(err, errDetached) {
		return nil, nil
	}
	if err != nil {
		return nil, interrupted(err)
	}
	work, err := job.Merge(dir)
	if err != nil {
		return nil, err
	}
	work.Seconds = time.Since(start).Seconds()
	return work, nil
}

func (f *verifyFlags) processes(cmd *cobra.Command, list string, tasks []queue.Task) error {
	o := processes{count: f.workers}
	o.log = func(worker int) string { return fmt.Sprintf("%s.worker%d.log", list, worker) }
	o.arguments = func(worker int) []string {
		return append([]string{"work", list, "--child", "--worker", fmt.Sprint(worker)}, shared(cmd)...)
	}
	return o.run(cmd, tasks)
}
