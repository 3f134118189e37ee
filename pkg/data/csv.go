package data

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"tightrope/pkg/internal/gzfile"
)

// maxCSV is the size of the largest table of text that is read, in bytes.
const maxCSV = 4 << 30

// labelColumns are the names of a column of labels.
var labelColumns = []string{"label", "labels", "class", "target", "y"}

// readCSV reads a table of one sample in each row: its label, a class number, and its inputs. The label is the column
// that a header names so, or the first one.
func readCSV(path string) (*own, error) {
	content, err := gzfile.Read(path, maxCSV)
	if err != nil {
		return nil, err
	}
	t, err := parseCSV(content)
	if err != nil {
		return nil, err
	}
	set := &Set{Name: path, Shape: []int{1, 1, t.inputs}, X: t.x, Y: t.y}
	if side := int(math.Sqrt(float64(t.inputs))); side > 4 && side*side == t.inputs {
		set.Shape = []int{1, side, side}
		t.notes = append(t.notes, fmt.Sprintf("%d inputs are read as an image of %d x %d pixels", t.inputs, side, side))
	}
	if t.divide() {
		t.notes = append(t.notes, "whole numbers up to 255 are divided by 255")
	}
	if set, err = (ImportOptions{}).finish(set); err != nil {
		return nil, err
	}
	return &own{all: set, notes: t.notes}, nil
}

// table is what a CSV file holds.
type table struct {
	label, inputs int // column of the label, number of the others
	x             []float32
	y             []int32
	notes         []string
}

// parseCSV reads the rows of a table.
func parseCSV(content []byte) (*table, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff"))))
	r.ReuseRecord, r.TrimLeadingSpace, r.Comment = true, true, '#'
	first, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("no table of numbers separated by commas: %w", err)
	}
	t := &table{inputs: len(first) - 1}
	if t.inputs < 1 {
		return nil, errors.New("a row holds one value: write the label and the inputs, separated by commas")
	}
	if row := slices.Clone(first); isHeader(row) {
		t.findLabel(row)
	} else {
		t.notes = append(t.notes, "no header: the first column is read as the label")
		if err := t.add(row, 1); err != nil {
			return nil, err
		}
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		if err := t.add(row, line); err != nil {
			return nil, err
		}
	}
}

// isHeader reports whether a row holds a word.
func isHeader(row []string) bool {
	return slices.ContainsFunc(row, func(field string) bool {
		_, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
		return err != nil
	})
}

// findLabel looks for the column of labels in a header.
func (t *table) findLabel(header []string) {
	for i, name := range header {
		if slices.Contains(labelColumns, strings.ToLower(strings.TrimSpace(name))) {
			t.label = i
			t.notes = append(t.notes, fmt.Sprintf("column %q is read as the label", name))
			return
		}
	}
	t.notes = append(t.notes, fmt.Sprintf("no column is named label: the first, %q, is read as the label", header[0]))
}

// add reads one row.
func (t *table) add(row []string, line int) error {
	for i, field := range row {
		v, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
		if err != nil {
			return fmt.Errorf("line %d, column %d: %q is no number", line, i+1, field)
		}
		if i != t.label {
			t.x = append(t.x, float32(v))
			continue
		}
		if v != math.Trunc(v) || math.Abs(v) > math.MaxInt32 {
			return fmt.Errorf("line %d, column %d: label %s, want a whole class number", line, i+1, field)
		}
		t.y = append(t.y, int32(v))
	}
	return nil
}

// divide scales 8-bit values to [0, 1], and reports whether it did.
func (t *table) divide() bool {
	above := false
	for _, v := range t.x {
		if !(v >= 0 && v <= 255) || v != float32(int(v)) {
			return false
		}
		above = above || v > 1
	}
	if above {
		for i := range t.x {
			t.x[i] /= 255
		}
	}
	return above
}
