package house

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestNotebooksCompile: the Go cells of every notebook compile, also of those that take too long to be run here.
func TestNotebooksCompile(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "notebooks", "*.ipynb"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d notebooks, %v", len(files), err)
	}
	packages, added := []string{"build"}, map[string]string{}
	for _, file := range files {
		name := "cells" + filepath.Base(file)[:2]
		for i, text := range program(t, file) {
			at := filepath.Join(t.TempDir(), "cell.go")
			if err := os.WriteFile(at, text, 0o644); err != nil {
				t.Fatal(err)
			}
			added[filepath.Join(root, "internal", "house", name, fmt.Sprintf("cell%d.go", i))] = at
		}
		packages = append(packages, "./"+name)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": added}) // packages that only go build sees
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(at, overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	args := slices.Insert(packages, 1, "-overlay", at)
	if out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// program is the code of a notebook's cells, one file each, as one package: what follows %% or stands in main is a
// function of the cell's own.
func program(t *testing.T, file string) (files [][]byte) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var notebook struct {
		Cells []struct {
			Type   string   `json:"cell_type"`
			Source []string `json:"source"`
		} `json:"cells"`
	}
	if err := json.Unmarshal(content, &notebook); err != nil {
		t.Fatal(err)
	}
	imported := map[string]bool{}
	for i, cell := range notebook.Cells {
		if cell.Type != "code" {
			continue
		}
		text, err := asGo(strings.Join(cell.Source, ""), fmt.Sprintf("cell%d", i), imported)
		if err != nil {
			t.Errorf("%s, cell %d: %v", filepath.Base(file), i, err)
			continue
		}
		files = append(files, text)
	}
	return files
}

// asGo is a cell as a Go file with the imports of all cells so far that it uses.
func asGo(cell, name string, imported map[string]bool) ([]byte, error) {
	declarations, body, runs := strings.Cut("\n"+cell+"\n", "\n%%\n")
	var lines []string
	for line := range strings.Lines(declarations) {
		if !strings.HasPrefix(line, "%") && !strings.HasPrefix(line, "!") { // the kernel's own commands
			lines = append(lines, line)
		}
	}
	text := "package cells\n" + strings.Join(lines, "")
	if runs {
		text += "\nfunc main() {\n" + body + "}\n"
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, s := range parsed.Imports {
		imported[s.Path.Value] = true
	}
	parsed.Decls = slices.DeleteFunc(parsed.Decls, func(d ast.Decl) bool {
		g, ok := d.(*ast.GenDecl)
		return ok && g.Tok == token.IMPORT
	})
	for _, d := range parsed.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "main" {
			f.Name.Name = name
		}
	}
	parsed.Comments = nil
	var out bytes.Buffer
	out.WriteString("package cells\n\n")
	for _, quoted := range used(parsed, imported) {
		fmt.Fprintf(&out, "import %s\n", quoted)
	}
	for _, d := range parsed.Decls {
		out.WriteString("\n")
		if err := format.Node(&out, set, d); err != nil {
			return nil, err
		}
		out.WriteString("\n")
	}
	return out.Bytes(), nil
}

// used are the imports whose last element is the start of a selector.
func used(file *ast.File, imported map[string]bool) (all []string) {
	names := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := s.X.(*ast.Ident); ok {
				names[id.Name] = true
			}
		}
		return true
	})
	for quoted := range imported {
		if p, err := strconv.Unquote(quoted); err == nil && names[path.Base(p)] {
			all = append(all, quoted)
		}
	}
	slices.Sort(all)
	return all
}
