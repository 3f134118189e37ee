package house

import (
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// widest is the longest line of Go code, in columns; a tab counts 4.
const widest = 120

// TestLinesAreNotTooLong: no line of Go code is longer than 120 columns, but for raw strings and the rows of tests'
// tables.
func TestLinesAreNotTooLong(t *testing.T) {
	root := filepath.Join("..", "..")
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		if d.IsDir() {
			if strings.HasPrefix(d.Name(), ".") && name != "." {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		files++
		return checkLines(t, path, name)
	})
	if err != nil || files < 300 {
		t.Fatalf("%d files, %v", files, err)
	}
}

func checkLines(t *testing.T, path, name string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	raw, number := rawLines(content), 0
	for line := range strings.Lines(string(content)) {
		number++
		line = strings.TrimRight(line, "\n")
		columns := utf8.RuneCountInString(line) + 3*strings.Count(line, "\t")
		if columns <= widest || raw[number] || strings.HasSuffix(name, "_test.go") && isRow(line) {
			continue
		}
		t.Errorf("%s:%d has %d columns: break it, %d at most", name, number, columns, widest)
	}
	return nil
}

// rawLines are the numbers of the lines that a raw string of several lines is on.
func rawLines(content []byte) map[int]bool {
	raw, files := map[int]bool{}, token.NewFileSet()
	file := files.AddFile("", files.Base(), len(content))
	var s scanner.Scanner
	s.Init(file, content, nil, 0)
	for {
		at, kind, text := s.Scan()
		switch first, count := file.Line(at), strings.Count(text, "\n"); {
		case kind == token.EOF:
			return raw
		case kind == token.STRING && text[0] == '\x60' && count > 0:
			for k := range count + 1 {
				raw[first+k] = true
			}
		}
	}
}

// isRow reports whether a line looks like a row of a table: {"input", want}, or "input": want, or "a string", or of an
// expected output. A string that goes on with other arguments is none.
func isRow(line string) bool {
	line = strings.TrimSpace(line)
	pair := strings.HasPrefix(line, `"`) && (strings.Contains(line, `": `) || strings.HasSuffix(line, `",`))
	return strings.HasPrefix(line, "{") || pair || strings.HasPrefix(line, "// |")
}
