package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// leaves are the commands that do something, without those that start themselves and those of cobra.
func leaves(cmd *cobra.Command) (all []*cobra.Command) {
	for _, c := range documented(cmd) {
		if c.Runnable() {
			all = append(all, c)
		}
		all = append(all, leaves(c)...)
	}
	return all
}

// words splits a command line at blanks outside double quotes.
func words(line string) (all []string) {
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			all = append(all, part)
		} else {
			all = append(all, strings.Fields(part)...)
		}
	}
	return all
}

// TestExamples: every command has an example, which names the command itself, with flags and arguments that it takes.
func TestExamples(t *testing.T) {
	for _, c := range leaves(root()) {
		if len(examples[named(c)]) == 0 {
			t.Errorf("%s has no example: give it one in examples.go", named(c))
		}
		for _, e := range examples[named(c)] {
			fresh := root()
			found, rest, err := fresh.Find(words(e[1])[1:])
			if err != nil || named(found) != named(c) {
				t.Errorf("%q is an example of another command: %v", e[1], err)
				continue
			}
			if err := found.ParseFlags(rest); err != nil {
				t.Errorf("%q: %v", e[1], err)
			} else if err := found.ValidateArgs(found.Flags().Args()); err != nil {
				t.Errorf("%q: %v", e[1], err)
			}
		}
	}
	for name := range examples {
		if found, _, err := root().Find(strings.Fields(name)); err != nil || named(found) != name {
			t.Errorf("there are examples of %q, which is no command", name)
		}
	}
}

// TestEveryFlagIsInOneGroup: the pages show each flag once.
func TestEveryFlagIsInOneGroup(t *testing.T) {
	known := map[string]bool{}
	for _, c := range leaves(root()) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			known[f.Name] = true
			n := 0
			for _, g := range flagGroups {
				if g.holds(f.Name) {
					n++
				}
			}
			if n != 1 {
				t.Errorf("--%s is in %d groups", f.Name, n)
			}
		})
	}
	for _, g := range flagGroups {
		for _, name := range g.names {
			if !known[name] {
				t.Errorf("group %q lists --%s, which no command has", g.title, name)
			}
		}
	}
}

// TestDocs: the pages name every command and every flag that help names, and no flag is shown that is hidden.
func TestDocs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "commands")
	if err := writeDocs(root(), dir); err != nil {
		t.Fatal(err)
	}
	index := read(t, dir, "index.md")
	for _, c := range documented(root()) {
		if !strings.Contains(index, "("+c.Name()+".md)") {
			t.Errorf("the index lacks %s", c.Name())
		}
		page := read(t, dir, c.Name()+".md")
		for _, leaf := range append(leaves(c), c) {
			if !strings.Contains(page, "# "+named(leaf)+"\n") {
				t.Errorf("the page of %s lacks %s", c.Name(), named(leaf))
			}
			leaf.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
				shown := strings.Contains(page, "`--"+f.Name)
				if shown == (f.Hidden || f.Name == "help") && leaf.Runnable() {
					t.Errorf("%s: flag --%s: shown %v, hidden %v", named(leaf), f.Name, shown, f.Hidden)
				}
			})
		}
	}
	if strings.Contains(index, "docs.md") || strings.Contains(index, "completion") {
		t.Error("the index shows what is hidden")
	}
}

// TestEscaped: of a help text nothing becomes markup.
func TestEscaped(t *testing.T) {
	got := escaped("a_b *c* $HOME <x> [y] p|q `z_1 | *`")
	want := "a\\_b \\*c\\* \\$HOME &lt;x> \\[y\\] p\\|q `z_1 | *`"
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
