package recipe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"tightrope/pkg/record"
	"tightrope/pkg/train"
)

// Sweep is a set of runs: every recipe with every pair of weights and every seed. Its only state are the run folders.
type Sweep struct {
	Recipes         []Recipe
	Lambdas, Gammas []float64 // none: the recipe's own
	Seeds           []uint64  // none: the recipe's own
}

// Runs lists the recipes of all runs; seeds are outermost, so that a sweep that is stopped has whole pairs.
func (s Sweep) Runs() []Recipe {
	var runs []Recipe
	for i := range max(1, len(s.Seeds)) {
		for _, r := range s.Recipes {
			if len(s.Seeds) > 0 {
				r.Train.Seed = s.Seeds[i]
			}
			runs = append(runs, s.weights(r)...)
		}
	}
	return runs
}

func (s Sweep) weights(r Recipe) []Recipe {
	lambdas, gammas := s.Lambdas, s.Gammas
	if len(lambdas) == 0 {
		lambdas = []float64{r.Train.Lambda}
	}
	if len(gammas) == 0 {
		gammas = []float64{r.Train.Gamma}
	}
	var runs []Recipe
	for _, r.Train.Lambda = range lambdas {
		for _, r.Train.Gamma = range gammas {
			runs = append(runs, r)
		}
	}
	return runs
}

// Run makes every run that has not ended yet, each in its folder under o.Out, and returns the records of all; onRun hears of each before it
// starts. A run that fails is left out, and the error tells of it at the end; after a cancelled context the same call goes on.
func (s Sweep) Run(ctx context.Context, o Options, onRun func(r Recipe, number, of int)) ([]*record.Record, error) {
	dir := o.Out
	o.Existing = record.Resume
	if o.Compiled == nil {
		o.Compiled = &train.Compiled{}
		defer o.Compiled.Close()
	}
	var records []*record.Record
	var failed []error
	runs := s.Runs()
	for i, r := range runs {
		onRun(r, i+1, len(runs))
		o.Out = filepath.Join(dir, r.RunName())
		result, err := Run(ctx, r, o)
		if errors.Is(err, train.ErrInterrupted) || ctx.Err() != nil {
			return records, errors.Join(err, ctx.Err())
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", r.RunName(), err))
			continue
		}
		records = append(records, result)
	}
	return records, errors.Join(failed...)
}

// Ended reads the records of the runs that have ended under dir, and counts all runs.
func (s Sweep) Ended(dir string) (records []*record.Record, of int, err error) {
	runs := s.Runs()
	for _, r := range runs {
		found, err := record.Find(filepath.Join(dir, r.RunName()))
		if err != nil {
			return nil, 0, err
		}
		records = append(records, found...)
	}
	return records, len(runs), nil
}

// The tables that WriteTables writes.
const (
	SweepCSV      = "sweep.csv"
	SweepMarkdown = "sweep.md"
)

// WriteTables writes one table over records, as CSV and as Markdown, into dir: mean and standard deviation over the seeds of each
// setting, and the differences to the same recipe's runs without regularizers, paired by seed.
func WriteTables(dir string, records []*record.Record) error {
	header, rows, err := SummaryTable(records)
	if err != nil {
		return err
	}
	for name, format := range map[string]record.Format{SweepCSV: record.CSV, SweepMarkdown: record.Markdown} {
		var b bytes.Buffer
		if err := record.WriteTable(&b, format, header, rows); err != nil {
			return err
		}
		if err := record.WriteAtomic(filepath.Join(dir, name), b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}
