// Command build writes the playground's static pages: go run ./pkg/play/build -wasm MODULE -exec WASM_EXEC.JS -out
// FOLDER (make playground). The pages name no other host and need no network beyond their own files.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

//go:embed static
var static embed.FS

func main() {
	var b builder
	flag.StringVar(&b.out, "out", "build/site/play", "folder of the pages, which is replaced")
	flag.StringVar(&b.module, "wasm", "build/play.wasm", "the library as a module for js/wasm")
	flag.StringVar(&b.exec, "exec", "", "wasm_exec.js of the Go toolchain that made the module")
	flag.StringVar(&b.method, "method", "docs/method.md", "the method, for its page")
	file := flag.String("answers", "", "write what the pages answer at some states to this file, and build nothing")
	flag.Parse()
	run := b.run
	if *file != "" {
		run = func() error { return answers(*file) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "playground:", err)
		os.Exit(1)
	}
}

// builder writes a site.
type builder struct {
	out, module, exec, method string
	file                      string // of the packed module
	size                      int    // of the packed module, in bytes
	total                     int    // of all files
}

// run writes everything into a fresh folder and puts that in the place of the old one.
func (b *builder) run() error {
	out := b.out
	b.out += ".tmp"
	if err := os.RemoveAll(b.out); err != nil {
		return err
	}
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return err
	}
	for _, part := range []func() error{b.pack, b.copies, func() error { return b.pages(filepath.Dir(out)) }} {
		if err := part(); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	if err := os.Rename(b.out, out); err != nil {
		return err
	}
	fmt.Printf("playground: %s: %d kB in all, %d kB of them the library\n", filepath.Join(out, "index.html"),
		b.total/1000, b.size/1000)
	return nil
}

// write writes one file of the site.
func (b *builder) write(name string, content []byte) error {
	b.total += len(content)
	return os.WriteFile(filepath.Join(b.out, name), content, 0o644)
}

// pack compresses the module. The file's name is not .gz, so that no server unpacks it on the way, and holds the hash,
// so that no browser keeps an old one.
func (b *builder) pack() error {
	module, err := os.ReadFile(b.module)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(module); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	b.file, b.size = fmt.Sprintf("tightrope-%.4x.bin", sha256.Sum256(module)), packed.Len()
	return b.write(b.file, packed.Bytes())
}

// copies are the files that are what they are.
func (b *builder) copies() error {
	exec, err := os.ReadFile(b.exec)
	if err != nil {
		return fmt.Errorf("%w: give -exec lib/wasm/wasm_exec.js of the Go toolchain", err)
	}
	if err := b.write("wasm_exec.js", exec); err != nil {
		return err
	}
	for _, name := range []string{"play.css", "play.js", "handles.js", "board.js", "worker.js", "icon.svg"} {
		content, err := static.ReadFile("static/" + name)
		if err != nil {
			return err
		}
		if err := b.write(name, content); err != nil {
			return err
		}
	}
	return nil
}
