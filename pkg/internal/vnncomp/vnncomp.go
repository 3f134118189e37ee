// Package vnncomp finds the competition's files for tests. They are not part of this repository: the environment
// variable TIGHTROPE_VNNCOMP names a folder that holds one folder for each family, with networks, properties,
// witnesses, forward.csv (reference outputs) and answers.csv (one row an instance).
package vnncomp

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"
)

// Families are the folders that hold a table of the given name. The test is skipped where TIGHTROPE_VNNCOMP is not set,
// and fails where no family has the table.
func Families(t *testing.T, table string) []string {
	t.Helper()
	dir := os.Getenv("TIGHTROPE_VNNCOMP")
	if dir == "" {
		t.Skip("TIGHTROPE_VNNCOMP names no folder of competition files")
	}
	found, err := filepath.Glob(filepath.Join(dir, "*", table))
	if err != nil || len(found) == 0 {
		t.Fatalf("no %s in folders of %s: %v", table, dir, err)
	}
	for i := range found {
		found[i] = filepath.Dir(found[i])
	}
	return found
}

// Rows reads a table, whose lines that begin with # are comments; the first row is the header where there is one.
func Rows(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment, r.FieldsPerRecord = '#', -1
	all, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}
