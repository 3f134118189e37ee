package recipe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/measure"
	"tightrope/pkg/record"
	"tightrope/pkg/train"
)

// The graphs of brief, for all tests.
var (
	compiled    = &train.Compiled{}
	evaluations = &measure.Compiled{}
)

// brief is a recipe that runs in a second.
func brief() Recipe {
	return Recipe{
		Name: "brief", Scale: "custom", Data: "digits", Arch: "fc8 fc10", TrainSamples: 150, Validation: 50,
		Train: train.Config{Epochs: 3, Batch: 50, Eps: 0.02, EpsStart: 0.01, Box: ball.Unit, Ramp: 2,
			LearningRate: 0.01},
		Eval: Eval{ValidateEvery: 1, TestSamples: 100, PGDSteps: 2, PGDStepSize: 0.01, PGDSamples: 50,
			Curve: []float64{0, 0.02}, CurveSample: 50},
	}
}

// numbers is a record without what two equal runs may differ in.
func numbers(t *testing.T, r *record.Record) *record.Record {
	t.Helper()
	content, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	back := &record.Record{}
	if err := json.Unmarshal(content, back); err != nil {
		t.Fatal(err)
	}
	back.Started, back.WallSeconds = r.Started.Truncate(1<<62), 0
	back.Machine, back.Versions = record.Machine{}, record.Versions{}
	for i := range back.Epochs {
		back.Epochs[i].Seconds = 0
	}
	return back
}

// TestSweepResumes stops a sweep in its second run; the same call continues, skips what has ended, and gives the
// records of an undisturbed one.
func TestSweepResumes(t *testing.T) {
	sweep := Sweep{Recipes: []Recipe{brief()}, Gammas: []float64{0, 1}, Seeds: []uint64{4, 5}}
	want, err := sweep.Run(context.Background(),
		Options{Out: t.TempDir(), Compiled: compiled, Evaluations: evaluations}, func(Recipe, int, int) {})
	if err != nil || len(want) != 4 {
		t.Fatalf("%d records, error %v", len(want), err)
	}
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	steps := 0
	first, err := sweep.Run(ctx, Options{Out: dir, Compiled: compiled, Evaluations: evaluations,
		OnStep: func(train.Progress) {
			if steps++; steps == 9+5 {
				cancel()
			}
		}}, func(Recipe, int, int) {})
	if !errors.Is(err, train.ErrInterrupted) || len(first) != 1 {
		t.Fatalf("after a stop in the second run: %d records, error %v", len(first), err)
	}
	if done, err := Ended(dir, sweep.Runs()); err != nil || len(done) != 1 || len(sweep.Runs()) != 4 {
		t.Errorf("%d of %d runs have ended (%v), want 1 of 4", len(done), len(sweep.Runs()), err)
	}
	steps = 0
	got, err := sweep.Run(context.Background(),
		Options{Out: dir, Compiled: compiled, Evaluations: evaluations, OnStep: func(train.Progress) { steps++ }},
		func(Recipe, int, int) {})
	if err != nil || len(got) != 4 {
		t.Fatalf("%d records, error %v", len(got), err)
	}
	if steps != 4+9+9 {
		t.Errorf("%d steps after the stop, want the 22 that were left", steps)
	}
	for i := range got {
		if a, b := numbers(t, got[i]), numbers(t, want[i]); !reflect.DeepEqual(a, b) {
			t.Errorf("run %d: %+v, undisturbed %+v", i, a, b)
		}
	}
}

// TestRepeat runs a recipe again from its own record: the same numbers.
func TestRepeat(t *testing.T) {
	first, err := Run(context.Background(), brief(),
		Options{Out: t.TempDir(), Compiled: compiled, Evaluations: evaluations})
	if err != nil {
		t.Fatal(err)
	}
	r, err := FromRecord(first)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Run(context.Background(), r, Options{Out: t.TempDir(), Compiled: compiled, Evaluations: evaluations})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := numbers(t, first), numbers(t, again); !reflect.DeepEqual(a, b) {
		t.Errorf("again: %+v\nfirst: %+v", b, a)
	}
	if best := chosenEpoch(first); best < 1 ||
		first.Results[ChosenValidation].CertifiedError != first.Epochs[best-1].CertifiedError {
		t.Errorf("chosen epoch %d: %+v, its model gives %+v", best, first.Epochs, first.Results[ChosenValidation])
	}
}

// chosenEpoch finds the epoch with the least certified error on validation, as [train.Best] does; 0 for none.
func chosenEpoch(r *record.Record) int {
	best := 0
	for i, e := range r.Epochs {
		if best == 0 || e.CertifiedError < r.Epochs[best-1].CertifiedError ||
			e.CertifiedError == r.Epochs[best-1].CertifiedError && e.StandardError <= r.Epochs[best-1].StandardError {
			best = i + 1
		}
	}
	return best
}

// TestRunRefuses checks that a finished run is kept unless its replacement is asked for, and that another recipe does
// not resume it.
func TestRunRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := Run(context.Background(), brief(),
		Options{Out: dir, Compiled: compiled, Evaluations: evaluations}); err != nil {
		t.Fatal(err)
	}
	model, err := os.ReadFile(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	other := brief()
	other.Train.Gamma = 3
	for existing, want := range map[record.Existing]string{record.Refuse: "already holds a run",
		record.Resume: "train.gamma"} {
		if _, err := Run(context.Background(), other,
			Options{Out: dir, Existing: existing, Compiled: compiled, Evaluations: evaluations}); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	if now, err := os.ReadFile(filepath.Join(dir, "model.safetensors")); err != nil || !bytes.Equal(now, model) {
		t.Errorf("the model has changed (%v)", err)
	}
	if _, err := Run(context.Background(), other,
		Options{Out: dir, Existing: record.Replace, Compiled: compiled, Evaluations: evaluations}); err != nil {
		t.Error(err)
	}
}
