package audit

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// trusted are the packages that must be right for a verdict of tightrope check, as docs/verification.md lists them.
var trusted = []string{"pkg/verify/cert", "pkg/model", "pkg/ball", "pkg/internal/strictjson", "pkg/verify/audit"}

// TestTrustedLines keeps the table of docs/verification.md current.
func TestTrustedLines(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	page, err := os.ReadFile(filepath.Join(root, "docs", "verification.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range trusted {
		files, err := filepath.Glob(filepath.Join(root, name, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		lines := 0
		for _, f := range files {
			content, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(f, "_test.go") {
				lines += bytes.Count(content, []byte("\n"))
			}
		}
		lines = (lines + 99) / 100 * 100
		if row := fmt.Sprintf("| %d |", lines); !strings.Contains(line(string(page), "| `"+name+"` |"), row) {
			t.Errorf("%s has at most %d lines, docs/verification.md says %q", name, lines, line(string(page), "| `"+name+"` |"))
		}
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

// TestTrustedImports: the checker, networks and balls depend on nothing but the standard library and each other.
func TestTrustedImports(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "../cert").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for path := range strings.Lines(string(out)) {
		path = strings.TrimSpace(path)
		_, own, found := strings.Cut(path, "/pkg/")
		if path != "" && (!found || !slices.Contains(trusted, "pkg/"+own)) {
			t.Errorf("package cert depends on %s", path)
		}
	}
}
