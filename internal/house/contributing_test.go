package house

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestContributingCompiles adds what docs/contributing.md shows, each file and each row, to the tree as the compiler
// sees it, and builds the packages.
func TestContributingCompiles(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "contributing.md"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]string{}
	for _, block := range strings.Split(string(text), "```go\n")[1:] {
		code, _, _ := strings.Cut(block, "```")
		place, code, _ := strings.Cut(code, "\n")
		apply(t, root, files, strings.TrimPrefix(place, "// "), code)
	}
	if len(files) != 8 {
		t.Fatalf("%d files are added or changed, want a file and a table for each of four additions", len(files))
	}
	build(t, root, files)
}

// apply adds code at its place: a new file, or a line of an old one.
func apply(t *testing.T, root string, files map[string][]string, place, code string) {
	t.Helper()
	path, where, patch := strings.Cut(place, ", ")
	if !patch {
		files[path] = strings.SplitAfter(code, "\n")
		return
	}
	if files[path] == nil {
		content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
		if err != nil {
			t.Fatal(err)
		}
		files[path] = strings.SplitAfter(string(content), "\n")
	}
	how, start, _ := strings.Cut(where, " the line that begins: ")
	at := slices.IndexFunc(files[path], func(line string) bool {
		return strings.HasPrefix(strings.TrimSpace(line), start)
	})
	from, to, known := at, at, map[string]bool{"above": true, "below": true, "instead of": true}[how]
	if at < 0 || !known {
		t.Fatalf("%s has no place %q", path, where)
	}
	if how == "below" {
		from, to = at+1, at+1
	} else if how == "instead of" {
		to = at + 1
	}
	files[path] = slices.Replace(files[path], from, to, code)
}

// build compiles the packages of the files with these in their place.
func build(t *testing.T, root string, files map[string][]string) {
	t.Helper()
	dir, replace, args := t.TempDir(), map[string]string{}, []string{"build", "-overlay", ""}
	for path, lines := range files {
		at := filepath.Join(dir, strings.ReplaceAll(path, "/", "-"))
		if err := os.WriteFile(at, []byte(strings.Join(lines, "")), 0o644); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, filepath.FromSlash(path))] = at
		args = append(args, "./"+path[:strings.LastIndexByte(path, '/')])
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	args[2] = filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(args[2], overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
