package main

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tightrope/pkg/ball"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
	"tightrope/pkg/report"
	"tightrope/pkg/train"
)

type sweepFlags struct {
	recipeFlags
	lambdas, gammas []float64
	seeds, out      string
	pair, ablation  bool
	tableOnly       bool
	workers         int
	cluster         slurmFlags
	queue           queueFlags
	deadline        deadlineFlags
}

func sweepCommand() *cobra.Command {
	f := &sweepFlags{}
	cmd := &cobra.Command{
		Use:   "sweep RECIPE... | sweep --queue FILE",
		Short: "Train and compare many runs: recipes x lambdas x gammas x seeds",
		Long: "Train and evaluate every recipe with every pair of weights and every seed, and write one table. " +
			"Runs are made one after another; with --workers, by several processes that divide the cores or GPUs " +
			"among them; with --slurm, on a cluster. With --queue the runs are those of a TOML file, in its order, " +
			"and --until or --for end the sweep at a given time.\n\nFinished runs are skipped and interrupted ones " +
			"continue, so repeat the command after a stop.",
		RunE: f.run,
	}
	f.declare(cmd)
	return cmd
}

// declare declares the flags of a sweep.
func (f *sweepFlags) declare(cmd *cobra.Command) {
	f.add(cmd)
	s := cmd.Flags()
	addWeights(s, &f.lambdas, "lambda", "weights of the indicator d; 0: without it; empty: the recipe's")
	addWeights(s, &f.gammas, "gamma", "weights of the indicator r; 0: without it; empty: the recipe's")
	s.BoolVar(&f.pair, "pair", false, "train every recipe twice: without regularizers, and with its own weights "+
		"(tightrope recipes)")
	s.BoolVar(&f.ablation, "ablation", false, "skip pairs in which both weights are positive; without --lambda and "+
		"--gamma, use the recipe's own values (Table 3)")
	s.StringVar(&f.seeds, "seeds", "", "seeds, e.g. 0,1,2 or 0-4; empty: 0, 1, ... for as many runs as the recipe "+
		"plans")
	s.StringVar(&f.out, "out", "", "folder for the run folders and the table; empty: runs/")
	addCount(s, &f.workers, "workers", 0, 0, "number of processes, which divide the cores or GPUs among them; 0: "+
		"this process alone")
	f.cluster.add(cmd)
	f.queue.add(cmd)
	f.deadline.add(cmd)
	s.BoolVar(&f.tableOnly, "table", false, "only write the table of the finished runs")
}

func (f *sweepFlags) run(cmd *cobra.Command, names []string) error {
	runs, err := f.runs(cmd, names)
	if err != nil {
		return err
	}
	if f.out == "" {
		f.out = "runs"
	}
	warnRuns(cmd.ErrOrStderr(), runs)
	if f.queue.plan {
		return f.queue.show(cmd.OutOrStdout(), f.out, runs)
	}
	stop, err := f.deadline.apply(cmd)
	if err != nil {
		return err
	}
	defer stop()
	switch {
	case f.workers != 0 && f.cluster.cluster != "":
		return fmt.Errorf("--workers and --slurm exclude each other: the cluster decides how many tasks run at the " +
			"same time (concurrent in its TOML file)")
	case f.tableOnly:
	case f.cluster.cluster != "":
		err = f.submit(cmd, runs)
	case f.workers != 0:
		err = f.work(cmd, runs)
	default:
		err = f.train(cmd, runs)
	}
	if err == errDetached {
		return nil
	}
	return cmp.Or(f.deadline.reached(cmd, err), f.table(cmd, runs)) // the table of what has ended, after a stop too
}

// warnRuns warns of each radius that the runs have, once.
func warnRuns(w io.Writer, runs []recipe.Recipe) {
	seen := map[float64]bool{}
	for _, r := range runs {
		if eps := r.Train.Eps; !seen[eps] {
			seen[eps] = true
			warnRadius(w, ball.Ball{Norm: r.Train.Norm, Eps: eps, Box: r.Train.Box})
		}
	}
}

