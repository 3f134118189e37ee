package recipe

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tightrope/pkg/queue"
	"tightrope/pkg/record"
	"tightrope/pkg/train"
)

// runsSchema is the version of the form of a file of runs.
const runsSchema = 1

// runsFile is what a sweep's workers are told.
type runsFile struct {
	Schema int      `json:"schema"`
	Runs   []Recipe `json:"runs"`
}

// WriteRuns writes the runs of a sweep, for its workers, to a file in dir whose name is a hash of the content. It
// returns an error if the file cannot be written.
func WriteRuns(dir string, runs []Recipe) (path string, err error) {
	content, err := json.MarshalIndent(runsFile{runsSchema, runs}, "", " ")
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(content)
	folder := filepath.Join(dir, ".sweeps")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", record.Explain(folder, err)
	}
	path = filepath.Join(folder, fmt.Sprintf("%x.json", sum[:6]))
	return path, record.WriteAtomic(path, append(content, '\n'))
}

// ReadRuns reads a file of [WriteRuns]. It returns an error for a file that is missing or not of this form.
func ReadRuns(path string) ([]Recipe, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("no list of runs: %w: repeat the sweep's command", err)
	}
	var f runsFile
	if err := json.Unmarshal(content, &f); err != nil {
		return nil, fmt.Errorf("list of runs %s is damaged (%w): repeat the sweep's command", path, err)
	}
	if f.Schema != runsSchema {
		return nil, fmt.Errorf("list of runs %s has schema %d, this program reads %d: start sweep and workers with "+
			"the same version of tightrope", path, f.Schema, runsSchema)
	}
	for _, r := range f.Runs {
		if err := r.Validate(); err != nil {
			return nil, fmt.Errorf("%s: %w", r.RunName(), err)
		}
	}
	return f.Runs, nil
}

// CheckFolders checks, before a sweep starts, that it can be completed. It returns an error if a record cannot be read
// or a folder holds another run.
func CheckFolders(dir string, runs []Recipe) error {
	for _, r := range runs {
		folder := filepath.Join(dir, r.RunName())
		if _, err := ended(folder); err != nil {
			return err
		}
		if err := record.CheckRecipe(folder, r); err != nil {
			return err
		}
	}
	return nil
}

// ended reads the record of a run that has ended, nil for another.
func ended(folder string) (*record.Record, error) {
	all, err := record.Find(folder)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

// Tasks are runs for [queue.Work], each in its folder under o.Out.
func Tasks(runs []Recipe, o Options) []queue.Task {
	var tasks []queue.Task
	for _, r := range runs {
		folder := filepath.Join(o.Out, r.RunName())
		tasks = append(tasks, queue.Task{
			Name: r.RunName(), Dir: folder,
			Done: func() (bool, error) {
				result, err := ended(folder)
				return result != nil, err
			},
			Run: func(ctx context.Context, c *queue.Claim) error {
				_, err := Run(ctx, r, reporting(o, folder, c))
				return err
			},
		})
	}
	return tasks
}

// reporting are the options of one run, which tells its claim how far it is.
func reporting(o Options, folder string, c *queue.Claim) Options {
	o.Out, o.Existing = folder, record.Resume
	var last time.Time
	o.OnStep = func(p train.Progress) {
		if time.Since(last) < 500*time.Millisecond {
			return
		}
		last = time.Now()
		c.Report(fmt.Sprintf("epoch %d of %d, step %d of %d: eps %.4g loss %.4f uncertified %.1f %%", p.Epoch, p.Epochs,
			p.Step, p.Steps, p.Eps, p.Loss, 100*p.Unproven), false)
	}
	o.OnEpoch = func(e train.Epoch) {
		c.Report(fmt.Sprintf("epoch %d: eps %.4g loss %.4f uncertified %.1f %% (%.1f s)", e.Epoch, e.Eps, e.Loss,
			100*e.Unproven, e.Seconds), true)
	}
	o.Progress = func(stage string, done, total int) { c.Report(fmt.Sprintf("%s %d of %d", stage, done, total), false) }
	return o
}
