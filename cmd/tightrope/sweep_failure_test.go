//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// disk mounts a small file system, and skips the test where that is not allowed.
func disk(t *testing.T, size string) (dir string, remount func(flags uintptr, options string)) {
	t.Helper()
	dir = t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small file system cannot be mounted here (%v): run the test as root", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, 0) })
	return dir, func(flags uintptr, options string) {
		if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT|flags, options); err != nil {
			t.Fatal(err)
		}
	}
}

// refused runs the program, which has to fail with one line that holds all words; it returns that line.
func refused(t *testing.T, arguments []string, words ...string) {
	t.Helper()
	text, code := output(t, tightrope(t, arguments...))
	lines := strings.Split(strings.TrimSpace(text), "\n")
	last := lines[len(lines)-1]
	if code != 1 || !strings.HasPrefix(last, "tightrope: ") {
		t.Errorf("exit code %d, want 1 and an error\n%s", code, text)
	}
	for _, w := range words {
		if !strings.Contains(last, w) {
			t.Errorf("error %q lacks %q", last, w)
		}
	}
}

// TestSweepFullDisk fills the disk in the middle of a sweep: a clear error, and with more space it continues to the
// same table.
func TestSweepFullDisk(t *testing.T) {
	out, remount := disk(t, "700k")
	workers := small(out, "--epochs", "12", "--workers", "2")
	refused(t, workers, "disk is full", "free some space")
	before := results(t, out)
	if len(before) == 0 || len(before) == 12 {
		t.Fatalf("%d records fit on the disk, want some", len(before))
	}
	remount(0, "size=20m")
	must(t, tightrope(t, workers...))
	kept(t, before, results(t, out))
	calm := t.TempDir()
	must(t, tightrope(t, small(calm, "--epochs", "12")...))
	if got, want := read(t, out, "sweep.csv"), read(t, calm, "sweep.csv"); got != want {
		t.Errorf("table after a full disk:\n%s\nundisturbed:\n%s", got, want)
	}
}

// results are the records in a folder, by path.
func results(t *testing.T, out string) map[string]string {
	t.Helper()
	found := map[string]string{}
	paths, _ := filepath.Glob(filepath.Join(out, "mlp*", "record.json"))
	for _, path := range paths {
		numbers(t, path) // it is whole
		found[path] = read(t, path)
	}
	return found
}

// kept checks that no record has changed.
func kept(t *testing.T, before, after map[string]string) {
	t.Helper()
	for path, content := range before {
		if after[path] != content {
			t.Errorf("%s has changed", path)
		}
	}
}

// TestSweepReadOnly starts a sweep where nothing can be written, and continues one that lies there.
func TestSweepReadOnly(t *testing.T) {
	out, remount := disk(t, "20m")
	one := small(out, "--epochs", "3", "--seeds", "0", "--workers", "2")
	must(t, tightrope(t, one...))
	before := results(t, out)
	more := small(out, "--epochs", "3", "--workers", "2")
	remount(unix.MS_RDONLY, "")
	refused(t, more, "not writable", "--out")
	refused(t, small(filepath.Join(out, "new"), "--workers", "2"), "not writable", "--out")
	kept(t, before, results(t, out))
	remount(0, "")
	must(t, tightrope(t, more...))
	kept(t, before, results(t, out))
	if n := len(results(t, out)); n != 12 {
		t.Errorf("%d records, want 12", n)
	}
}

// TestSweepOtherVersion meets files of another version: it says so, and changes nothing.
func TestSweepOtherVersion(t *testing.T) {
	out := t.TempDir()
	workers := small(out, "--epochs", "3", "--seeds", "0", "--workers", "2")
	must(t, tightrope(t, workers...))
	before := results(t, out)
	for path, content := range before {
		os.WriteFile(path, []byte(strings.Replace(content, `"schema": 1`, `"schema": 99`, 1)), 0o644)
		for _, arguments := range [][]string{workers, small(out, "--epochs", "3", "--seeds", "0")} {
			refused(t, arguments, "schema 99", "newer version")
		}
		if now := read(t, path); !strings.Contains(now, `"schema": 99`) {
			t.Errorf("%s was replaced", path)
		}
		os.WriteFile(path, []byte(content), 0o644)
		break
	}
	refused(t, small(out, "--epochs", "4", "--seeds", "0", "--workers", "2"), "train.epochs")
	lists, _ := filepath.Glob(filepath.Join(out, ".sweeps", "*.json"))
	if len(lists) != 1 {
		t.Fatalf("lists of runs: %v", lists)
	}
	os.WriteFile(lists[0], []byte(strings.Replace(read(t, lists[0]), `"schema": 1`, `"schema": 2`, 1)), 0o644)
	refused(t, []string{"work", lists[0]}, "schema 2", "same version")
	must(t, tightrope(t, workers...)) // writes the list anew
	kept(t, before, results(t, out))
}
