package verify

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tightrope/pkg/ball"
	"tightrope/pkg/record"
)

// OpenFolder makes or opens the folder of a verification, locked against other processes. Decisions that it holds are
// an error (Refuse), taken over (Resume) or deleted with their certificates (Replace). A folder without any decision
// holds no verification. Steps are patterns of further files in which one shows.
func OpenFolder(dir string, existing record.Existing, steps ...string) (*record.Run, error) {
	run, err := record.Create(dir, existing, append(steps, decisionsFile, certificatesFile, laddersFile)...)
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
	robust := fmt.Sprintf("lies between %.2f and %.2f %%", low, high)
	if low == high {
		robust = fmt.Sprintf("is %.2f %%: every image is decided", low)
	}
	lines := []string{
		fmt.Sprintf("%d images: certified %d, falsified %d (misclassified as they are: %d), unchecked %d, unknown "+
			"%d, not reached %d",
			s.Samples, s.Certified, s.Falsified, s.Standard, s.Unchecked, s.Unknown, s.Samples-s.Done()),
		fmt.Sprintf("standard error %.2f %%; by checked proofs the exact robust error %s",
			s.percent(s.Standard), robust),
	}
	if s.Unchecked > 0 {
		low, high = s.Believed()
		lines = append(lines, fmt.Sprintf("with the MILP solver's word for %d unchecked images: between %.2f and "+
			"%.2f %%", s.Unchecked, low, high))
	}
	if s.Resumed > 0 {
		lines = append(lines,
			fmt.Sprintf("%d decisions were taken over from an earlier session: the table counts them "+
				"under the stage that made them, but not among the images that reached a stage now", s.Resumed))
	}
	for _, note := range s.Notes {
		lines = append(lines, "note: "+note)
	}
	return append(lines, fmt.Sprintf("%.1f seconds", s.Seconds))
}

// Record is the summary as a result record: the certified error counts every image without a checked proof.
func Record(s *Summary, name string, o CascadeOptions) *record.Record {
	r := record.New(name, record.Verify)
	r.Results = map[string]record.SplitResult{record.Test: s.Result(o.Ball, o.lastStage())}
	r.WallSeconds = s.Seconds
	r.Started = time.Now().Add(-time.Duration(s.Seconds * float64(time.Second))).UTC()
	r.Notes = append(r.Notes, s.robustNote())
	for _, c := range s.Stages {
		r.Notes = append(r.Notes, c.note())
	}
	return r
}

// Result is what a record says of the images, in percent, after the stages up to the last one.
func (s *Summary) Result(b ball.Ball, last Stage) record.SplitResult {
	_, high := s.Interval()
	result := record.SplitResult{Samples: s.Samples, StandardError: s.percent(s.Standard), CertifiedError: high,
		Technique: techniquePrefix + last.String(), Eps: b.Eps, Norm: b.Norm.String()}
	if b.Box != nil {
		result.Box = &[2]float64{b.Box.Lower, b.Box.Upper}
	}
	return result
}

// techniquePrefix stands before the last stage in a record.
const techniquePrefix = "cascade until "

// robustNote is the first note of a record.
func (s *Summary) robustNote() string {
	low, high := s.Interval()
	return fmt.Sprintf("exact robust error between %.2f and %.2f %%", low, high)
}

// stageNote is the form of a stage's note in a record: name, images reached, certified, falsified, unchecked, seconds.
const stageNote = "%s %d images, certified %d, falsified %d, unchecked %d, %f s"

// note is the stage's note in a record.
func (c *StageCount) note() string {
	return fmt.Sprintf(strings.Replace(stageNote, "%f",
		"%.1f", 1), c.Stage.String()+":", c.Reached, c.Certified, c.Falsified, c.Unchecked, c.Seconds)
}

// parseNote reads the stage's note of a record.
func parseNote(note string) (c StageCount, err error) {
	var name string
	_, err = fmt.Sscanf(note, stageNote, &name, &c.Reached, &c.Certified, &c.Falsified, &c.Unchecked, &c.Seconds)
	if err == nil {
		c.Stage, err = ParseStage(strings.TrimSuffix(name, ":"))
	}
	return c, err
}

func (o *CascadeOptions) lastStage() Stage {
	if o.Until == Last {
		return MILP
	}
	return o.Until
}
