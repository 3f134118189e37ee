package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tightrope/pkg/queue"
	"tightrope/pkg/recipe"
	"tightrope/pkg/train"
	"tightrope/pkg/verify"
)

// workFlags are what a sweep tells its workers.
type workFlags struct {
	worker string
	task   int
	child  bool
}

// workCommand is one worker of a sweep. It is started by sweep and by the script of a Slurm array.
func workCommand() *cobra.Command {
	f := &workFlags{}
	cmd := &cobra.Command{
		Use: "work LIST", Short: "Work on the runs of a sweep (started by sweep)", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	s := cmd.Flags()
	s.StringVar(&f.worker, "worker", "", "name of this worker")
	s.IntVar(&f.task, "task", -1, "number of the only run to work on, from 0; -1: all")
	s.BoolVar(&f.child, "child", false, "stop when the standard input closes")
	return cmd
}

func (f *workFlags) run(cmd *cobra.Command, list string) error {
	runs, err := recipe.ReadRuns(list)
	if err != nil {
		return err
	}
	if f.task >= len(runs) {
		return fmt.Errorf("--task %d: %s lists %d runs", f.task, list, len(runs))
	}
	if f.task >= 0 {
		runs = runs[f.task : f.task+1]
	}
	o := recipe.Options{Out: filepath.Dir(filepath.Dir(list)), Compiled: &train.Compiled{}, Evaluations: &verify.Compiled{}}
	defer o.Compiled.Close()
	defer o.Evaluations.Close()
	o.Backend, _ = cmd.Flags().GetString("backend")
	o.DataDir, _ = cmd.Flags().GetString("data-dir")
	o.Log = func(text string) { fmt.Fprintln(cmd.OutOrStdout(), text) }
	return queue.Work(f.context(cmd), recipe.Tasks(runs, o), queue.Options{Worker: f.worker, Log: o.Log})
}

// context ends with the parent of a child.
func (f *workFlags) context(cmd *cobra.Command) context.Context {
	if !f.child {
		return cmd.Context()
	}
	return queue.UntilClosed(cmd.Context(), os.Stdin)
}
