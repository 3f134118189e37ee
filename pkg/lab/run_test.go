package lab

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/janpfeifer/gonb/gonbui"

	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
)

// update is one change of an element of the page.
type update struct{ id, html string }

// fakeNotebook makes lab believe that a reader looks on, and keeps what is shown; onUpdate may be nil.
func fakeNotebook(t *testing.T, onUpdate func(update)) *[]update {
	t.Helper()
	t.Setenv(BatchVariable, "")
	all := &[]update{}
	wasNotebook, wasUpdate, wasSync, wasPause := gonbui.IsNotebook, updateHTML, syncOutput, curvePause
	t.Cleanup(func() {
		gonbui.IsNotebook, updateHTML, syncOutput, curvePause = wasNotebook, wasUpdate, wasSync, wasPause
	})
	gonbui.IsNotebook, curvePause, syncOutput = true, 0, func() {}
	updateHTML = func(id, html string) {
		*all = append(*all, update{id, html})
		if onUpdate != nil {
			onUpdate(update{id, html})
		}
	}
	return all
}

// tiny is a training of a second.
func tiny(t *testing.T) recipe.Recipe {
	t.Helper()
	r, err := recipe.Get("mlp-2x100/digits", recipe.Quick)
	if err != nil {
		t.Fatal(err)
	}
	r.Arch, r.TrainSamples, r.Scale = "fc10 fc10", 200, "custom"
	r.Train = r.Train.Compress(4)
	r.Eval.TestSamples, r.Eval.PGDSteps, r.Eval.CurveSample, r.Eval.Curve = 50, 0, 50, []float64{0.1}
	return r
}

func TestRunShowsBarAndLiveCurve(t *testing.T) {
	shown := fakeNotebook(t, nil)
	r, out := tiny(t), filepath.Join(t.TempDir(), "run")
	rec := Run(r, out)
	if len(rec.Epochs) != 4 || rec.Results[record.Test].Samples != 50 {
		t.Fatalf("%d epochs, results %v", len(rec.Epochs), rec.Results)
	}
	last, curves, bars := map[string]string{}, 0, 0
	for _, u := range *shown {
		last[u.id] = u.html
		if strings.Contains(u.html, "<svg") && strings.Contains(u.html, "</svg>") {
			curves++
		}
		if strings.Contains(u.html, "<progress") && strings.Contains(u.html, "epoch 1 of 4, ε 0.") {
			bars++
		}
	}
	// A curve needs two epochs.
	if curves != 3 || bars == 0 {
		t.Errorf("%d curves, want 3; %d bars of epoch 1, want one at least", curves, bars)
	}
	if len(last) != 2 {
		t.Errorf("%d elements on the page, want a bar and a curve", len(last))
	}
	for id, html := range last {
		if html != "" {
			t.Errorf("%s still shows %.80q after the run", id, html)
		}
	}
	*shown = nil
	if again := Run(r, out); !reflect.DeepEqual(again.Results, rec.Results) || len(*shown) > 0 {
		t.Errorf("a finished run was not read but repeated: %d updates", len(*shown))
	}
}

func TestRunIsSilentInABatch(t *testing.T) {
	shown := fakeNotebook(t, nil)
	t.Setenv(BatchVariable, "1")
	Run(tiny(t), filepath.Join(t.TempDir(), "run"))
	if len(*shown) > 0 {
		t.Errorf("shown %v", (*shown)[0])
	}
}

// TestAnInterruptedCellGoesOn stops a cell as Jupyter's stop button does, half way through a training, and runs it
// again.
func TestAnInterruptedCellGoesOn(t *testing.T) {
	whole := Run(tiny(t), filepath.Join(t.TempDir(), "whole"))
	out := filepath.Join(t.TempDir(), "run")
	stopped := false
	fakeNotebook(t, func(u update) {
		if strings.Contains(u.html, "<svg") && !stopped {
			stopped = true
			interrupt(t)
		}
	})
	_, errs, status := output(t, func() { Run(tiny(t), out) })
	if status != 1 || errs != "error: interrupted, nothing is lost: run the cell again to continue\n" {
		t.Fatalf("status %d, said %q", status, errs)
	}
	if _, err := record.Read(out); err == nil {
		t.Fatal("the interrupted run has ended: it was not interrupted")
	}
	rest := Run(tiny(t), out)
	if len(rest.Epochs) != len(whole.Epochs) {
		t.Fatalf("%d epochs, want %d", len(rest.Epochs), len(whole.Epochs))
	}
	for i := range whole.Epochs {
		if rest.Epochs[i].Loss != whole.Epochs[i].Loss {
			t.Errorf("epoch %d: loss %v after the interrupt, %v without", i+1, rest.Epochs[i].Loss,
				whole.Epochs[i].Loss)
		}
	}
	if !reflect.DeepEqual(rest.Results, whole.Results) {
		t.Errorf("results %v, want %v", rest.Results, whole.Results)
	}
}

// interrupt sends this process what Jupyter sends a cell, and gives the signal time to arrive.
func interrupt(t *testing.T) {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Signal(os.Interrupt)
	}
	if err != nil {
		t.Skipf("*** SKIPPED: this system cannot interrupt a process: %v", err)
	}
	time.Sleep(100 * time.Millisecond)
}

func TestPair(t *testing.T) {
	dir := t.TempDir()
	r := tiny(t)
	r.Train.Seed = 7
	without, with := Pair(r, dir, 0.1, 2)
	if without.Lambda != 0 || without.Gamma != 0 || with.Lambda != 0.1 || with.Gamma != 2 || without.Seed != 7 ||
		with.Seed != 7 {
		t.Errorf("pair λ %v and %v, γ %v and %v", without.Lambda, with.Lambda, without.Gamma, with.Gamma)
	}
	p, err := record.Compare([]*record.Record{without}, []*record.Record{with}, record.CertifiedErrorOn(record.Test))
	if err != nil || p.Difference.N != 1 {
		t.Errorf("%v, %v", p, err)
	}
	for _, folder := range []string{"baseline-seed7", "lambda0.1-gamma2-seed7"} {
		if _, err := record.Read(filepath.Join(dir, folder)); err != nil {
			t.Error(err)
		}
	}
}
