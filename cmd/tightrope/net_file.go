package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"tightrope/pkg/model"
	"tightrope/pkg/record"
)

// writeRead says which tensor of the file became which parameter.
func writeRead(w io.Writer, m *model.Model) error {
	precision := "float32"
	if m.Float64 {
		precision = "float64"
	}
	fmt.Fprintf(w, "\nRead from the file, in %s (hash %s):\n\n", precision, m.Hash())
	var rows [][]string
	for i, l := range m.Layers {
		for _, p := range l.Params {
			from := p.Source
			if from == "" {
				from = "none: 0"
			}
			rows = append(rows, []string{fmt.Sprint(i), l.Spec.Text(), p.Name, from, fmt.Sprint(p.Shape)})
		}
	}
	return record.WriteTable(w, record.Plain, []string{"", "layer", "parameter", "tensor", "shape"}, rows)
}

// writeMetadata lists the entries of a file's metadata: this program's own by what they say, those of others as quoted
// text.
func writeMetadata(w io.Writer, file *model.File) error {
	var rows [][]string
	for _, e := range file.Origin.Entries() {
		rows = append(rows, []string{model.OriginPrefix + e.Name, e.Text})
	}
	for _, key := range slices.Sorted(maps.Keys(file.Metadata)) {
		if !strings.HasPrefix(key, model.OriginPrefix) && key != model.ArchitectureKey { // which stands above
			rows = append(rows, []string{fmt.Sprintf("%.80q", key), fmt.Sprintf("%.200q", file.Metadata[key])})
		}
	}
	if !file.Origin.Known() {
		fmt.Fprintln(w, "\nThe file has no entries about its training (data set, seed of the split, radius).")
	}
	if len(rows) == 0 {
		return nil
	}
	fmt.Fprint(w, "\nThe file's metadata:\n\n")
	return record.WriteTable(w, record.Plain, []string{"entry", "value"}, rows)
}
