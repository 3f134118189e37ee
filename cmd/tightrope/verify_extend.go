package main

import (
	"errors"

	"tightrope/pkg/record"
	"tightrope/pkg/verify/outcome"
)

// existing says what to do with the verification that the folder holds. It returns an error if flags exclude each
// other.
func (f *verifyFlags) existing() (record.Existing, error) {
	if !f.extend {
		return existingOf(f.resume, f.force)
	}
	if f.force {
		return record.Refuse, errors.New("--extend and --force exclude each other: --extend continues the " +
			"verification, --force replaces it")
	}
	if f.workers != 0 || f.cluster.cluster != "" {
		return record.Refuse, errors.New("--extend works in one process: leave out --workers and --slurm")
	}
	return record.Resume, nil
}

// setRecipe writes the recipe of the verification. One that is continued has the recipe that the folder holds, or, with
// --extend, one that extends it.
func (f *verifyFlags) setRecipe(folder *record.Run, recipe *outcome.Recipe) error {
	if !f.extend || !folder.Resumed {
		return folder.SetRecipe(*recipe)
	}
	old, err := outcome.ReadRecipe(folder.Dir)
	if err != nil {
		return err
	}
	if err := recipe.Extends(old); err != nil {
		return err
	}
	return folder.ReplaceRecipe(*recipe)
}
