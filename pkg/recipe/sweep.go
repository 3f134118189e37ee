package recipe

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"tightrope/pkg/measure"
	"tightrope/pkg/record"
	"tightrope/pkg/train"
)

// Sweep is a set of runs: every recipe with every pair of weights and every seed. Its only state is in the run folders.
type Sweep struct {
	Recipes         []Recipe
	Lambdas, Gammas []float64 // none: the recipe's own value; where Ablation is set, those of its plan
	Seeds           []uint64  // none: 0 up to the number of runs of the recipe's plan
	Pair            bool      // instead: no regularizer, and the weights of the recipe's plan
	Ablation        bool      // leaves out the pairs of two positive weights
}

// Runs lists the recipes of all runs; seeds are outermost, so that a sweep that is stopped has whole pairs.
func (s Sweep) Runs() []Recipe {
	var runs []Recipe
	for round := 0; ; round++ {
		before := len(runs)
		for _, r := range s.Recipes {
			seeds := s.seeds(r)
			if round >= len(seeds) {
				continue
			}
			r.Train.Seed = seeds[round]
			for _, w := range s.weights(r) {
				r.Train.Lambda, r.Train.Gamma = w[0], w[1]
				runs = append(runs, r)
			}
		}
		if len(runs) == before {
			return runs
		}
	}
}

func (s Sweep) seeds(r Recipe) []uint64 {
	if len(s.Seeds) > 0 {
		return s.Seeds
	}
	seeds := []uint64{r.Train.Seed}
	for i := 1; i < r.Plan.Seeds; i++ {
		seeds = append(seeds, r.Train.Seed+uint64(i))
	}
	return seeds
}

// weights lists the pairs of lambda and gamma.
func (s Sweep) weights(r Recipe) [][2]float64 {
	if s.Pair {
		return [][2]float64{{0, 0}, {r.Plan.Lambda, r.Plan.Gamma}}
	}
	var pairs [][2]float64
	for _, l := range s.values(s.Lambdas, r.Plan.Lambdas, r.Train.Lambda) {
		for _, g := range s.values(s.Gammas, r.Plan.Gammas, r.Train.Gamma) {
			if !s.Ablation || l == 0 || g == 0 {
				pairs = append(pairs, [2]float64{l, g})
			}
		}
	}
	return pairs
}

func (s Sweep) values(asked, planned []float64, own float64) []float64 {
	switch {
	case len(asked) > 0:
		return asked
	case s.Ablation && len(planned) > 0:
		return planned
	}
	return []float64{own}
}

// Run makes every run of the sweep; see [RunAll].
func (s Sweep) Run(ctx context.Context, o Options, onRun func(r Recipe, number, of int)) ([]*record.Record, error) {
	return RunAll(ctx, s.Runs(), o, onRun)
}

// RunAll makes every unfinished run, each in its folder under o.Out, and returns the records of all runs; onRun is
// called before each run starts. A run that fails is skipped and reported in the error at the end. After a cancelled
// context, the same call continues.
func RunAll(ctx context.Context, runs []Recipe, o Options, onRun func(r Recipe, number, of int)) ([]*record.Record,
	error) {
	dir := o.Out
	o.Existing = record.Resume
	if o.Compiled == nil {
		o.Compiled = &train.Compiled{}
		defer o.Compiled.Close()
	}
	if o.Evaluations == nil {
		o.Evaluations = &measure.Compiled{}
		defer o.Evaluations.Close()
	}
	var records []*record.Record
	var failed []error
	for i, r := range runs {
		onRun(r, i+1, len(runs))
		o.Out = filepath.Join(dir, r.RunName())
		result, err := Run(ctx, r, o)
		if errors.Is(err, train.ErrInterrupted) || ctx.Err() != nil {
			return records, fmt.Errorf("sweep stopped in run %d of %d: run the same command again to continue (%w)",
				i+1, len(runs), err)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", r.RunName(), err))
			continue
		}
		records = append(records, result)
	}
	if len(failed) > 0 {
		return records, fmt.Errorf("%d of %d runs failed, the first: %w", len(failed), len(runs), failed[0])
	}
	return records, nil
}

// Ended reads the records of the finished runs under dir. It returns an error for a record that cannot be read.
func Ended(dir string, runs []Recipe) (records []*record.Record, err error) {
	for _, r := range runs {
		found, err := record.Find(filepath.Join(dir, r.RunName()))
		if err != nil {
			return nil, err
		}
		records = append(records, found...)
	}
	return records, nil
}
