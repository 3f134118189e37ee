package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tightrope/internal/near"
)

// rawNumber matches an error about a flag that ends in one of Go's own parsers.
var rawNumber = regexp.MustCompile(`^(invalid argument .* for .*flag: )(strconv\.Parse|time: ).*$`)

// unknownFlag matches the error about a flag that a command does not have.
var unknownFlag = regexp.MustCompile(`^unknown flag: --([^ ]+)$`)

// explainFlag turns cobra's error about a flag into one that says what to give.
func explainFlag(cmd *cobra.Command, err error) error {
	text := err.Error()
	if m := rawNumber.FindStringSubmatch(text); m != nil {
		return fmt.Errorf("%suse a whole number of at least 0", m[1])
	}
	m := unknownFlag.FindStringSubmatch(text)
	if m == nil {
		return err
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if name := near.One(m[1], names); name != "" {
		return fmt.Errorf("%s has no flag --%s: did you mean --%s?", named(cmd), m[1], name)
	}
	return fmt.Errorf("%s has no flag --%s: %s --help lists its flags", named(cmd), m[1], cmd.CommandPath())
}

// named is the name of a command without that of the program, which precedes every error.
func named(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

// exactly requires one argument. Its error says what to give, with an example that can be pasted.
func exactly(what, example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 1:
			return nil
		case len(args) == 0:
			return fmt.Errorf("%s: give %s, e.g. %s", named(cmd), what, example)
		}
		return fmt.Errorf("%s: give %s only, e.g. %s; got %s too",
			named(cmd), what, example, strings.Join(args[1:], " "))
	}
}

// atMostOne is like [exactly] for no argument or one.
func atMostOne(what, example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return exactly(what, example)(cmd, args)
	}
}

// atLeastOne is like [exactly] for one argument or more.
func atLeastOne(what, example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("%s: give %s, e.g. %s", named(cmd), what, example)
		}
		return nil
	}
}

// none refuses arguments.
func none(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments, got %s: %s --help says what it does",
			named(cmd), strings.Join(args, " "), cmd.CommandPath())
	}
	return nil
}
