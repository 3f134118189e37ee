package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tightrope/pkg/backend"
	"tightrope/pkg/record"
	"tightrope/pkg/verify"
)

func verifyCommand() *cobra.Command {
	f := &evalFlags{technique: "fastlin"} // of the flags' check only: the stages have their own
	cmd := &cobra.Command{
		Use:   "verify MODEL.safetensors",
		Short: "Decide image by image: attack, then ever tighter bounds",
		Long: "Decide image by image: PGD first, then IBP, CROWN-IBP, Fast-Lin and CROWN; each image stops at the first stage that decides it.\n" +
			"The bounds are computed in float32: they are measurements, not checked proofs. Complete stages (branch and bound, MILP) are not part of this command yet.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.verify(cmd, args[0]) },
	}
	f.add(cmd)
	return cmd
}

func (f *evalFlags) verify(cmd *cobra.Command, path string) error {
	network, set, o, err := f.open(cmd, path)
	if err != nil {
		return err
	}
	name, _ := cmd.Flags().GetString("backend")
	b, info, err := backend.Open(name)
	if err != nil {
		return err
	}
	say := func(format string, args ...any) { fmt.Fprintf(cmd.OutOrStdout(), format+"\n", args...) }
	say("verifying %s on %d samples of %s: %v eps %g (pixel units), backend %s", path, set.Len(), f.data, o.Ball.Norm, o.Ball.Eps, info)
	s, err := verify.Stages(cmd.Context(), b, network, set, o, verify.Techniques()...)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, stage := range s.Stages {
		rows = append(rows, []string{stage.Name, fmt.Sprint(stage.Reached), fmt.Sprint(stage.Decided), fmt.Sprintf("%.1f", stage.Seconds)})
	}
	if err := record.WriteTable(cmd.OutOrStdout(), record.Plain, []string{"stage", "images", "decided", "seconds"}, rows); err != nil {
		return err
	}
	low, high := s.Interval()
	say("standard error %.2f %%; falsified %d, bounded %d, unknown %d: the exact robust error lies between %.2f and %.2f %%",
		100*float64(s.Standard)/float64(s.Samples), s.Falsified, s.Bounded, s.Unknown, low, high)
	say("bounded means a positive bound in float32 arithmetic: a measurement, not a proof with directed rounding")
	return nil
}
