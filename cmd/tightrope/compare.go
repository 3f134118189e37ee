package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tightrope/pkg/record"
	"tightrope/pkg/report"
	"tightrope/pkg/study"
	"tightrope/pkg/technique"
)

func compareCommand() *cobra.Command {
	f := &compareFlags{}
	cmd := &cobra.Command{
		Use:   "compare RUN...",
		Short: "Compare training methods on one network, data set and radius",
		Long: "Compare trainings of one network on one data set and radius, for example natural, PGD, IBP, " +
			"CROWN-IBP, Fast-Lin, DiffAI and cascades of models. RUN is the folder of a finished run, or a pattern " +
			"of folders. The certified error is measured again in the same way for all: by the best of IBP, " +
			"Fast-Lin and CROWN (for a cascade, by its own bound). With --eps the networks are also attacked and " +
			"certified at other radii, by every technique of --technique.\n\nWith --out the record is kept; " +
			"tightrope figures writes the table in figures/methods.md from it.",
		Args: atLeastOne("the folder of a finished run", "tightrope compare 'runs/mlp-2x100-digits-*'"),
		RunE: f.run,
	}
	f.add(cmd)
	return cmd
}

// compareFlags are the flags of compare.
type compareFlags struct {
	out, from  string
	cost       bool
	radii      []float64
	techniques []string
	pgd        pgdFlags
}

func (f *compareFlags) add(cmd *cobra.Command) {
	s := cmd.Flags()
	s.StringVar(&f.out, "out", "", "file to write the record to, e.g. figures/results/methods-digits.json; "+
		"empty: write none")
	s.BoolVar(&f.cost, "cost", false, "also measure processor seconds per epoch, by training each method "+
		"for four more epochs")
	addRadii(s, &f.radii, "eps", "radii in pixel units, in addition to that of the trainings; 0: the images "+
		"themselves; needs --technique and --pgd-steps")
	s.StringSliceVar(&f.techniques, "technique", nil, "at --eps: "+strings.Join(technique.Keys(certifies), ", ")+
		", separated by commas")
	f.pgd.add(s)
	s.StringVar(&f.from, "from", "", "record of an earlier comparison, to which the runs are added")
}

func (f *compareFlags) run(cmd *cobra.Command, patterns []string) error {
	m, err := f.methods(cmd)
	if err = cmp.Or(err, canKeep(f.out)); err != nil {
		return err
	}
	if m.Runs, err = folders(patterns); err != nil {
		return err
	}
	bar := &countBar{what: "runs"}
	m.Progress = bar.progress
	r, err := study.Compare(cmd.Context(), m)
	bar.clear()
	if err != nil {
		return err
	}
	for _, table := range []func(*record.Record) ([]string, [][]string, error){report.Methods, report.MethodRadii} {
		header, rows, err := table(r)
		if err == nil && len(rows) > 0 {
			err = record.WriteTable(cmd.OutOrStdout(), record.Plain, header, rows)
		}
		if err != nil {
			return err
		}
	}
	if f.out == "" {
		return nil
	}
	if err := r.Write(f.out); err != nil {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), "wrote", f.out)
	return nil
}

// methods are the options of the comparison, without its runs.
func (f *compareFlags) methods(cmd *cobra.Command) (study.Methods, error) {
	m := study.Methods{Cost: f.cost, Radii: f.radii}
	m.Backend, _ = cmd.Flags().GetString("backend")
	m.DataDir, _ = cmd.Flags().GetString("data-dir")
	for _, name := range f.techniques {
		t, err := technique.ParseOf(name, certifies)
		if err != nil {
			return m, err
		}
		m.Techniques = append(m.Techniques, t)
	}
	var err error
	if f.from != "" {
		if m.From, err = record.Read(f.from); err != nil {
			return m, err
		}
	}
	m.Attack, err = f.pgd.options()
	return m, err
}

// folders are the folders of runs that match patterns. A pattern that nothing matches is an error.
func folders(patterns []string) (all []string, err error) {
	for _, p := range patterns {
		found, err := record.Find(p)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("no record at %s: give the folder of a finished run, or a pattern of folders", p)
		}
		for _, r := range found {
			all = append(all, filepath.Dir(r.Path))
		}
	}
	return all, nil
}
