package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// trusted are the packages that must be right for a verdict of tightrope check, as docs/verification.md lists them.
var trusted = []string{
	"pkg/verify/cert", "pkg/model", "pkg/ball", "pkg/internal/halves", "pkg/internal/strictjson", "pkg/internal/vector",
	"pkg/verify/outcome", "pkg/verify/audit",
}

// forProperties are the packages that must be right, besides cert and those that it imports, for a proof of a property.
var forProperties = []string{"pkg/property", "pkg/onnx", "pkg/vnnlib", "pkg/internal/gzfile"}

// Files of trusted packages that need not be right: what only provers use; choices of which any is sound; what a file
// says of its network's training; weights of other programs, which become a file first; ONNX files that are written.
var (
	forProvers = []string{"pkg/verify/cert/provers_*.go", "pkg/ball/sample.go"}
	harmless   = []string{"pkg/verify/cert/choices*.go", "pkg/model/origin.go", "pkg/model/foreign.go",
		"pkg/onnx/write.go"}
)

// notation are the files that read architectures which are given as text; they have a row of their own.
var notation = []string{"pkg/model/text.go", "pkg/model/named.go", "pkg/model/prose.go"}

// among reports whether a file, named from the root, is one of a list.
func among(file string, patterns ...string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, _ := filepath.Match(pattern, filepath.ToSlash(file))
		return ok
	})
}

// sources are the files of a package, named from the root, without tests.
func sources(t *testing.T, root, name string) (files []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(root, name, "*.go"))
	if err != nil || len(all) == 0 {
		t.Fatalf("%s: %d files, %v", name, len(all), err)
	}
	for _, f := range all {
		if f, err = filepath.Rel(root, f); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(f, "_test.go") {
			files = append(files, f)
		}
	}
	return files
}

// TestTrustedLines keeps the table of docs/verification.md current.
func TestTrustedLines(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	page, err := os.ReadFile(filepath.Join(root, "docs", "verification.md"))
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, name := range trusted {
		var files []string
		for _, f := range sources(t, root, name) {
			if !among(f, slices.Concat(forProvers, harmless, notation)...) {
				files = append(files, f)
			}
		}
		total += sameLines(t, string(page), "| `"+name+"` |", root, files)
	}
	total += sameLines(t, string(page), "| its notation", root, notation)
	for _, name := range forProperties {
		files := slices.DeleteFunc(sources(t, root, name), func(f string) bool { return among(f, harmless...) })
		sameLines(t, string(page), "| `"+name+"` |", root, files)
	}
	sameLines(t, string(page), "| `pkg/verify/cert/rational` |", root, sources(t, root, "pkg/verify/cert/rational"))
	if row := line(string(page), "| together |"); !strings.Contains(row, fmt.Sprintf("| %d |", total)) {
		t.Errorf("together %d lines, docs/verification.md says %q", total, row)
	}
}

// sameLines compares the lines of files, rounded up to hundreds, with a row of the page, and returns them.
func sameLines(t *testing.T, page, row, root string, files []string) int {
	t.Helper()
	lines := 0
	for _, f := range files {
		content, err := os.ReadFile(filepath.Join(root, f))
		if err != nil {
			t.Fatal(err)
		}
		lines += bytes.Count(content, []byte("\n"))
	}
	lines = (lines + 99) / 100 * 100
	if !strings.Contains(line(page, row), fmt.Sprintf("| %d |", lines)) {
		t.Errorf("at most %d lines, docs/verification.md says %q", lines, line(page, row))
	}
	return lines
}

// TestTrustedAlone: the checker compiles without the files that only provers use, so that they cannot change a verdict.
func TestTrustedAlone(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	without := map[string]string{}
	for _, name := range trusted {
		for _, f := range sources(t, root, name) {
			if among(f, forProvers...) {
				without[filepath.Join(root, f)] = "" // go build takes such a file for deleted
			}
		}
	}
	content, err := json.Marshal(map[string]any{"Replace": without})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(overlay, content, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "../cert").CombinedOutput()
	if err != nil || len(without) < 4 {
		t.Errorf("the checker without %d files that are for provers: %v\n%s", len(without), err, out)
	}
}

// line is the first line that holds a text.
func line(page, text string) string {
	for l := range strings.Lines(page) {
		if strings.Contains(l, text) {
			return strings.TrimSpace(l)
		}
	}
	return ""
}

// TestTrustedImports: the checker, networks and balls depend on nothing but the standard library and each other; what
// compares a folder with its certificates reads records and data sets too, and knows no graphs.
func TestTrustedImports(t *testing.T) {
	for name, also := range map[string][]string{
		"../cert": nil,
		".":       {"pkg/record", "pkg/data", "pkg/internal/atomicfile", "pkg/internal/gzfile", "pkg/technique"},
	} {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f",
			"{{if not .Standard}}{{.ImportPath}}{{end}}",
			name).Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		for path := range strings.Lines(string(out)) {
			path = strings.TrimSpace(path)
			_, own, found := strings.Cut(path, "tightrope/pkg/")
			switch {
			case path == "" || found && slices.Contains(slices.Concat(trusted, also), "pkg/"+own):
			case strings.Contains(path, "gomlx") || found || name == "../cert":
				t.Errorf("package %s depends on %s", name, path)
			}
		}
	}
}
