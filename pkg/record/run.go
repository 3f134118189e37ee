package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/gofrs/flock"
)

// The files of a run's folder.
const (
	recipeFile     = "recipe.json"
	metricsFile    = "metrics.jsonl"
	checkpointFile = "checkpoint.safetensors"
	modelFile      = "model.safetensors"
	recordFile     = "record.json"
	lockFile       = ".lock"
)

// stepFiles are those that a finished step leaves.
var stepFiles = []string{metricsFile, checkpointFile, modelFile, recordFile}

var runFiles = append([]string{recipeFile}, stepFiles...)

// Existing says what to do with a run that the folder already holds.
type Existing int

// The choices.
const (
	Refuse  Existing = iota // the default: an error
	Resume                  // go on with it; a fresh folder starts anew
	Replace                 // delete its files, and nothing else in the folder (--force)
)

// Run is the folder of one run, locked against other processes until [Run.Close].
type Run struct {
	Dir     string
	Resumed bool // the folder held a run that this one continues
	lock    *flock.Flock
	metrics *Journal
	steps   []string // patterns of further files that a finished step leaves
}

// ErrInUse is the error of [Create] for the folder of a run that another process is using.
var ErrInUse = errors.New("in use by another process")

// Create makes the folder of a run, or opens one. It returns a one-line error with its remedy where the folder holds
// another run, another process uses it, or it cannot be written. A folder in which no step was finished holds no run:
// its recipe may be replaced. Steps are patterns (see [filepath.Glob], relative to dir) of the files in which a
// finished step shows, beside metrics, checkpoint, model and record.
func Create(dir string, existing Existing, steps ...string) (*Run, error) {
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	r := &Run{Dir: dir, lock: flock.New(filepath.Join(dir, lockFile)), steps: steps}
	locked, err := r.lock.TryLock()
	if err != nil {
		return nil, explain(r.lock.Path(), err)
	}
	if !locked {
		return nil, fmt.Errorf("run folder %s: %w: wait for it, or choose another --out", dir, ErrInUse)
	}
	if err := r.prepare(existing); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func makeFolder(dir string) error {
	err := os.MkdirAll(dir, 0o755)
	if errors.Is(err, syscall.ENOTDIR) || err != nil && isFile(dir) {
		return fmt.Errorf("cannot make the run folder %s: a file is in the way: choose another --out", dir)
	}
	return explain(dir, err)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// prepare applies the choice on an existing run and opens the stream of metrics.
func (r *Run) prepare(existing Existing) error {
	held, begun := r.held(), r.begun()
	if begun && existing == Refuse {
		return fmt.Errorf("%s already holds a run (%s): use --resume to continue it, --force to replace it, or "+
			"another --out", r.Dir, strings.Join(held, ", "))
	}
	r.Resumed = begun && existing == Resume
	if existing == Replace {
		for _, name := range held {
			if err := os.Remove(r.path(name)); err != nil {
				return explain(r.path(name), err)
			}
		}
	}
	r.sweep()
	var err error
	r.metrics, err = OpenJournal(r.path(metricsFile), nil)
	return err
}

// held lists the files of a run in the folder; an empty stream of metrics does not count.
func (r *Run) held() []string {
	var held []string
	for _, name := range runFiles {
		if info, err := os.Stat(r.path(name)); err == nil && info.Size() > 0 {
			held = append(held, name)
		}
	}
	return held
}

// begun reports whether a step was finished in the folder: a recipe alone is that of a run which never began, because
// its arguments were wrong or it was stopped at once.
func (r *Run) begun() bool { return begun(r.Dir, r.steps...) }

func begun(dir string, steps ...string) bool {
	for _, pattern := range append(slices.Clone(stepFiles), steps...) {
		found, _ := filepath.Glob(filepath.Join(globQuoted(dir), pattern))
		for _, path := range found {
			if info, err := os.Stat(path); err == nil && info.Size() > 0 {
				return true
			}
		}
	}
	return false
}

// globQuoted is a path as a pattern that only it matches.
func globQuoted(path string) string {
	if filepath.Separator == '\\' { // where patterns know no escapes
		return path
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// sweep removes what a killed process left half-written, but for claims, which have a lock of their own.
func (r *Run) sweep() {
	left, _ := filepath.Glob(filepath.Join(r.Dir, ".*.tmp"))
	for _, path := range left {
		if !strings.Contains(filepath.Base(path), ".claim-") {
			os.Remove(path)
		}
	}
}

func (r *Run) path(name string) string { return filepath.Join(r.Dir, name) }

// CheckpointPath is the checkpoint's file; it need not exist.
func (r *Run) CheckpointPath() string { return r.path(checkpointFile) }

// ModelPath is the file of the trained network; it need not exist.
func (r *Run) ModelPath() string { return r.path(modelFile) }

// RecordPath is the file of the result record; it need not exist.
func (r *Run) RecordPath() string { return r.path(recordFile) }

// HasCheckpoint reports whether there is a checkpoint from which to resume.
func (r *Run) HasCheckpoint() bool {
	_, err := os.Stat(r.CheckpointPath())
	return err == nil
}

// SetRecipe writes the recipe; a resumed run must have the same one, and the error names the first field that differs.
func (r *Run) SetRecipe(recipe any) error {
	if r.Resumed {
		if old, err := os.ReadFile(r.path(recipeFile)); err == nil {
			content, err := json.Marshal(recipe)
			if err != nil {
				return fmt.Errorf("recipe: %w", err)
			}
			return sameRecipe(r.Dir, old, content)
		}
	}
	return r.ReplaceRecipe(recipe)
}

// ReplaceRecipe writes the recipe of a run that continues with another one.
func (r *Run) ReplaceRecipe(recipe any) error {
	content, err := json.MarshalIndent(recipe, "", " ")
	if err != nil {
		return fmt.Errorf("recipe: %w", err)
	}
	return WriteAtomic(r.path(recipeFile), append(content, '\n'))
}

// RecipeText returns the recipe of the run in dir as JSON. It returns an error if there is none.
func RecipeText(dir string) ([]byte, error) {
	path := filepath.Join(dir, recipeFile)
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("no recipe at %s: give the folder of a run", path)
	}
	return content, nil
}

// ReadRecipe reads the recipe of the run in dir into a struct. It returns an error if there is none, or one that
// does not fit.
func ReadRecipe(dir string, into any) error {
	content, err := RecipeText(dir)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, into); err != nil {
		return fmt.Errorf("recipe %s is damaged: %w: run again with --force", filepath.Join(dir, recipeFile), err)
	}
	return nil
}

// CheckRecipe compares the recipe of the run in dir with the one wanted there; a folder without a recipe, or with that
// of a run that never started, fits. The error names the first field that differs.
func CheckRecipe(dir string, recipe any) error {
	old, err := os.ReadFile(filepath.Join(dir, recipeFile))
	if errors.Is(err, os.ErrNotExist) || err == nil && !begun(dir) {
		return nil
	}
	if err != nil {
		return err
	}
	content, err := json.Marshal(recipe)
	if err != nil {
		return fmt.Errorf("recipe: %w", err)
	}
	return sameRecipe(dir, old, content)
}

// sameRecipe compares two recipes as JSON.
func sameRecipe(dir string, old, new []byte) error {
	var a, b any
	if err := json.Unmarshal(old, &a); err != nil {
		return fmt.Errorf("recipe of %s is damaged: %w: use --force to start again", dir, err)
	}
	if err := json.Unmarshal(new, &b); err != nil {
		return err
	}
	if field, x, y := firstDifference("", a, b); field != "" {
		return fmt.Errorf("cannot resume %s: its recipe has %s = %s, now it is %s: use the same recipe, --force to "+
			"start again, or another --out", dir, field, x, y)
	}
	return nil
}

// SaveCheckpoint replaces the checkpoint, whole or not at all. The metrics before it are on the disk first. It returns
// the error of write, and one where the file cannot be written.
func (r *Run) SaveCheckpoint(write func(io.Writer) error) error {
	if err := r.metrics.Sync(); err != nil {
		return explain(r.path(metricsFile), err)
	}
	return WriteAtomicFunc(r.CheckpointPath(), write)
}

// Finish writes the result record, which marks the run as ended. It returns an error if the file cannot be written.
func (r *Run) Finish(rec *Record) error {
	if rec.Recipe == nil {
		if content, err := os.ReadFile(r.path(recipeFile)); err == nil {
			rec.Recipe = bytes.TrimSpace(content)
		}
	}
	return rec.Write(r.RecordPath())
}

// Close unlocks the folder. The lock's empty file stays: deleting it could let two processes in.
func (r *Run) Close() error {
	if r.metrics != nil {
		r.metrics.Close()
		r.metrics = nil
	}
	return r.lock.Unlock()
}
