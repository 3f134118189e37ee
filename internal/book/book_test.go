package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const sample = `// Package sample shows what a page holds: [Thing], [Thing.Do], [Thing.Size], [other.Helper], [strings.Cut].
//
// Costs $1 and a_b * c.
package sample

import "strings"

// Limit is the largest size.
const Limit = 3

// Thing has a size.
type Thing struct {
	// Size is a number.
	Size int
	hidden string
}

// Doer does.
type Doer interface{ Do(s string) string }

// New makes a [Thing].
func New() *Thing { return &Thing{} }

// Do cuts with [strings.Cut].
func (t *Thing) Do(s string) string { a, _, _ := strings.Cut(s, "x"); return a }

func private() {}
`

const sampleTest = `package sample

import "fmt"

// How it is used.
func ExampleNew() {
	fmt.Println(New().Size)
	// Output: 0
}
`

// written are the pages of a module of two packages, an internal one, a program and test data.
func written(t *testing.T) string {
	t.Helper()
	root, out := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		"pkg/sample/sample.go": sample, "pkg/sample/sample_test.go": sampleTest,
		"pkg/deep/other/other.go":    "// Package other helps.\npackage other\n\n// Helper helps.\nfunc Helper() {}\n",
		"pkg/internal/x/x.go":        "// Package x is internal.\npackage x\n",
		"pkg/tool/main.go":           "// Command tool is a program.\npackage main\n\nfunc main() {}\n",
		"pkg/sample/testdata/y/y.go": "package y\n",
	} {
		if err := write(filepath.Join(root, filepath.FromSlash(name)), text); err != nil {
			t.Fatal(err)
		}
	}
	if err := writePackages(root, out); err != nil {
		t.Fatal(err)
	}
	return out
}

func page(t *testing.T, out, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(out, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPage: declarations, comments, examples with their output and addresses are there; what is not exported is not.
func TestPage(t *testing.T) {
	out := written(t)
	text := page(t, out, "sample.md")
	for _, want := range []string{
		"# sample\n", `import "tightrope/pkg/sample"`, "(place:sample.html#Thing)", "(place:sample.html#Thing.Do)",
		`<div id="Thing.Size"></div>`, `<div id="Thing.Do"></div>`, `<div id="Doer.Do"></div>`,
		`<div id="Limit"></div>`,
		"const Limit = 3", "## type Thing",
		"### func New", `### func (\*Thing) Do`, "fmt.Println(New().Size)\n```",
		"```text\n0\n```", `\$1`, `a\_b \* c`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, unwanted := range []string{"private", "#Cut", "hidden string", "Output:"} {
		if strings.Contains(text, unwanted) {
			t.Errorf("%q in\n%s", unwanted, text)
		}
	}
}

// TestIndex: every package that others may import has a row and a page, and nothing else has.
func TestIndex(t *testing.T) {
	out := written(t)
	index := page(t, out, "index.md")
	rows := regexp.MustCompile(`\]\(([^)]*)\)`).FindAllStringSubmatch(index, -1)
	if len(rows) != 2 || rows[0][1] != "deep-other.md" || rows[1][1] != "sample.md" {
		t.Errorf("rows %v", rows)
	}
	if files, err := os.ReadDir(out); err != nil || len(files) != 3 {
		t.Errorf("%v files: %v", files, err)
	}
}

// TestLinksHaveTargets: in the reference of this module, every link leads to an address of a page.
func TestLinksHaveTargets(t *testing.T) {
	out := t.TempDir()
	if err := writePackages(filepath.Join("..", ".."), out); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(out, "*.md"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d pages: %v", len(files), err)
	}
	pages := map[string]string{}
	for _, file := range files {
		pages[strings.TrimSuffix(filepath.Base(file), ".md")] = page(t, out, filepath.Base(file))
	}
	link := regexp.MustCompile(`\(place:([\w-]+)\.html#([\w.]*)\)`)
	n := 0
	for name, text := range pages {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			n++
			if m[2] != "" && !strings.Contains(pages[m[1]], `<div id="`+m[2]+`"></div>`) {
				t.Errorf("%s: %s leads nowhere", name, m[0])
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d links", n)
	}
}
