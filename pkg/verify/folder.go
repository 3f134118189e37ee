package verify

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tightrope/pkg/record"
)

// OpenFolder makes or opens the folder of a verification, locked against other processes. Decisions that it holds are an error
// (Refuse), taken over (Resume) or deleted with their certificates (Replace).
func OpenFolder(dir string, existing record.Existing) (*record.Run, error) {
	run, err := record.Create(dir, existing)
	if err != nil {
		return nil, err
	}
	if existing != record.Replace {
		return run, nil
	}
	for _, name := range []string{decisionsFile, certificatesFile, laddersFile} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			run.Close()
			return nil, fmt.Errorf("cannot replace the verification in %s: %w", dir, err)
		}
	}
	return run, nil
}

// Lines says in words what the counts mean.
func (s *Summary) Lines() []string {
	low, high := s.Interval()
	lines := []string{
		fmt.Sprintf("%d images: certified %d, falsified %d (misclassified as they are: %d), unchecked %d, unknown %d, not reached %d", s.Samples, s.Certified, s.Falsified, s.Standard, s.Unchecked, s.Unknown, s.Samples-s.Done()),
		fmt.Sprintf("standard error %.2f %%; by checked proofs the exact robust error lies between %.2f and %.2f %%", s.percent(s.Standard), low, high),
	}
	if s.Unchecked > 0 {
		low, high = s.Believed()
		lines = append(lines, fmt.Sprintf("with the MILP solver's word for %d unchecked images: between %.2f and %.2f %%", s.Unchecked, low, high))
	}
	if s.Resumed > 0 {
		lines = append(lines, fmt.Sprintf("%d decisions were taken over from an earlier session", s.Resumed))
	}
	for _, note := range s.Notes {
		lines = append(lines, "note: "+note)
	}
	return append(lines, fmt.Sprintf("%.1f seconds", s.Seconds))
}

// Record is the summary as a result record: the certified error counts every image without a checked proof.
func Record(s *Summary, name string, o CascadeOptions) *record.Record {
	r := record.New(name, record.Verify)
	low, high := s.Interval()
	result := record.SplitResult{Samples: s.Samples, StandardError: s.percent(s.Standard), CertifiedError: high, Technique: "cascade until " + o.lastStage().String(),
		Eps: o.Ball.Eps, Norm: o.Ball.Norm.String()}
	if o.Ball.Box != nil {
		result.Box = &[2]float64{o.Ball.Box.Lower, o.Ball.Box.Upper}
	}
	r.Results = map[string]record.SplitResult{record.Test: result}
	r.WallSeconds = s.Seconds
	r.Started = time.Now().Add(-time.Duration(s.Seconds * float64(time.Second))).UTC()
	r.Notes = append(r.Notes, fmt.Sprintf("exact robust error between %.2f and %.2f %%", low, high))
	for _, c := range s.Stages {
		r.Notes = append(r.Notes, fmt.Sprintf("%v: %d images, certified %d, falsified %d, unchecked %d, %.1f s", c.Stage, c.Reached, c.Certified, c.Falsified, c.Unchecked, c.Seconds))
	}
	return r
}

func (o *CascadeOptions) lastStage() Stage {
	if o.Until == Last {
		return MILP
	}
	return o.Until
}
