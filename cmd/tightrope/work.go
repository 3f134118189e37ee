package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tightrope/pkg/measure"
	"tightrope/pkg/queue"
	"tightrope/pkg/recipe"
	"tightrope/pkg/train"
	"tightrope/pkg/verify"
)

// workFlags are what a sweep tells its workers.
type workFlags struct {
	worker  string
	task    int
	devices int
	child   bool
}

// workCommand is one worker of a sweep. It is started by sweep and by the script of a Slurm array.
func workCommand() *cobra.Command {
	f := &workFlags{}
	cmd := &cobra.Command{
		Use: "work LIST", Short: "Work on the runs of a sweep (started by sweep)", Hidden: true,
		Args: exactly("a list of runs", "tightrope work runs/.sweeps/0123456789ab.json"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	s := cmd.Flags()
	s.StringVar(&f.worker, "worker", "", "name of this worker")
	addCount(s, &f.task, "task", -1, -1, "number of the only run to work on, from 0; -1: all")
	addCount(s, &f.devices, "devices", 0, 0, "devices that share each batch; 0: 1")
	s.BoolVar(&f.child, "child", false, "stop when the standard input closes")
	return cmd
}

func (f *workFlags) run(cmd *cobra.Command, list string) error {
	say := func(text string) { fmt.Fprintln(cmd.OutOrStdout(), text) }
	tasks, free, err := f.tasks(cmd, list, say)
	if err != nil {
		return err
	}
	defer free()
	if f.task >= len(tasks) {
		return fmt.Errorf("--task %d: %s lists %d tasks", f.task, list, len(tasks))
	}
	if f.task >= 0 {
		tasks = tasks[f.task : f.task+1]
	}
	return queue.Work(f.context(cmd), tasks, queue.Options{Worker: f.worker, Log: say})
}

// tasks reads a file that tells workers what to do: the job of a verification, or a list of runs.
func (f *workFlags) tasks(cmd *cobra.Command, list string, say func(string)) (
	tasks []queue.Task, free func(), err error) {
	backendName, _ := cmd.Flags().GetString("backend")
	dataDir, _ := cmd.Flags().GetString("data-dir")
	job, dir, err := verify.ReadJob(list)
	if err == nil {
		tasks, err := job.Tasks(dir, verify.Worker{Backend: backendName, DataDir: dataDir})
		return tasks, func() {}, err
	}
	if !errors.Is(err, verify.ErrNoJob) {
		return nil, nil, err
	}
	runs, err := recipe.ReadRuns(list)
	if err == nil && len(runs) == 0 {
		err = fmt.Errorf("%s lists no runs: repeat the command that wrote it, with this version of tightrope", list)
	}
	if err != nil {
		return nil, nil, err
	}
	o := recipe.Options{Devices: f.devices, Out: filepath.Dir(filepath.Dir(list)), Compiled: &train.Compiled{},
		Evaluations: &measure.Compiled{}, Backend: backendName, DataDir: dataDir, Log: say}
	return recipe.Tasks(runs, o), func() { o.Compiled.Close(); o.Evaluations.Close() }, nil
}

// context ends with the parent of a child.
func (f *workFlags) context(cmd *cobra.Command) context.Context {
	if !f.child {
		return cmd.Context()
	}
	return queue.UntilClosed(cmd.Context(), os.Stdin)
}
