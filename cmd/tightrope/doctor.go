package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tightrope/pkg/doctor"
)

func doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Report what works on this machine, and the remedy for what does not", Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			checks := doctor.Examine()
			if err := doctor.Print(cmd.OutOrStdout(), checks); err != nil {
				return err
			}
			if !doctor.Healthy(checks) {
				return fmt.Errorf("something that everything needs is missing: see the remedies above")
			}
			return nil
		},
	}
}
