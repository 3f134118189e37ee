package audit

import (
	"fmt"

	"tightrope/pkg/ball"
)

// Report is what was found.
type Report struct {
	Claims []Claim // one for each ball, in the order of the certificates
	// why certificates do not count, and what does not fit together: the first [MaxFaults] kinds
	Faults     []Fault
	FaultCount int           // of all faults
	Folder     *FolderReport // nil for a file
	NotCovered []string      // what the proofs leave open
}

// Fault is one reason, and where it was found.
type Fault struct {
	Where  string // the first place; empty: the folder as a whole
	Reason string
	Count  int // places
}

// MaxFaults is how many different reasons a report tells in words.
const MaxFaults = 20

// String is the fault in one line.
func (f Fault) String() string {
	switch {
	case f.Where == "":
		return f.Reason
	case f.Count > 1:
		return fmt.Sprintf("%s and %d more: %s", f.Where, f.Count-1, f.Reason)
	}
	return f.Where + ": " + f.Reason
}

// Claim is what the certificates of one ball prove.
type Claim struct {
	Ball      ball.Ball
	Certified int // different images
	Falsified int // different images
	Repeats   int // certificates of images that had one already
	Leaves    int // of all trees
}

// FolderReport counts what a folder decides.
type FolderReport struct {
	Samples    int // images that the recipe names
	Unknown    int
	Unchecked  int // decided by a solver's word, without a proof
	Missing    int // images without a decision
	Unfinished bool
}

// fault adds a fault; those of one reason share a line.
func (r *Report) fault(where, format string, args ...any) {
	r.FaultCount++
	reason := fmt.Sprintf(format, args...)
	for i := range r.Faults {
		if r.Faults[i].Reason == reason {
			r.Faults[i].Count++
			return
		}
	}
	if len(r.Faults) < MaxFaults {
		r.Faults = append(r.Faults, Fault{Where: where, Reason: reason, Count: 1})
	}
}

// Confirmed is the number of different images on all balls.
func (r *Report) Confirmed() int {
	total := 0
	for _, c := range r.Claims {
		total += c.Certified + c.Falsified
	}
	return total
}

// Lines says in words what is proved and what is not.
func (r *Report) Lines() []string {
	var lines []string
	hidden := r.FaultCount
	for _, f := range r.Faults {
		lines = append(lines, f.String())
		hidden -= f.Count
	}
	if hidden > 0 {
		lines = append(lines, fmt.Sprintf("... and %d more faults", hidden))
	}
	for _, c := range r.Claims {
		lines = append(lines, c.line())
	}
	if f := r.Folder; f != nil {
		lines = append(lines, f.line())
	}
	return append(lines, r.NotCovered...)
}

func (c *Claim) line() string {
	text := fmt.Sprintf("proved on the ball %v: %d images certified (%d leaves of trees), %d falsified",
		c.Ball, c.Certified, c.Leaves, c.Falsified)
	if c.Repeats > 0 {
		text += fmt.Sprintf("; %d further certificates repeat an image", c.Repeats)
	}
	return text
}

func (f *FolderReport) line() string {
	text := fmt.Sprintf("of %d images without a proof: %d unknown, %d unchecked (a solver's word), %d not decided",
		f.Samples, f.Unknown, f.Unchecked, f.Missing)
	if f.Unfinished {
		text += "; the verification is unfinished: it has no record.json"
	}
	return text
}

// Err is nil if every certificate counts and everything fits together.
func (r *Report) Err() error {
	switch {
	case r.FaultCount == 1:
		return fmt.Errorf("does not hold: %v", r.Faults[0])
	case r.FaultCount > 1:
		return fmt.Errorf("does not hold: %d faults, the first: %v", r.FaultCount, r.Faults[0])
	case r.Confirmed() == 0:
		return fmt.Errorf("no certificate to check")
	}
	return nil
}
