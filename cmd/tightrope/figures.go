package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tightrope/pkg/gallery"
	"tightrope/pkg/record"
	"tightrope/pkg/report"
	"tightrope/pkg/study"
)

func figuresCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "figures [RECORD or PATTERN...]",
		Short: "Redraw every figure from result records",
		Long: "Redraw every figure from result records: those in OUT/records, OUT/results and OUT/results/*, the " +
			"runs in runs/, and the records named. A figure whose record is missing is listed as MISSING.",
		RunE: func(cmd *cobra.Command, patterns []string) error {
			records, err := findRecords(out, patterns)
			if err != nil {
				return err
			}
			studies, err := study.Missing(records)
			if err != nil {
				return err
			}
			drawn, err := gallery.Redraw(out, append(records, studies...)...)
			if err != nil {
				return err
			}
			if err := report.WritePaperTables(out, records); err != nil {
				return err
			}
			if err := report.WriteMethods(out, records); err != nil {
				return err
			}
			for _, d := range drawn {
				if d.Missing != "" {
					fmt.Fprintf(cmd.OutOrStdout(), "MISSING %s: %s\n", d.Name, d.Missing)
				} else {
					fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", d.Name, d.Caption)
				}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "wrote %s, %s, %s and %s\n", filepath.Join(out, "index.md"),
				filepath.Join(out, report.PaperTables), filepath.Join(out, report.MethodTables),
				filepath.Join(out, "contact-sheet.png"))
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "figures", "folder of the figures")
	return cmd
}

// findRecords reads the records kept with the figures, those of runs, and those that a user names.
func findRecords(out string, patterns []string) ([]*record.Record, error) {
	kept := append(record.Kept(out), filepath.Join("runs", "*", "record.json"),
		filepath.Join("runs", "*", "*", "record.json"))
	var missing []string
	for _, pattern := range patterns {
		found, err := record.Find(pattern)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			missing = append(missing, pattern)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("no record at %s: give the record.json of a run, its folder, or a pattern of them",
			strings.Join(missing, ", "))
	}
	return record.Find(append(kept, patterns...)...)
}
