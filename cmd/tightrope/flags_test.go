package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// textFlags are the types of flags that take no number.
var textFlags = map[string]bool{"bool": true, "string": true, "stringSlice": true, "loss": true}

// eachNumber calls do for every flag of every command that takes a number or a time.
func eachNumber(t *testing.T, do func(name string, fresh func() *cobra.Command, flag *pflag.Flag)) {
	t.Helper()
	count := 0
	var walk func(path ...string)
	walk = func(path ...string) {
		fresh := func() *cobra.Command {
			cmd, _, err := root().Find(path)
			if err != nil {
				t.Fatal(err)
			}
			return cmd
		}
		cmd := fresh()
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !textFlags[f.Value.Type()] {
				count++
				do(cmd.CommandPath(), fresh, f)
			}
		})
		for _, c := range cmd.Commands() {
			walk(append(path[:len(path):len(path)], c.Name())...)
		}
	}
	walk()
	if count < 80 {
		t.Errorf("only %d flags with numbers were found", count)
	}
}

// parse gives one flag to a new command and returns what the user would be told.
func parse(fresh func() *cobra.Command, flag, value string) error {
	cmd := fresh()
	if err := cmd.ParseFlags([]string{"--" + flag + "=" + value}); err != nil {
		return cmd.FlagErrorFunc()(cmd, err)
	}
	return nil
}

// TestNegativeNumbersAreRefused: for every flag of every command, a negative number and what is no number are an
// error in one line that names the flag and says what to give.
func TestNegativeNumbersAreRefused(t *testing.T) {
	eachNumber(t, func(name string, fresh func() *cobra.Command, f *pflag.Flag) {
		values := []string{"-2", "-7", "-1000000", "abc", "", "NaN", "-inf", "1e400", "0x", "1 2"}
		if f.Value.Type() == "time" {
			values = append(values, "-2s", "-1h", "5", "3 apples")
		}
		if f.DefValue != "-1" && f.Name != "validation" { // there -1 means all, or none
			values = append(values, "-1")
		}
		for _, v := range values {
			err := parse(fresh, f.Name, v)
			if err == nil {
				t.Errorf("%s --%s=%s was taken", name, f.Name, v)
				continue
			}
			text := err.Error()
			if !strings.Contains(text, "--"+f.Name) || !strings.Contains(text, "use a") ||
				strings.Contains(text, "strconv") || strings.Contains(text, "\n") {
				t.Errorf("%s --%s=%s: %q", name, f.Name, v, text)
			}
		}
	})
}

// zeroIsExplained finds what 0 means in the help of a flag.
var zeroIsExplained = regexp.MustCompile(`\b0:|at least [01]\b|more than 0|from 0\b`)

// TestHelpExplainsZero: the help of every flag says what 0 means there, that it is refused, or that it is a number like
// any other (of an image; seeds are numbers without a meaning).
func TestHelpExplainsZero(t *testing.T) {
	eachNumber(t, func(name string, fresh func() *cobra.Command, f *pflag.Flag) {
		if f.Name == "seed" || parse(fresh, f.Name, "0") != nil {
			return
		}
		if !zeroIsExplained.MatchString(f.Usage) {
			t.Errorf("%s --%s: the help %q does not say what 0 means", name, f.Name, f.Usage)
		}
	})
}

// TestWrongNumberOfArguments: every command that is called with too few or too many arguments says in one line what to
// give, with an example, or that it takes none.
func TestWrongNumberOfArguments(t *testing.T) {
	commands := 0
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, c := range cmd.Commands() {
			walk(c)
		}
		if cmd.Args == nil {
			return
		}
		commands++
		refused := 0
		for _, args := range [][]string{nil, {"a", "b"}} {
			err := cmd.Args(cmd, args)
			if err == nil {
				continue
			}
			refused++
			text := err.Error()
			if !strings.Contains(text, ", e.g. tightrope ") && !strings.Contains(text, "takes no arguments") ||
				strings.Contains(text, "\n") || strings.Contains(text, "arg(s)") {
				t.Errorf("%s with %q: %q", cmd.CommandPath(), args, text)
			}
		}
		if refused == 0 {
			t.Errorf("%s takes no and two arguments", cmd.CommandPath())
		}
	}
	walk(root())
	if commands < 12 {
		t.Errorf("only %d commands say what they take", commands)
	}
}

// TestUnknownFlags: a flag that is mistyped is named with the one that was meant.
func TestUnknownFlags(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"train", "mlp-2x100/digits", "--gama", "3"}, "did you mean --gamma?"},
		{[]string{"eval", "m", "--sample", "3"}, "did you mean --samples?"},
		{[]string{"verify", "m", "--xyzzy"}, "verify --help lists its flags"},
		{[]string{"train", "mlp-2x100/digit"}, "did you mean mlp-2x100/digits?"},
		{[]string{"verify", "nope.safetensors"}, "no model file at nope.safetensors: give"},
		{[]string{"verify", "."}, "is a folder without a model.safetensors: give"},
		{[]string{"figures", "nope.json", "also*nope", "--out", t.TempDir()},
			"no record at nope.json, also*nope: give"},
	} {
		text, code := output(t, tightrope(t, c.args...))
		if code != 1 || !strings.Contains(text, c.want) || strings.Count(text, "\n") != 1 {
			t.Errorf("%v: exit code %d, %q; want %q", c.args, code, text, c.want)
		}
	}
}