// runs lists the runs of the queue, or of the recipes that are named.
func (f *sweepFlags) runs(cmd *cobra.Command, names []string) ([]recipe.Recipe, error) {
	runs, err := f.listed(cmd, names)
	if err != nil {
		return nil, err
	}
	for _, r := range runs { // a mistake in the last run must not show after hours
		if err := r.Validate(); err != nil {
			return nil, fmt.Errorf("%s: %w", r.RunName(), err)
		}
	}
	return runs, nil
}

func (f *sweepFlags) listed(cmd *cobra.Command, names []string) ([]recipe.Recipe, error) {
	switch {
	case f.queue.file != "" && len(names) > 0:
		return nil, fmt.Errorf("--queue has its own recipes: leave out %s", strings.Join(names, " "))
	case f.queue.file != "":
		return f.queue.read(cmd)
	case len(names) == 0:
		return nil, fmt.Errorf("name recipes (`tightrope recipes` lists them), or a file of wanted runs with --queue")
	case f.queue.plan:
		return nil, fmt.Errorf("--plan shows what a queue wants: name its file with --queue")
	}
	s, err := f.sweep(cmd, names)
	return s.Runs(), err
}

func (f *sweepFlags) sweep(cmd *cobra.Command, names []string) (recipe.Sweep, error) {
	if f.pair && (f.ablation || len(f.lambdas)+len(f.gammas) > 0) {
		return recipe.Sweep{}, fmt.Errorf("--pair has its own weights: leave out --lambda, --gamma and --ablation")
	}
	s := recipe.Sweep{Lambdas: f.lambdas, Gammas: f.gammas, Pair: f.pair, Ablation: f.ablation}
	for _, name := range names {
		r, err := f.recipe(cmd, name)
		if err != nil {
			return s, err
		}
		s.Recipes = append(s.Recipes, r)
	}
	var err error
	if f.seeds != "" {
		s.Seeds, err = parseSeeds(f.seeds)
	}
	return s, err
}

// parseSeeds reads numbers and ranges, e.g. "1,2,5-7".
func parseSeeds(text string) ([]uint64, error) {
	var seeds []uint64
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			last = first
		}
		from, err1 := strconv.ParseUint(first, 10, 64)
		to, err2 := strconv.ParseUint(last, 10, 64)
		if err1 != nil || err2 != nil || to < from || to-from >= 1000 {
			return nil, fmt.Errorf("--seeds %q: write numbers and ranges, e.g. 0,1,2 or 0-4", text)
		}
		for s := from; s <= to; s++ {
			seeds = append(seeds, s)
		}
	}
	return seeds, nil
}

func (f *sweepFlags) train(cmd *cobra.Command, runs []recipe.Recipe) error {
	backendName, _ := cmd.Flags().GetString("backend")
	dataDir, _ := cmd.Flags().GetString("data-dir")
	bar, stages := &trainingBar{}, &stageBar{}
	say := func(line string) {
		bar.clear()
		fmt.Fprintln(cmd.OutOrStdout(), line)
	}
	o := recipe.Options{Backend: backendName, Out: f.out, DataDir: dataDir, Devices: f.devices,
		OnStep: func(p train.Progress) { bar.step(p) }, Progress: stages.progress, Log: say}
	defer func() { bar.clear(); stages.clear() }()
	_, err := recipe.RunAll(cmd.Context(), runs, o, func(r recipe.Recipe, number, of int) {
		bar.clear()
		bar = &trainingBar{}
		say(fmt.Sprintf("run %d of %d: %s", number, of, r.RunName()))
	})
	return err
}

// table prints and writes the summary of the runs that have ended.
func (f *sweepFlags) table(cmd *cobra.Command, runs []recipe.Recipe) error {
	records, err := recipe.Ended(f.out, runs)
	if err != nil || len(records) == 0 {
		return err
	}
	if err := report.WriteSweep(f.out, records); err != nil {
		return err
	}
	header, rows, err := report.Sweep(records)
	if err != nil {
		return err
	}
	if err := record.WriteTable(cmd.OutOrStdout(), record.Plain, header, rows); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%d of %d runs are finished; wrote %s and %s beside it\n",
		len(records), len(runs), filepath.Join(f.out, report.SweepMarkdown), report.SweepCSV)
	return nil
}
