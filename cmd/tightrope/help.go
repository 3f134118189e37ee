package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tightrope/pkg/record"
)

// helpWidth is the number of columns at which descriptions of flags are wrapped.
const helpWidth = 100

// computing are the commands that run graphs on a backend, and therefore take --backend and --data-dir.
var computing = []string{"attack", "compare", "eval", "explain", "ladder", "radius", "selftest", "smooth", "sweep",
	"train", "verify"}

// reading are further commands that read data sets, and therefore take --data-dir.
var reading = []string{"check", "data fetch", "data list"}

// takes reports whether a command uses one of the flags of the root: --backend or --data-dir.
func takes(cmd *cobra.Command, flag string) bool {
	return !cmd.HasParent() || slices.Contains(computing, named(cmd)) ||
		flag == "data-dir" && slices.Contains(reading, named(cmd))
}

// printHelp writes what a command does, wrapped, and how it is used.
func printHelp(cmd *cobra.Command, _ []string) {
	about := cmd.Long
	if about == "" {
		about = cmd.Short + "."
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s\n\n%s", wrapped(about, helpWidth), cmd.UsageString())
}

// wrapped breaks the paragraphs of a text into lines of at most width columns.
func wrapped(text string, width int) string {
	var lines []string
	for _, paragraph := range strings.Split(text, "\n\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
				lines = append(lines, line)
				line = ""
			}
			line = strings.TrimPrefix(line+" "+word, " ")
		}
		lines = append(lines, line, "")
	}
	return strings.Join(lines[:len(lines)-1], "\n")
}

// printUsage writes how a command is used, its examples, the commands below it, and its flags by group.
func printUsage(cmd *cobra.Command) error {
	w := cmd.OutOrStderr()
	if cmd.Runnable() {
		fmt.Fprintf(w, "Usage:\n  %s\n", cmd.UseLine())
	} else {
		fmt.Fprintf(w, "Usage:\n  %s COMMAND\n", cmd.CommandPath())
	}
	if cmd.Example != "" {
		fmt.Fprintf(w, "\nExamples:\n%s\n", cmd.Example)
	}
	printCommands(w, cmd)
	for _, g := range flagGroups {
		printFlags(w, g.title, flagsOf(cmd.LocalNonPersistentFlags(), g.holds))
	}
	printFlags(w, "Backend and data folder", flagsOf(cmd.Root().PersistentFlags(), func(name string) bool {
		return takes(cmd, name)
	}))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n%s COMMAND --help describes a command.\n", cmd.CommandPath())
	}
	return nil
}

// printCommands lists the commands below cmd.
func printCommands(w io.Writer, cmd *cobra.Command) {
	if !cmd.HasAvailableSubCommands() {
		return
	}
	fmt.Fprintln(w, "\nCommands:")
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			fmt.Fprintf(w, "  %-*s %s\n", cmd.NamePadding(), c.Name(), c.Short)
		}
	}
}

// printFlags writes a group of flags with their descriptions; nothing if there are none.
func printFlags(w io.Writer, title string, flags []*pflag.Flag) {
	if len(flags) == 0 {
		return
	}
	set := pflag.NewFlagSet(title, pflag.ContinueOnError)
	for _, f := range flags {
		set.AddFlag(f)
	}
	fmt.Fprintf(w, "\n%s:\n%s", title, set.FlagUsagesWrapped(helpWidth))
}

// versionText is what --version prints: the commit and the versions of Go and GoMLX.
func versionText() string {
	v := record.Program()
	return strings.Join([]string{v.Tightrope, "(" + v.Go + ", GoMLX " + v.GoMLX + ")"}, " ")
}
