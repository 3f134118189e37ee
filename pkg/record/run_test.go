package record

import (
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func open(t *testing.T, dir string, existing Existing) *Run {
	t.Helper()
	r, err := Create(dir, existing)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// wantError checks that an error is one line and names the remedy.
func wantError(t *testing.T, err error, remedy string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), remedy) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got error %v, want one line with %q", err, remedy)
	}
}

func TestCreateRefusesAnotherRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "run")
	r := open(t, dir, Refuse)
	if err := r.Finish(New("x", Train)); err != nil {
		t.Fatal(err)
	}
	_, err := Create(dir, Resume)
	wantError(t, err, "in use by another process")
	r.Close()
	_, err = Create(dir, Refuse)
	wantError(t, err, "--force")
	own := filepath.Join(dir, "mine.txt")
	os.WriteFile(own, []byte("keep"), 0o644)
	r = open(t, dir, Replace)
	if _, err := os.Stat(r.RecordPath()); !errors.Is(err, os.ErrNotExist) {
		t.Error("Replace kept the old record")
	}
	if _, err := os.Stat(own); err != nil {
		t.Error("Replace deleted a file that is not the run's")
	}
}

func TestEmptyFolderIsNoRun(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, Refuse).Close()
	if r := open(t, dir, Resume); r.Resumed {
		t.Error("resumed a run that never began")
	}
}

func TestRewindRepairsTheStream(t *testing.T) {
	dir := t.TempDir()
	r := open(t, dir, Refuse)
	for step := 1; step <= 5; step++ {
		if err := r.Append(EpochMetrics{Epoch: 1, Step: step, Loss: float64(step) / 3}); err != nil {
			t.Fatal(err)
		}
	}
	r.Close()
	f, _ := os.OpenFile(filepath.Join(dir, metricsFile), os.O_APPEND|os.O_WRONLY, 0)
	f.WriteString(`{"epoch":1,"step":6,"lo`)
	f.Close()
	if all, err := ReadMetrics(dir); err != nil || len(all) != 5 {
		t.Fatalf("a cut stream read as %d lines, %v; want 5", len(all), err)
	}
	r = open(t, dir, Resume)
	kept, err := r.Rewind(3)
	if err != nil || len(kept) != 3 || kept[2].Loss != 1 {
		t.Fatalf("kept %v, %v", kept, err)
	}
	if err := r.Append(EpochMetrics{Epoch: 1, Step: 4}); err != nil {
		t.Fatal(err)
	}
	if all, err := r.Metrics(); err != nil || len(all) != 4 || all[3].Step != 4 {
		t.Errorf("after the rewind: %v, %v", all, err)
	}
}

func TestDamagedStream(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, metricsFile), []byte("{\"step\":1}\n{oops}\n"), 0o644)
	_, err := ReadMetrics(dir)
	wantError(t, err, "line 2 is damaged")
}

func TestRecipeMustAgreeOnResume(t *testing.T) {
	dir := t.TempDir()
	type ball struct{ Eps float64 }
	type recipe struct {
		Ball ball
		Seed int
	}
	r := open(t, dir, Refuse)
	if err := r.SetRecipe(recipe{ball{0.1}, 1}); err != nil {
		t.Fatal(err)
	}
	if err := r.Append(EpochMetrics{Step: 1}); err != nil { // a step is finished
		t.Fatal(err)
	}
	r.Close()
	r = open(t, dir, Resume)
	if err := r.SetRecipe(recipe{ball{0.1}, 1}); err != nil {
		t.Error(err)
	}
	wantError(t, r.SetRecipe(recipe{ball{0.3}, 1}), "Ball.Eps = 0.1, now it is 0.3")
	var back recipe
	if err := ReadRecipe(dir, &back); err != nil || back.Ball.Eps != 0.1 {
		t.Errorf("read %v, %v", back, err)
	}
}

func TestFailedWriteKeepsTheOldFile(t *testing.T) {
	r := open(t, t.TempDir(), Refuse)
	text := func(s string, err error) func(io.Writer) error {
		return func(w io.Writer) error { io.WriteString(w, s); return err }
	}
	if err := r.SaveCheckpoint(text("good", nil)); err != nil {
		t.Fatal(err)
	}
	if err := r.SaveCheckpoint(text("half", io.ErrUnexpectedEOF)); err == nil {
		t.Error("the failure was not reported")
	}
	if b, _ := os.ReadFile(r.CheckpointPath()); string(b) != "good" {
		t.Errorf("checkpoint is %q, want the good one", b)
	}
	left, _ := filepath.Glob(filepath.Join(r.Dir, ".*.tmp"))
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestErrorsNameTheRemedy(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	os.WriteFile(file, nil, 0o644)
	_, err := Create(file, Refuse)
	wantError(t, err, "another --out")
	_, err = Create(filepath.Join(file, "below"), Refuse)
	wantError(t, err, "another --out")
	wantError(t, WriteAtomic(filepath.Join(dir, "none", "x"), nil), "does not exist")
	_, err = Read(dir)
	wantError(t, err, "no record at")
	wantError(t, explain("x", os.ErrPermission), "not writable")
	bad := New("nan", Train)
	bad.Epochs = []EpochMetrics{{Loss: math.NaN()}}
	wantError(t, bad.Write(filepath.Join(dir, "r.json")), "not a finite number")
}

func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full on this system")
	}
	dir := t.TempDir()
	if err := os.Symlink("/dev/full", filepath.Join(dir, metricsFile)); err != nil {
		t.Skip(err)
	}
	r := open(t, dir, Refuse)
	wantError(t, r.Append(EpochMetrics{}), "disk is full")
}

// TestOnlyFinishedStepsMakeARun: a recipe alone may be replaced, with and without Resume; each file that a finished
// step leaves makes a run, which is refused and whose recipe must agree.
func TestOnlyFinishedStepsMakeARun(t *testing.T) {
	const more = "steps/decisions.jsonl"
	for _, step := range append([]string{"", more}, stepFiles...) {
		for _, empty := range []bool{true, false} {
			dir := filepath.Join(t.TempDir(), "a[b]*c")
			r := open(t, dir, Refuse)
			if err := r.SetRecipe(1); err != nil {
				t.Fatal(err)
			}
			r.Close()
			if step != "" {
				path := filepath.Join(dir, step)
				os.MkdirAll(filepath.Dir(path), 0o755)
				content := "x"
				if empty {
					content = ""
				}
				os.WriteFile(path, []byte(content), 0o644)
			}
			begun := step != "" && !empty
			again, err := Create(dir, Refuse, "*/decisions.jsonl")
			if (err != nil) != begun {
				t.Errorf("%q, empty %v: %v", step, empty, err)
			}
			if err == nil {
				again.Close()
			}
			resumed, err := Create(dir, Resume, "*/decisions.jsonl")
			if err != nil || resumed.Resumed != begun || (resumed.SetRecipe(2) != nil) != begun {
				t.Errorf("%q, empty %v: %v, resumed %v", step, empty, err, resumed.Resumed)
			}
			resumed.Close()
			if step != more && (CheckRecipe(dir, 3) != nil) != begun {
				t.Errorf("%q, empty %v: CheckRecipe says %v", step, empty, CheckRecipe(dir, 3))
			}
		}
	}
}
