package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tightrope/pkg/queue"
	"tightrope/pkg/recipe"
	"tightrope/pkg/train"
)

// work makes the runs by several processes of this machine.
func (f *sweepFlags) work(cmd *cobra.Command, runs []recipe.Recipe) error {
	list, tasks, err := f.prepare(runs)
	if err != nil {
		return err
	}
	o := processes{count: f.workers, grace: f.deadline.grace(),
		log: func(worker int) string { return fmt.Sprintf("%s.worker%d.log", list, worker) }}
	o.arguments = func(worker int) []string {
		return append([]string{"work", list, "--child", "--worker", fmt.Sprint(worker)}, f.forWorkers(cmd)...)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%d runs, %d workers; their logs are %s\n",
		len(tasks), f.workers, list+".worker*.log")
	err = o.run(cmd, tasks)
	if errors.Is(err, train.ErrInterrupted) || cmd.Context().Err() != nil {
		return fmt.Errorf("sweep stopped: run the same command again to continue (%w)", cmd.Context().Err())
	}
	return err
}

// submit makes the runs on a cluster.
func (f *sweepFlags) submit(cmd *cobra.Command, runs []recipe.Recipe) error {
	list, tasks, err := f.prepare(runs)
	if err != nil {
		return err
	}
	return f.cluster.submit(cmd, "tightrope-sweep", list, f.forWorkers(cmd), tasks)
}

// forWorkers are the flags that are not part of the runs.
func (f *sweepFlags) forWorkers(cmd *cobra.Command) []string {
	arguments := shared(cmd)
	if f.devices != 0 {
		arguments = append(arguments, "--devices", fmt.Sprint(f.devices))
	}
	return arguments
}

// prepare checks what can fail before anything is started, writes the list of runs, and gives those that failed another
// chance.
func (f *sweepFlags) prepare(runs []recipe.Recipe) (list string, tasks []queue.Task, err error) {
	if err := recipe.CheckFolders(f.out, runs); err != nil {
		return "", nil, err
	}
	out, err := filepath.Abs(f.out)
	if err != nil {
		return "", nil, err
	}
	if list, err = recipe.WriteRuns(out, runs); err != nil {
		return "", nil, err
	}
	tasks = recipe.Tasks(runs, recipe.Options{Out: out})
	for _, t := range tasks {
		if err := queue.Retry(t.Dir); err != nil {
			return "", nil, err
		}
	}
	return list, tasks, nil
}

// shared are the flags of all commands that a worker needs.
func shared(cmd *cobra.Command) []string {
	var arguments []string
	for _, name := range []string{"backend", "data-dir"} {
		if value, _ := cmd.Flags().GetString(name); value != "" {
			if name == "data-dir" {
				if path, err := filepath.Abs(value); err == nil {
					value = path
				}
			}
			arguments = append(arguments, "--"+name, value)
		}
	}
	return arguments
}

// program is the file of this program.
func program() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("cannot find the program's own file to start workers: %w", err)
	}
	return path, nil
}
