package outcome

import (
	"fmt"
	"strings"
	"tightrope/pkg/ball"
	"tightrope/pkg/record"
)

// Result is what a record says of the images, in percent, after the stages up to the last one.
func (s *Summary) Result(b ball.Ball, last Stage) record.SplitResult {
	_, high := s.Interval()
	result := record.SplitResult{Samples: s.Samples, StandardError: s.Percent(s.Standard), CertifiedError: high,
		Technique: techniquePrefix + last.String(), Eps: b.Eps, Channels: b.Channels(), Norm: b.Norm.String()}
	if b.Box != nil {
		result.Box = &[2]float64{b.Box.Lower, b.Box.Upper}
	}
	return result
}

// techniquePrefix stands before the last stage in a record.
const techniquePrefix = "cascade until "

// RobustNote is the first note of a record.
func (s *Summary) RobustNote() string {
	low, high := s.Interval()
	return record.RobustNote(low, high)
}

// stageNote is the form of a stage's note in a record: name, images reached, certified, falsified, unchecked, seconds.
const stageNote = "%s %d images, certified %d, falsified %d, unchecked %d, %f s"

// Note is the stage's note in a record.
func (c *StageCount) Note() string {
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

// Lines says in words what the counts mean.
func (s *Summary) Lines() []string {
	low, high := s.Interval()
	robust := fmt.Sprintf("lies between %.2f and %.2f %%", low, high)
	if low == high {
		robust = fmt.Sprintf("is %.2f %%: every image is decided", low)
	}
	standard := "standard error"
	if s.Done() < s.Samples { // the others were not even classified
		standard = "standard error at least"
	}
	lines := []string{
		fmt.Sprintf("%d images: certified %d, falsified %d (misclassified without any change: %d), unchecked %d, "+
			"unknown %d, not reached %d",
			s.Samples, s.Certified, s.Falsified, s.Standard, s.Unchecked, s.Unknown, s.Samples-s.Done()),
		fmt.Sprintf("%s %.2f %%; by checked proofs the exact robust error %s", standard, s.Percent(s.Standard),
			robust),
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
