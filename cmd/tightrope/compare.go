package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"tightrope/pkg/record"
	"tightrope/pkg/report"
	"tightrope/pkg/study"
)

func compareCommand() *cobra.Command {
	var out string
	var cost bool
	cmd := &cobra.Command{
		Use:   "compare RUN...",
		Short: "Compare training methods on one network, data set and radius",
		Long: "Compare trainings of one network on one data set and radius, for example natural, PGD, IBP, " +
			"CROWN-IBP, Fast-Lin, DiffAI and cascades of models. RUN is the folder of a finished run, or a pattern " +
			"of folders. The certified error is measured again in the same way for all: by the best of IBP, " +
			"Fast-Lin and CROWN (for a cascade, by its own bound).\n\nWith --out the record is kept; tightrope " +
			"figures writes the table in figures/methods.md from it.",
		Args: atLeastOne("the folder of a finished run", "tightrope compare 'runs/mlp-2x100-digits-*'"),
		RunE: func(cmd *cobra.Command, patterns []string) error {
			bar := &countBar{what: "runs"}
			m := study.Methods{Cost: cost, Progress: bar.progress}
			m.Backend, _ = cmd.Flags().GetString("backend")
			m.DataDir, _ = cmd.Flags().GetString("data-dir")
			var err error
			if m.Runs, err = folders(patterns); err != nil {
				return err
			}
			r, err := study.Compare(cmd.Context(), m)
			bar.clear()
			if err != nil {
				return err
			}
			header, rows, err := report.Methods(r)
			if err != nil {
				return err
			}
			if err := record.WriteTable(cmd.OutOrStdout(), record.Plain, header, rows); err != nil || out == "" {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "wrote", out)
			return r.Write(out)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "file to write the record to, e.g. figures/results/methods-digits.json; "+
		"empty: write none")
	cmd.Flags().BoolVar(&cost, "cost", false, "also measure processor seconds per epoch, by training each method "+
		"for four more epochs")
	return cmd
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
