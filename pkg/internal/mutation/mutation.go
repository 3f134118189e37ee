// Package mutation checks that a package's tests notice when its guards are taken away: it runs the tests on the
// package with one text of its source replaced at a time, and reports the replacements that they let pass.
package mutation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Mutant is a replacement in a file of the package.
type Mutant struct {
	File     string // name within the package's folder
	Old, New string // Old must occur exactly once in File
}

// String names the mutant by its file and the beginning of what it replaces.
func (m Mutant) String() string {
	name := strings.Join(strings.Fields(m.Old), " ")
	return m.File + ": " + name[:min(len(name), 60)]
}

// source is the file's new text, or an error if Old does not occur exactly once, or New is the same.
func (m Mutant) source(dir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, m.File))
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(b), m.Old); n != 1 || m.Old == m.New {
		return "", fmt.Errorf("%s: %q occurs %d times: bring the mutant up to date, for one change", m.File, m.Old, n)
	}
	return strings.Replace(string(b), m.Old, m.New, 1), nil
}

// ErrSurvived marks a mutant that the tests let pass.
var ErrSurvived = errors.New("survived: add a test that fails without the guard")

// Run runs the tests of the package in dir that match pattern (as go test -run) on one mutant. It returns nil if
// they fail or do not end within the limit, an error that wraps [ErrSurvived] where they pass, and another one where
// the mutant cannot be tried: Old does not occur exactly once, or the mutant does not compile.
func Run(ctx context.Context, dir, pattern string, limit time.Duration, m Mutant) error {
	text, err := m.source(dir)
	if err != nil {
		return err
	}
	temporary, err := os.MkdirTemp("", "mutation")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	overlay, err := write(temporary, dir, m.File, text)
	if err != nil {
		return err
	}
	output, failed := goTest(ctx, dir, pattern, limit, "-overlay", overlay)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case failed == nil:
		return fmt.Errorf("%v: %w", m, ErrSurvived)
	case !strings.Contains(output, "FAIL\t") || strings.Contains(output, " failed]"): // [build failed], [setup failed]
		return fmt.Errorf("%v: its tests did not run: %w\n%s", m, failed, output)
	}
	return nil
}

// write puts the mutated file and go's overlay for it into a folder, and returns the overlay's path.
func write(folder, dir, file, text string) (string, error) {
	original, err := filepath.Abs(filepath.Join(dir, file))
	if err != nil {
		return "", err
	}
	changed, overlay := filepath.Join(folder, filepath.Base(file)), filepath.Join(folder, "overlay.json")
	b, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	return overlay, errors.Join(err, os.WriteFile(changed, []byte(text), 0o600), os.WriteFile(overlay, b, 0o600))
}

// goTest runs a package's tests, without long ones; the error tells that they did not pass.
func goTest(ctx context.Context, dir, pattern string, limit time.Duration, flags ...string) (string, error) {
	arguments := append([]string{"test", "-run", pattern, "-count=1", "-vet=off", "-failfast",
		"-timeout=" + limit.String()}, flags...)
	c := exec.CommandContext(ctx, "go", append(arguments, ".")...)
	c.Dir, c.Env = dir, append(os.Environ(), "TIGHTROPE_LONG=")
	output, err := c.CombinedOutput()
	return string(output), err
}

// Test fails for every mutant of the package under test that its tests matching pattern let pass. That takes seconds
// for each mutant, so without TIGHTROPE_LONG=1 it only checks that the mutants are up to date. The pattern must leave
// the calling test out.
func Test(t *testing.T, pattern string, mutants []Mutant) {
	t.Helper()
	for _, m := range mutants {
		if _, err := m.source("."); err != nil {
			t.Error(err)
		}
	}
	if t.Failed() || os.Getenv("TIGHTROPE_LONG") == "" {
		return
	}
	start := time.Now()
	output, err := goTest(t.Context(), ".", pattern, 20*time.Minute)
	if err != nil || strings.Contains(output, "no tests to run") {
		t.Fatalf("without a mutant: %v\n%s", err, output)
	}
	// On a busy machine, tests that are only slow must not count as tests that do not end.
	limit := max(2*time.Minute, 10*time.Since(start))
	killed := 0
	for _, m := range mutants {
		if err := Run(t.Context(), ".", pattern, limit, m); err != nil {
			t.Error(err)
			continue
		}
		killed++
	}
	t.Logf("%d of %d mutants were noticed", killed, len(mutants))
}
