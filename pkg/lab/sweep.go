package lab

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
)

// Sweep trains a recipe at the notebook's [Scale] with every pair of weights of its plan and every seed, in folders
// below out, and returns the records. Finished runs are read; an interrupted cell continues when it is run again.
func Sweep(name, out string) []*record.Record {
	r := Get(recipe.Get(name, Scale()))
	s := recipe.Sweep{Recipes: []recipe.Recipe{r}, Lambdas: r.Plan.Lambdas, Gammas: r.Plan.Gammas}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	bar := NewProgress()
	records, err := s.Run(ctx, recipe.Options{Out: out, Existing: record.Resume},
		func(r recipe.Recipe, number, of int) {
			bar.Set(number, of, fmt.Sprintf("λ = %g, γ = %g, seed %d", r.Train.Lambda, r.Train.Gamma, r.Train.Seed))
		})
	bar.End()
	if ctx.Err() != nil {
		err = fmt.Errorf("interrupted, nothing is lost: run the cell again to continue")
	}
	Must(err)
	return records
}

// Sweeps displays what records contain: runs, settings and seeds, and when and on which machine they were made.
func Sweeps(records []*record.Record) {
	if len(records) == 0 {
		Must(fmt.Errorf("no records found: restore figures/results of the repository, or retrain with %s=paper",
			ScaleVariable))
	}
	settings, seeds, seconds := map[[2]float64]int{}, map[uint64]bool{}, 0.0
	for _, r := range records {
		settings[[2]float64{r.Lambda, r.Gamma}]++
		seeds[r.Seed], seconds = true, seconds+r.WallSeconds
	}
	fewest, most := len(records), 0
	for _, n := range settings {
		fewest, most = min(fewest, n), max(most, n)
	}
	Markdown("%d runs of `%s`: %d pairs of weights, each with %s. Together they took %.1f hours; each record holds "+
		"its recipe, seed, versions and machine.",
		len(records), records[0].Name, len(settings), seedsText(fewest, most), seconds/3600)
}

func seedsText(fewest, most int) string {
	if fewest == most {
		return fmt.Sprintf("%d seeds", most)
	}
	return fmt.Sprintf("%d to %d seeds", fewest, most)
}
