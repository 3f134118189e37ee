// Package competition runs folders of the verification competition (VNN-COMP): their instances, answers, and a table.
package competition

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"tightrope/pkg/property"
)

// Instance is a network, a property and a time limit.
type Instance struct {
	Family            string // name of the folder
	Network, Property string // paths
	Limit             time.Duration
	Want              property.Answer // "sat" or "unsat" where the folder's answers.csv says so; else empty
}

// Name is what tells an instance from others: network and property, below the family's folder.
func (i *Instance) Name() [2]string {
	short := func(path string) string {
		return i.Family + "/" + filepath.Base(filepath.Dir(path)) + "/" + filepath.Base(path)
	}
	return [2]string{short(i.Network), short(i.Property)}
}

// Read lists the instances of a folder's instances.csv (onnx,vnnlib,seconds, without a header, paths relative to the
// folder), with answers.csv's answers where they are wanted. It returns an error for a table that is missing or not
// understood.
func Read(folder string, answers bool) ([]Instance, error) {
	rows, err := table(filepath.Join(folder, "instances.csv"), 3)
	if err != nil {
		return nil, err
	}
	want := map[[2]string]property.Answer{}
	if answers {
		if want, err = readAnswers(folder); err != nil {
			return nil, err
		}
	}
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	var all []Instance
	for n, row := range rows {
		seconds, err := strconv.ParseFloat(row[2], 64)
		if err != nil || !(seconds > 0 && seconds < 1e6) {
			return nil, fmt.Errorf("%s: line %d: %q is no time limit in seconds", folder, n+1, row[2])
		}
		all = append(all, Instance{Family: filepath.Base(absolute), Network: filepath.Join(folder, row[0]),
			Property: filepath.Join(folder, row[1]), Limit: time.Duration(seconds * float64(time.Second)),
			Want: want[[2]string{row[0], row[1]}]})
	}
	return all, nil
}

// readAnswers reads the columns onnx, vnnlib and answer of answers.csv.
func readAnswers(folder string) (map[[2]string]property.Answer, error) {
	rows, err := table(filepath.Join(folder, "answers.csv"), 1)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	want := map[[2]string]property.Answer{}
	for _, name := range []string{"onnx", "vnnlib", "answer"} {
		if _, found := at[name]; !found {
			return nil, fmt.Errorf("answers.csv of %s has no column %q", folder, name)
		}
	}
	for _, row := range rows[1:] {
		if len(row) <= max(at["onnx"], at["vnnlib"], at["answer"]) {
			return nil, fmt.Errorf("answers.csv of %s: a row of %d columns", folder, len(row))
		}
		if a := property.Answer(row[at["answer"]]); a == property.Sat || a == property.Unsat {
			want[[2]string{row[at["onnx"]], row[at["vnnlib"]]}] = a
		}
	}
	return want, nil
}

// table reads a file whose rows have at least a number of columns; lines that begin with # are comments.
func table(path string, columns int) ([][]string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no %s: give folders of a competition, each with its tables", path)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment, r.FieldsPerRecord = '#', -1
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s is empty", path)
	}
	for n, row := range rows {
		if len(row) < columns {
			return nil, fmt.Errorf("%s: line %d has %d columns, not %d", path, n+1, len(row), columns)
		}
	}
	return rows, nil
}
