package main

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tightrope/pkg/queue"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
)

// queueFlags name a file of wanted runs.
type queueFlags struct {
	file  string
	plan  bool
	hours map[string]float64 // estimated cost of each run, by its name
}

func (f *queueFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.file, "queue", "", "TOML file of the runs to make, the most informative first "+
		"(tools/gpu/README.md)")
	cmd.Flags().BoolVar(&f.plan, "plan", false, "with --queue: only show the runs, their progress and their "+
		"estimated cost")
}

// read lists the runs of the file.
func (f *queueFlags) read(cmd *cobra.Command) ([]recipe.Recipe, error) {
	for _, flag := range queueOwn() {
		if cmd.Flags().Changed(flag) {
			return nil, fmt.Errorf("--queue has its own recipes: leave out --%s, and write it into the file (under "+
				"set)", flag)
		}
	}
	wanted, err := recipe.ReadQueue(f.file)
	if err != nil {
		return nil, err
	}
	f.hours = map[string]float64{}
	var runs []recipe.Recipe
	for i, w := range wanted {
		r, err := overridden(w)
		if err != nil {
			return nil, fmt.Errorf("%s, entry %d: %w", f.file, i+1, err)
		}
		for _, run := range w.Of(r) {
			runs = append(runs, run)
			f.hours[run.RunName()] = w.Hours
		}
	}
	runs, err = recipe.Distinct(runs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.file, err)
	}
	return runs, nil
}

// queueOwn are the flags that a queue file has in itself.
func queueOwn() []string {
	own := []string{"lambda", "gamma", "seeds", "pair", "ablation", "scale"}
	for flag := range (&recipeFlags{}).setters(&recipe.Recipe{}) {
		own = append(own, flag)
	}
	slices.Sort(own)
	return slices.Compact(own)
}

// overridden is the recipe of an entry with the entry's overrides, which are flags of train.
func overridden(w recipe.Wanted) (recipe.Recipe, error) {
	f := &recipeFlags{}
	cmd := &cobra.Command{}
	f.add(cmd)
	set := map[string]any{"scale": cmp.Or(w.Scale, "quick")}
	for flag, value := range w.Set {
		if !slices.Contains([]string{"scale", "devices"}, flag) {
			set[flag] = value
			continue
		}
		return recipe.Recipe{}, fmt.Errorf("set holds %s: it is a key of the entry or a flag of sweep", flag)
	}
	for flag, value := range set {
		if cmd.Flags().Lookup(flag) == nil {
			return recipe.Recipe{}, fmt.Errorf("set holds %q: use the names of the flags that `tightrope train "+
				"--help` lists, "+
				"without --lambda, --gamma and --seed", flag)
		}
		if err := cmd.Flags().Set(flag, flagText(value)); err != nil {
			return recipe.Recipe{}, fmt.Errorf("set: %w", err)
		}
	}
	return f.recipe(cmd, w.Recipe)
}

// flagText is a value of a TOML file as a flag takes it.
func flagText(value any) string {
	list, ok := value.([]any)
	if !ok {
		return fmt.Sprint(value)
	}
	var texts []string
	for _, v := range list {
		texts = append(texts, fmt.Sprint(v))
	}
	return strings.Join(texts, ",")
}

// show prints the runs of a queue, their state under dir, and their estimated costs.
func (f *queueFlags) show(w io.Writer, dir string, runs []recipe.Recipe) error {
	var rows [][]string
	sum := 0.0
	for i, t := range recipe.Tasks(runs, recipe.Options{Out: dir}) {
		state, err := stateOf(t)
		if err != nil {
			return err
		}
		hours := f.hours[t.Name]
		if state != "done" {
			sum += hours
		}
		rows = append(rows, []string{fmt.Sprint(i + 1), t.Name, state, fmt.Sprintf("%.3g",
			hours), fmt.Sprintf("%.3g", sum)})
	}
	return record.WriteTable(w, record.Plain, []string{"", "run", "state", "hours", "hours from now"}, rows)
}

// stateOf is how far a task is, in words.
func stateOf(t queue.Task) (string, error) {
	if done, err := t.Done(); done || err != nil {
		return "done", err
	}
	s, err := queue.Look(t.Dir)
	if err != nil {
		return "", fmt.Errorf("%s: %w", filepath.Base(t.Dir), err)
	}
	if s.Progress != "" {
		return fmt.Sprintf("%s (%s)", s.Status, s.Progress), nil
	}
	return string(s.Status), nil
}
