package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tightrope/pkg/record"
	"tightrope/pkg/selftest"
)

// selftestFlags say what is tested, and where the report goes.
type selftestFlags struct {
	options selftest.Options
	part    string
	out     string
	export  string
}

func selftestCommand() *cobra.Command {
	f := &selftestFlags{}
	cmd := &cobra.Command{
		Use: "selftest", Short: "Check that bounds can be trusted on this machine, and how fast they are",
		Args: none,
		Long: "Run a small first program, compare bounds with reference values in both precisions and with " +
			"published errors (if MNIST is present), and check that nothing is rounded to TF32. Then time every " +
			"row of the benchmark table and, for comparison, the device's float32 matrix products. Exit code 0 means " +
			"that every check that could be made passed, and that no row failed.",
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	s := cmd.Flags()
	s.BoolVar(&f.options.Quick, "quick", false, "fewer rows, each timed for a shorter time")
	s.StringVar(&f.part, "only", "", "run only checks or only timings; empty: both")
	addTime(s, &f.options.Limit, "limit", 0, "start nothing new after this time; 0: no limit")
	s.StringVar(&f.out, "out", "", "file to write the report to; empty: runs/selftest.json")
	s.StringVar(&f.export, "export", "", "only write the networks and samples of the rows into this folder, for "+
		"measuring other programs (tools/gpu/peers_table.py)")
	return cmd
}

func (f *selftestFlags) run(cmd *cobra.Command) error {
	f.options.Scope = selftest.Scope(f.part)
	if f.part != "" && f.options.Scope != selftest.OnlyChecks && f.options.Scope != selftest.OnlyTimes {
		return fmt.Errorf("--only %q: use checks or timings, or leave it out for both", f.part)
	}
	f.options.DataDir, _ = cmd.Flags().GetString("data-dir")
	if f.export != "" {
		return selftest.Export(f.export, f.options.DataDir)
	}
	if f.out == "" {
		f.out = filepath.Join("runs", "selftest.json")
	}
	if err := os.MkdirAll(filepath.Dir(f.out), 0o755); err != nil {
		return record.Explain(f.out, err)
	}
	f.options.Backend, _ = cmd.Flags().GetString("backend")
	f.options.Report = func(r *selftest.Report) error {
		fmt.Fprintln(cmd.ErrOrStderr(), r.Last())
		return f.write(r)
	}
	report, err := selftest.Run(cmd.Context(), f.options)
	if err != nil {
		return err
	}
	if err := report.Print(cmd.OutOrStdout()); err != nil {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), "wrote", f.out)
	return verdict(report)
}

// write replaces the report's file, so that what was found is there even if the next thing never ends.
func (f *selftestFlags) write(r *selftest.Report) error {
	content, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return record.WriteAtomic(f.out, append(content, '\n'))
}

// verdict is an error that names what failed.
func verdict(r *selftest.Report) error {
	if r.OK() {
		return nil
	}
	var failed []string
	for _, c := range r.Checks {
		if !c.OK && !c.Skipped {
			failed = append(failed, c.Name)
		}
	}
	for _, t := range r.Timings {
		if t.Error != "" {
			failed = append(failed, t.Task)
		}
	}
	return fmt.Errorf("failed on %s: %s: do not trust any bound that this machine computes until the problems above "+
		"are understood",
		r.Backend.Name, strings.Join(failed, "; "))
}
