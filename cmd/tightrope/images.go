package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tightrope/pkg/data"
	"tightrope/pkg/model"
)

// dataUsage is the text of the flag --data.
const dataUsage = "data set, if the model file names none; or the path of your own data: a folder with one " +
	"subfolder of images for each class, NumPy or IDX files of images and labels, or a CSV file"

// loadSplits reads a data set or a user's own data, and says how it read them. Own data that are not divided are all
// for testing where the network was not trained on them, unless a seed was given that divides them.
func loadSplits(cmd *cobra.Command, name string, seed uint64, origin model.Origin) (*data.Splits, error) {
	o := data.Options{Seed: seed}
	o.Dir, _ = cmd.Flags().GetString("data-dir")
	o.Whole = whole(name, origin, cmd.Flags().Changed("seed"))
	splits, err := data.Load(name, o)
	if err != nil {
		return nil, err
	}
	notes := splits.Notes
	if o.Whole {
		notes = append(notes, fmt.Sprintf("all %d samples of %s are taken; --seed N divides them as training with "+
			"that seed does", splits.Test.Len(), name))
	}
	for _, note := range notes {
		fmt.Fprintf(cmd.ErrOrStderr(), "data: %s\n", note)
	}
	return splits, nil
}

// whole reports whether a user's own data, which are not divided, are all for testing.
func whole(name string, origin model.Origin, seedGiven bool) bool {
	return data.IsPath(name) && data.DrawsTest(name) && !data.Same(origin.Data, name) && !seedGiven
}

// dataName is a data set's name as a part of the name of a folder.
func dataName(name string) string {
	if !data.IsPath(name) {
		return name
	}
	base, _, _ := strings.Cut(filepath.Base(name), ".")
	return base
}
