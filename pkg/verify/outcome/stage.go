package outcome

import (
	"fmt"
	"strings"
	"tightrope/pkg/technique"
)

// Stage is one step of a verification, in the order of their cost.
type Stage int

// The stages. The zero value means the last one.
const (
	Last           Stage = iota
	Clean                // the clean image is misclassified
	PGD                  // projected gradient descent finds a misclassified image
	IBP                  // interval bound propagation
	CROWNIBP             // CROWN on interval bounds
	FastLin              // Fast-Lin
	CROWN                // CROWN
	AlphaCROWN           // CROWN with optimised slopes
	BranchAndBound       // on the phases of unstable units, with multipliers (beta-CROWN)
	LP                   // triangle program on the best cheap bounds
	LPAll                // the same, with a program for every unit first
	MILP                 // mixed-integer program
	stageCount
)

// techniques are those of the stages.
var techniques = map[Stage]technique.ID{
	PGD: technique.PGD, IBP: technique.IBP, CROWNIBP: technique.CROWNIBP, FastLin: technique.FastLin,
	CROWN: technique.CROWN, AlphaCROWN: technique.AlphaCROWN, BranchAndBound: technique.BranchAndBound,
	LP: technique.LP, LPAll: technique.LPAll, MILP: technique.MILP,
}

// StageOf is the stage of a technique; [Last] where none is.
func StageOf(t technique.ID) Stage {
	for s, of := range techniques {
		if of == t {
			return s
		}
	}
	return Last
}

// String is the stage's name: its technique's, or "clean" or "last".
func (s Stage) String() string {
	switch s {
	case Last:
		return "last"
	case Clean:
		return "clean"
	}
	if t, ok := techniques[s]; ok {
		return t.String()
	}
	return fmt.Sprintf("Stage(%d)", int(s))
}

// Known reports whether there is such a stage.
func (s Stage) Known() bool { return s >= Last && s < stageCount }

// End is the stage at which a verification until s ends.
func (s Stage) End() Stage {
	if s == Last {
		return MILP
	}
	return s
}

// MarshalText implements encoding.TextMarshaler.
func (s Stage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Stage) UnmarshalText(b []byte) (err error) {
	*s, err = ParseStage(string(b))
	return err
}

// ParseStage reads a stage's name: "clean", "last", or any spelling of its technique. The error
// for any other name lists the stages.
func ParseStage(name string) (Stage, error) {
	switch strings.ToLower(name) {
	case "last":
		return Last, nil
	case "clean":
		return Clean, nil
	}
	t, err := technique.ParseOf(name, technique.ForStage)
	if err != nil {
		return 0, fmt.Errorf("stage %.40q: use clean or one of %s", name,
			strings.Join(technique.Keys(technique.ForStage), ", "))
	}
	return StageOf(t), nil
}
