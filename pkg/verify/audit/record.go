package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"

	"tightrope/pkg/internal/strictjson"
	"tightrope/pkg/record"
	"tightrope/pkg/verify/outcome"
)

// compareRecord compares the record with the decisions; a folder without one is unfinished.
func (f *folder) compareRecord() error {
	path := filepath.Join(f.dir, "record.json")
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		f.report.Folder.Unfinished = true
		return nil
	}
	if err != nil {
		return err
	}
	r := &record.Record{}
	if err := strictjson.UnmarshalPart(content, r); err != nil {
		return fmt.Errorf("%s is damaged: %w", path, err)
	}
	if f.report.Folder.Missing > 0 {
		f.report.fault("",
			"the record is of a finished verification, but %d images have no decision", f.report.Folder.Missing)
	}
	f.compareOrigin(r)
	f.compareResults(r)
	return nil
}

// compareOrigin compares what the record says of the images and the network.
func (f *folder) compareOrigin(r *record.Record) {
	var own outcome.Recipe
	switch {
	case r.Kind != record.Verify:
		f.report.fault("", "the record is of the kind %.20q, not of a verification", r.Kind)
	case strictjson.Unmarshal(r.Recipe, &own) != nil || !reflect.DeepEqual(&own, f.recipe):
		f.report.fault("", "the record's recipe is not that of recipe.json")
	case r.Dataset != (record.Dataset{Name: f.recipe.Data, Hash: f.recipe.DataHash}):
		f.report.fault("", "the record's data set is not the recipe's")
	}
}

// compareResults compares the record's numbers with those of the decisions.
func (f *folder) compareResults(r *record.Record) {
	decisions := make([]outcome.Decision, 0, len(f.decisions))
	for _, d := range f.decisions {
		decisions = append(decisions, *d)
	}
	if err := outcome.CompareRecord(r, f.recipe, decisions); err != nil {
		f.report.fault("", "the record does not say what the decisions say: %v", err)
	}
}
