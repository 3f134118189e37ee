// Command book writes what the site needs from Go: the package reference as Markdown, made from the comments of the
// source, and the font of the formulas.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"codeberg.org/go-fonts/latin-modern/lmmath"
)

func main() {
	root := flag.String("root", ".", "folder of the module")
	packages := flag.String("packages", "build/packages", "folder of the reference, one page per package")
	font := flag.String("font", "", "file of the font for formulas; empty: none")
	flag.Parse()
	err := writePackages(*root, *packages)
	if err == nil && *font != "" {
		err = write(*font, string(lmmath.TTF))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "book:", err)
		os.Exit(1)
	}
}

// write writes a file and makes its folder.
func write(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}
