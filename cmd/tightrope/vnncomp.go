package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tightrope/pkg/competition"
	"tightrope/pkg/record"
)

func vnncompCommand() *cobra.Command {
	f := &vnncompFlags{}
	cmd := &cobra.Command{
		Use:   "vnncomp FOLDER...",
		Short: "Run folders of the verification competition (VNN-COMP)",
		Long: "Run the instances.csv of each folder (onnx,vnnlib,seconds; files may be gzipped, with or without " +
			".gz in the table). Write results.csv (onnx,vnnlib,answer,seconds,proof), a record and the proofs into " +
			"--out. Seconds include reading and the check of the proof. Repeat the command after an " +
			"interruption, and it continues. It ends with a table by family, in which PAR-2 is the mean time, where " +
			"an undecided instance counts as twice its limit.",
		Args: atLeastOne("a folder of the competition", "tightrope vnncomp acasxu --out runs/vnncomp"),
		RunE: func(cmd *cobra.Command, folders []string) error { return f.run(cmd, folders) },
	}
	s := cmd.Flags()
	addTime(s, &f.timeout, "timeout", 0, "longest time for one instance, if its own limit is longer; 0: its own "+
		"limit")
	addCount(s, &f.workers, "workers", 1, 1, "number of instances decided at the same time, which share the "+
		"processors")
	s.BoolVar(&f.answers, "answers", false, "compare with the answers.csv of each folder; a contradiction is an error")
	s.StringVar(&f.out, "out", "", "folder for results, record and proofs (required)")
	return cmd
}

type vnncompFlags struct {
	timeout time.Duration
	workers int
	answers bool
	out     string
}

func (f *vnncompFlags) run(cmd *cobra.Command, folders []string) error {
	if f.out == "" {
		return fmt.Errorf("vnncomp: name a folder for the results with --out, e.g. --out runs/vnncomp")
	}
	var all []competition.Instance
	for _, folder := range folders {
		list, err := competition.Read(folder, f.answers)
		if err != nil {
			return err
		}
		all = append(all, list...)
	}
	o := competition.Options{Dir: f.out, Timeout: f.timeout, Workers: f.workers, Progress: f.progress(cmd)}
	results, err := competition.Run(cmd.Context(), all, o)
	if err != nil {
		return err
	}
	summaries := competition.Summarise(results, f.timeout)
	if err := competition.WriteTable(cmd.OutOrStdout(), record.Plain, summaries); err != nil {
		return err
	}
	for _, s := range summaries {
		if s.Wrong > 0 {
			return fmt.Errorf("%d answers of %s contradict its answers.csv", s.Wrong, s.Family)
		}
	}
	return nil
}

// progress prints a line for each instance.
func (f *vnncompFlags) progress(cmd *cobra.Command) func(competition.Result, competition.Count) {
	return func(r competition.Result, c competition.Count) {
		name := r.Name()
		note := r.Reason
		if r.Want != "" && r.Proof != competition.None && r.Want != r.Answer {
			note = fmt.Sprintf("CONTRADICTS the known answer %s", r.Want)
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d, %d decided: %s %s: %s in %.2f s %s\n", c.Done, c.Total, c.Decided,
			name[0],
			name[1], r.Answer, r.Seconds, note)
	}
}
