package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"tightrope/pkg/backend"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
)

func attackCommand() *cobra.Command {
	var pgd pgdFlags
	var samples int
	cmd := &cobra.Command{
		Use:   "attack RECORD.json...",
		Short: "Attack trained models again and write the errors into their records",
		Long: "Attack the model next to each record again, with the settings of its recipe or with those of the " +
			"flags, and write the PGD error and the settings into the record. No other number changes. Run " +
			"tightrope figures afterwards to redraw tables and figures.",
		Args: atLeastOne("a record of a training", "tightrope attack runs/mlp-2x100-digits/record.json"),
	}
	pgd.add(cmd.Flags())
	pgd.addMethod(cmd.Flags())
	addCount(cmd.Flags(), &samples, "samples", 0, 0, "number of test samples to attack, from the first; 0: as many "+
		"as before")
	cmd.RunE = func(cmd *cobra.Command, paths []string) error {
		o := recipe.AgainOptions{Samples: samples, Progress: (&stageBar{}).progress}
		var err error
		if o.Attack, err = pgd.options(); err != nil {
			return err
		}
		o.DataDir, _ = cmd.Flags().GetString("data-dir")
		name, _ := cmd.Flags().GetString("backend")
		device, _, err := backend.Open(name)
		if err != nil {
			return err
		}
		var rows [][]string
		for _, path := range paths {
			old, now, err := recipe.AttackAgain(cmd.Context(), device, path, o)
			if err != nil {
				return err
			}
			rows = append(rows, []string{filepath.Base(path), fmt.Sprint(now.Attack.Images), pgdCell(old), pgdCell(now),
				fmt.Sprintf("%.2f", now.CertifiedError)})
		}
		return record.WriteTable(cmd.OutOrStdout(), record.Plain,
			[]string{"record", "images attacked", "PGD error % before", "PGD error % now", "certified error %"}, rows)
	}
	return cmd
}

// pgdCell is an error under attack with the attack.
func pgdCell(r record.SplitResult) string {
	switch {
	case r.PGDSteps == 0:
		return "-"
	case r.Attack == nil:
		return fmt.Sprintf("%.2f (older attack)", r.PGDError)
	}
	if r.Attack.Method != "" {
		return fmt.Sprintf("%.2f (%s)", r.PGDError, r.Attack.Words())
	}
	return fmt.Sprintf("%.2f (%s, %d steps, %d restarts)", r.PGDError, r.Attack.Loss, r.Attack.Steps, r.Attack.Restarts)
}
