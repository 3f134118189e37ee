package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/janpfeifer/gonb/gonbui"

	"tightrope/pkg/plot"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
	"tightrope/pkg/train"
)

// Run trains and evaluates a recipe with a bar and a live curve, and returns its record. The folder out keeps the run:
// an interrupted cell continues where it stopped when it is run again, and a finished run is read, not repeated (delete
// the folder to repeat it). An error ends the cell.
func Run(r recipe.Recipe, out string) *record.Record {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	live := &liveRun{recipe: r, out: out, bar: NewProgress(), curve: "tightrope_curve_" + gonbui.UniqueID()}
	rec, err := recipe.Run(ctx, r, recipe.Options{Out: out, Existing: record.Resume, OnStep: live.step,
		OnEpoch:  live.epoch,
		Progress: func(stage string, done, total int) { live.bar.Set(done, total, stage) }})
	live.end()
	if errors.Is(err, train.ErrInterrupted) || ctx.Err() != nil {
		err = fmt.Errorf("interrupted, nothing is lost: run the cell again to continue")
	}
	Must(err)
	return rec
}

// Pair runs a recipe without a regularizer and with the weights given, on the same seed, in two folders below out, and
// returns the records in this order. It is [Run] twice.
func Pair(r recipe.Recipe, out string, lambda, gamma float64) (baseline, regularized *record.Record) {
	plain := r
	plain.Train.Lambda, plain.Train.Gamma = 0, 0
	r.Train.Lambda, r.Train.Gamma = lambda, gamma
	baseline = Run(plain, fmt.Sprintf("%s/baseline-seed%d", out, r.Train.Seed))
	regularized = Run(r, fmt.Sprintf("%s/lambda%g-gamma%g-seed%d", out, lambda, gamma, r.Train.Seed))
	return baseline, regularized
}

// liveRun shows a training while it continues.
type liveRun struct {
	recipe recipe.Recipe
	out    string
	bar    *Progress
	curve  string
	drawn  time.Time
}

func (l *liveRun) step(p train.Progress) {
	l.bar.Set((p.Epoch-1)*p.Steps+p.Step, p.Epochs*p.Steps, fmt.Sprintf("epoch %d of %d, ε %.3g, loss %.3f, "+
		"uncertified %.1f %%", p.Epoch, p.Epochs, p.Eps, p.Loss, 100*p.Unproven))
}

// curvePause is the time between two drawings of the live curve.
var curvePause = time.Second

// epoch redraws the curve from the metrics that the run has written so far.
func (l *liveRun) epoch(train.Epoch) {
	if Batch() || time.Since(l.drawn) < curvePause {
		return
	}
	l.drawn = time.Now()
	metrics, err := record.ReadMetrics(l.out)
	if err != nil || len(metrics) < 2 {
		return
	}
	so := &record.Record{Name: l.recipe.Name, Lambda: l.recipe.Train.Lambda, Gamma: l.recipe.Train.Gamma,
		Epochs: metrics}
	if f, err := plot.Training(so); err == nil {
		updateHTML(l.curve, string(plot.SVG(f)))
	}
}

func (l *liveRun) end() {
	l.bar.End()
	if !l.drawn.IsZero() {
		updateHTML(l.curve, "")
		syncOutput()
	}
}
