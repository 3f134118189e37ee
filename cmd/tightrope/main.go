// Command tightrope trains, evaluates and certifies robust networks from recipes.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"tightrope/pkg/train"
	_ "tightrope/pkg/xlamemory" // a program's choice: see its documentation
)

// exitInterrupted is the exit code after Ctrl-C, as a shell gives it.
const exitInterrupted = 130

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := root().ExecuteContext(ctx)
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "tightrope:", err)
	if errors.Is(err, train.ErrInterrupted) || errors.Is(err, context.Canceled) {
		os.Exit(exitInterrupted)
	}
	os.Exit(1)
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tightrope",
		Short: "Train and certify robust neural networks by tight convex relaxations",
		Long: "Train and certify robust neural networks by tight convex relaxations. Examples assume that tightrope " +
			"is on the PATH (in the repository: export PATH=$PWD/bin:$PATH) and that they run in the repository's " +
			"folder.",
		Version:       versionText(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.SetFlagErrorFunc(explainFlag)
	cmd.SetHelpFunc(printHelp)
	cmd.SetUsageFunc(printUsage)
	cmd.PersistentFlags().String("backend", "", "go, xla:cpu or xla:cuda; empty: $GOMLX_BACKEND, or else XLA CPU if "+
		"its plugin is found, or else go")
	cmd.PersistentFlags().String("data-dir", "", "folder of the data sets; empty: $TIGHTROPE_DATA, or else datasets/ "+
		"of the repository")
	cmd.AddCommand(
		attackCommand(),
		checkCommand(),
		compareCommand(),
		dataCommand(),
		docsCommand(),
		doctorCommand(),
		evalCommand(),
		explainCommand(),
		figuresCommand(),
		ladderCommand(),
		netCommand(),
		playCommand(),
		proveCommand(),
		radiusCommand(),
		recipesCommand(),
		selftestCommand(),
		smoothCommand(),
		sweepCommand(),
		trainCommand(),
		verifyCommand(),
		vnncompCommand(),
		workCommand(),
	)
	addExamples(cmd)
	return cmd
}
