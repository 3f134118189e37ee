package main

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// module is the first element of every import path here; make rename changes imports, and this line with them.
const module = "tightrope/"

// source is a package that is read.
type source struct {
	*doc.Package
	name string // its folder below pkg, with slashes
	set  *token.FileSet
	own  map[string]bool // the names of all packages that have a page
}

// writePackages writes a page for each package below pkg that other modules may import, and an index.
func writePackages(root, out string) error {
	names, err := folders(filepath.Join(root, "pkg"))
	if err != nil {
		return err
	}
	var packages []*source
	own := map[string]bool{}
	for _, name := range names {
		p, err := read(filepath.Join(root, "pkg", filepath.FromSlash(name)), name)
		if err != nil {
			return err
		}
		if p != nil {
			p.own, own[name] = own, true
			packages = append(packages, p)
		}
	}
	index := "# Packages\n\nWhat the comments of the source say. The types of `graph`, such as `*Node`, are " +
		"GoMLX's.\n\n" +
		"| package | what it is for |\n|---|---|\n"
	for _, p := range packages {
		index += fmt.Sprintf("| [`%s`](%s) | %s |\n", p.ImportPath, file(p.name, ".md"), cell(p.Synopsis(p.Doc)))
		if err := write(filepath.Join(out, file(p.name, ".md")), p.page()); err != nil {
			return err
		}
	}
	return write(filepath.Join(out, "index.md"), index)
}

// file is the name of a package's page.
func file(name, extension string) string { return strings.ReplaceAll(name, "/", "-") + extension }

// folders are those below pkg, but for internal packages and test data.
func folders(dir string) (names []string, err error) {
	err = filepath.WalkDir(dir, func(p string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !entry.IsDir() || p == dir:
			return nil
		case slices.Contains([]string{"internal", "testdata"}, entry.Name()):
			return fs.SkipDir
		}
		name, err := filepath.Rel(dir, p)
		names = append(names, filepath.ToSlash(name))
		return err
	})
	return names, err
}

// read parses a folder with its tests, for their examples; nil if there is no package, or a program.
func read(dir, name string) (*source, error) {
	found, err := build.ImportDir(dir, 0)
	if _, none := err.(*build.NoGoError); none || found.IsCommand() {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, f := range slices.Concat(found.GoFiles, found.CgoFiles, found.TestGoFiles, found.XTestGoFiles) {
		text, err := os.ReadFile(filepath.Join(dir, f))
		if err != nil {
			return nil, err
		}
		parsed, err := parser.ParseFile(set, f, text, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		files = append(files, parsed)
	}
	p, err := doc.NewFromFiles(set, files, module+path.Join("pkg", name))
	return &source{Package: p, name: name, set: set}, err
}
