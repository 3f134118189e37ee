package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tightrope/pkg/property"
	"tightrope/pkg/prove"
	"tightrope/pkg/vnnlib"
)

func proveCommand() *cobra.Command {
	f := &proveFlags{}
	cmd := &cobra.Command{
		Use:   "prove NET.onnx PROPERTY.vnnlib",
		Short: "Decide a VNN-LIB property of an ONNX network, with a proof",
		Long: "Decide whether some input of an ONNX network satisfies the assertions of a VNN-LIB 1.0 property, " +
			"which describe a counterexample. The first line of the output is sat (followed by the input as ((X_0 " +
			"value) ... (Y_0 value) ...)), unsat, unknown or timeout.\n\nsat: the input lies in the box and " +
			"satisfies every row on the graph as it stands in the file, in float32 and in float64, by more than " +
			"the two differ. unsat: a proof was found and confirmed; --proof writes it, and tightrope check " +
			"NET.onnx PROPERTY.vnnlib PROOF confirms it again. Files may be gzipped.\n\nFor networks with Sigmoid, " +
			"Tanh or Softplus, only the box of inputs is split, never a neuron: expect timeouts if there are many " +
			"inputs. Other curved operations (Erf, Exp, Pow, Softmax, ...) are refused by name.",
		Args: exactlyTwo("prove"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0], args[1]) },
	}
	s := cmd.Flags()
	addTime(s, &f.timeout, "timeout", 60*time.Second, "longest time altogether, including reading and the check of "+
		"the proof")
	s.StringVar(&f.result, "result", "", "file to write the answer to, in the competition's format")
	s.StringVar(&f.proof, "proof", "", "file to write the proof to, gzipped")
	addCount(s, &f.workers, "workers", 0, 0, "number of threads; 0: one for each processor")
	s.BoolVar(&f.verbose, "verbose", false, "print on stderr how the property is decided")
	return cmd
}

// exactlyTwo wants a network and a property.
func exactlyTwo(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 2 {
			return fmt.Errorf("%s: give a network and a property, e.g. tightrope %s net.onnx property.vnnlib",
				named(cmd),
				name)
		}
		return nil
	}
}

type proveFlags struct {
	timeout       time.Duration
	result, proof string
	workers       int
	verbose       bool
}

func (f *proveFlags) run(cmd *cobra.Command, network, spec string) error {
	start := time.Now()
	ctx, cancel := context.WithTimeout(cmd.Context(), f.timeout)
	defer cancel()
	p, err := property.Load(network, spec)
	if err != nil {
		return err
	}
	o := prove.Options{Workers: f.workers}
	if f.verbose {
		o.Log = func(format string, args ...any) { fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", args...) }
	}
	r, err := prove.Solve(ctx, p, o)
	if err != nil {
		return err
	}
	text := answerText(r)
	fmt.Fprint(cmd.OutOrStdout(), text)
	if f.result != "" {
		if err := os.WriteFile(f.result, []byte(text), 0o644); err != nil {
			return err
		}
	}
	if f.proof != "" && r.Proof != nil {
		if err := r.Proof.Write(f.proof); err != nil {
			return err
		}
	}
	fmt.Fprintln(cmd.ErrOrStderr(), proveSummary(r, time.Since(start)))
	return nil
}

// answerText is the answer in the competition's form.
func answerText(r *prove.Result) string {
	if r.Answer == property.Sat {
		w := vnnlib.Witness{X: r.Report.Replay.X, Y: r.Report.Replay.Y}
		return string(w.Bytes())
	}
	return string(r.Answer) + "\n"
}

// proveSummary says in a line what was found.
func proveSummary(r *prove.Result, took time.Duration) string {
	line := fmt.Sprintf("%s in %.3f s, %d nodes", r.Answer, took.Seconds(), r.Nodes)
	switch {
	case r.Answer == property.Unsat:
		line += fmt.Sprintf("; its proof of %d leaves was checked, the least bound is %.3g", r.Report.Leaves,
			r.Report.Least)
	case r.Answer == property.Sat:
		line += fmt.Sprintf("; the point meets the rows with slack %.3g, float32 and float64 differ by %.3g",
			r.Report.Replay.Slack, r.Report.Replay.Difference)
	}
	if r.Reason != "" {
		line += "; " + r.Reason
	}
	return line
}
