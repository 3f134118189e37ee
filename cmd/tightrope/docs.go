package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// docsCommand writes the command reference of the site. It is hidden, for only make site wants it.
func docsCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "docs", Short: "Write the command reference as Markdown, one page per command", Hidden: true, Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error { return writeDocs(cmd.Root(), out) },
	}
	cmd.Flags().StringVar(&out, "out", "build/commands", "folder of the pages")
	return cmd
}

// writeDocs writes index.md and one page per command below root into a folder, which is made.
func writeDocs(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	index := "# Commands\n\n" + escaped(root.Short) + ". What each prints with `--help` is on its page.\n\n" +
		"| command | what it does |\n|---|---|\n"
	for _, c := range documented(root) {
		index += fmt.Sprintf("| [`%s`](%s.md) | %s |\n", c.Name(), c.Name(), escaped(c.Short))
		if err := os.WriteFile(filepath.Join(dir, c.Name()+".md"), []byte(commandPage(c, 1)), 0o644); err != nil {
			return err
		}
	}
	index += "\nFlags of every command:\n\n" + flagTable(flagsOf(root.PersistentFlags(), everyFlag))
	return os.WriteFile(filepath.Join(dir, "index.md"), []byte(index), 0o644)
}

// documented are the commands below cmd that help shows, without those that cobra adds.
func documented(cmd *cobra.Command) []*cobra.Command {
	return slices.DeleteFunc(slices.Clone(cmd.Commands()), func(c *cobra.Command) bool {
		return !c.IsAvailableCommand() || c.Name() == "completion"
	})
}

// commandPage is a command, its examples, its flags by group, and the commands below it, with headings from a level on.
func commandPage(cmd *cobra.Command, level int) string {
	about := cmd.Long
	if about == "" {
		about = cmd.Short + "."
	}
	page := fmt.Sprintf("%s %s\n\n%s\n\n", strings.Repeat("#", level), named(cmd), prose(about))
	if cmd.Runnable() {
		page += fmt.Sprintf("```text\n%s\n```\n\n", cmd.UseLine())
	}
	if cmd.Example != "" {
		page += fmt.Sprintf("```sh\n%s\n```\n\n", strings.ReplaceAll("\n"+cmd.Example, "\n  ", "\n")[1:])
	}
	if cmd.Runnable() {
		for _, g := range flagGroups {
			if flags := flagsOf(cmd.NonInheritedFlags(), g.holds); len(flags) > 0 {
				page += fmt.Sprintf("**%s**\n\n%s\n", g.title, flagTable(flags))
			}
		}
	}
	for _, c := range documented(cmd) {
		page += commandPage(c, level+1)
	}
	return page
}

// prose makes Markdown of a help text: its lines are broken for terminals, its paragraphs are kept.
func prose(text string) string {
	var paragraphs []string
	for _, p := range strings.Split(text, "\n\n") {
		if strings.HasPrefix(p, " ") || strings.Contains(p, "\n ") { // laid out in columns
			paragraphs = append(paragraphs, "```text\n"+p+"\n```")
		} else {
			paragraphs = append(paragraphs, escaped(p))
		}
	}
	return strings.Join(paragraphs, "\n\n")
}

// flagTable is a table of flags: name and value, default, meaning.
func flagTable(flags []*pflag.Flag) string {
	table := "| flag | default | meaning |\n|---|---|---|\n"
	for _, f := range flags {
		kind, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if kind != "" {
			name += " " + kind
		}
		value := ""
		if f.DefValue != "" && f.DefValue != "[]" && f.DefValue != "false" {
			value = "`" + f.DefValue + "`"
		}
		table += fmt.Sprintf("| `%s` | %s | %s |\n", name, value, escaped(usage))
	}
	return table
}

// flagsOf are the flags of a set, without hidden ones, that a group holds.
func flagsOf(set *pflag.FlagSet, holds func(name string) bool) (flags []*pflag.Flag) {
	set.VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Name != "help" && holds(f.Name) {
			flags = append(flags, f)
		}
	})
	return flags
}

// escaped is a text in which nothing is markup but code between backquotes.
func escaped(text string) string {
	parts := strings.Split(text, "`")
	markup := strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "$", `\$`, "<", "&lt;", "[", `\[`, "]", `\]`,
		"|", `\|`, "~", `\~`)
	for i := range parts {
		if i%2 == 0 {
			parts[i] = markup.Replace(parts[i])
		}
	}
	return strings.Join(parts, "`")
}
