package main

import (
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"tightrope/pkg/train"
)

func terminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// tightness shows the indicators d and r, or that the loss does not measure them.
func tightness(d, r float64, decimals int) string {
	if d == 0 && r == 0 {
		return "d - r -"
	}
	return fmt.Sprintf("d %.*f r %.*f", decimals, d, decimals+1, r)
}

// trainingBar shows a bar with ETA and live losses on a terminal, and nothing elsewhere.
type trainingBar struct {
	bar  *progressbar.ProgressBar
	last time.Time
}

func (t *trainingBar) step(p train.Progress) {
	if t.bar == nil {
		t.bar = progressbar.NewOptions(p.Epochs*p.Steps, progressbar.OptionSetWriter(os.Stderr),
			progressbar.OptionSetVisibility(terminal(os.Stderr)),
			progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionFullWidth(),
			progressbar.OptionThrottle(200*time.Millisecond))
	}
	if time.Since(t.last) > 200*time.Millisecond {
		t.last = time.Now()
		t.bar.Describe(fmt.Sprintf("epoch %d/%d eps %.3g loss %.3f %s uncertified %.1f %%",
			p.Epoch, p.Epochs, p.Eps, p.Loss, tightness(p.D, p.R, 3), 100*p.Unproven))
	}
	t.bar.Set((p.Epoch-1)*p.Steps + p.Step)
}

func (t *trainingBar) clear() {
	if t.bar != nil {
		t.bar.Clear()
	}
}

// stageBar shows the progress of an evaluation's stages.
type stageBar struct {
	stage string
	bar   *progressbar.ProgressBar
}

func (s *stageBar) progress(stage string, done, total int) {
	if stage != s.stage || s.bar == nil {
		s.stage = stage
		s.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(os.Stderr),
			progressbar.OptionSetVisibility(terminal(os.Stderr)),
			progressbar.OptionSetDescription(stage), progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish())
	}
	s.bar.Set(done)
}

func (s *stageBar) clear() {
	if s.bar != nil {
		s.bar.Clear()
	}
}

// countBar shows how many of something are done.
type countBar struct {
	what string
	bar  *progressbar.ProgressBar
}

func (c *countBar) progress(done, total int) {
	if c.bar == nil {
		c.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(os.Stderr),
			progressbar.OptionSetVisibility(terminal(os.Stderr)), progressbar.OptionSetDescription(c.what),
			progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionFullWidth(),
			progressbar.OptionThrottle(200*time.Millisecond))
	}
	c.bar.Set(done)
}

func (c *countBar) clear() {
	if c.bar != nil {
		c.bar.Clear()
	}
}
