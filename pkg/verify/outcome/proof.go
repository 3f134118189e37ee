package outcome

import (
	"fmt"
	"reflect"
	"slices"

	"tightrope/pkg/record"
	"tightrope/pkg/verify/cert"
)

// ProvedBy reports, by its error, whether a confirmed certificate is the proof of the decision: of its image, label,
// verdict and stage, and with its numbers. r is what [cert.Check] found.
func (d *Decision) ProvedBy(c *cert.Certificate, r *cert.Report) error {
	switch {
	case c.Index != d.Index || c.Label != d.Label:
		return cert.Refused("it is of image %d with label %d, the decision of image %d with label %d",
			c.Index, c.Label, d.Index, d.Label)
	case string(c.Verdict) != string(d.Verdict):
		return cert.Refused("the decision says %.20q", d.Verdict)
	case c.Stage != d.Stage.String():
		return cert.Refused("the decision is by %v", d.Stage)
	case c.Verdict == cert.Certified && !(d.Lower <= slices.Min(r.Lower)*(1+lowerTolerance)):
		return cert.Refused("the decision says that the least margin is %g, it proves %g", d.Lower, slices.Min(r.Lower))
	case c.Verdict == cert.Falsified && (d.Class == nil || *d.Class != c.Class):
		return cert.Refused("the decision names another class than %d", c.Class)
	case c.Verdict == cert.Falsified && (d.Stage == Clean) != slices.Equal(c.Point, c.Input):
		return cert.Refused("only the stage %v falsifies an image as it is", Clean)
	}
	return nil
}

// lowerTolerance is how much the rounding of another processor may change a proven margin: one that fuses
// multiplications with additions gets other last digits.
const lowerTolerance = 1e-6

// CompareRecord reports, by its error, whether a record holds the numbers of decisions.
func CompareRecord(r *record.Record, recipe *Recipe, decisions []Decision) error {
	s := &Summary{Samples: recipe.Samples}
	for i := range decisions {
		s.Count(&decisions[i])
	}
	b, err := recipe.Ball()
	if err != nil {
		return err
	}
	last, err := ParseStage(recipe.Until)
	if err != nil {
		return err
	}
	if want := s.Result(b, last.End()); len(r.Results) != 1 || !reflect.DeepEqual(r.Results[record.Test], want) {
		return fmt.Errorf("its results are %+v, not %+v", r.Results, want)
	}
	return s.compareNotes(r.Notes)
}

// compareNotes compares the notes of a record, which hold its table.
func (s *Summary) compareNotes(notes []string) error {
	if len(notes) == 0 || notes[0] != s.RobustNote() {
		return fmt.Errorf("its first note is not %q", s.RobustNote())
	}
	told := Summary{}
	for _, note := range notes[1:] {
		c, err := parseNote(note)
		if err != nil {
			return fmt.Errorf("the note %.80q is not one of a stage", note)
		}
		at := told.At(c.Stage)
		at.Certified, at.Falsified, at.Unchecked = at.Certified+c.Certified, at.Falsified+c.Falsified,
			at.Unchecked+c.Unchecked
	}
	for _, stages := range [][2]*Summary{{s, &told}, {&told, s}} {
		for _, c := range stages[0].Stages {
			other := stages[1].At(c.Stage)
			if c.Certified != other.Certified || c.Falsified != other.Falsified || c.Unchecked != other.Unchecked {
				return fmt.Errorf("its note on %v says other counts", c.Stage)
			}
		}
	}
	return nil
}
