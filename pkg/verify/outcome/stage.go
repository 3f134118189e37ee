package outcome

import (
	"fmt"
	"strings"
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

var stageNames = []string{"last", "clean", "PGD", "IBP", "CROWN-IBP", "Fast-Lin", "CROWN", "alpha-CROWN", "BaB", "LP", "LP-all", "MILP"}

// String is the stage's usual name.
func (s Stage) String() string {
	if !s.Known() {
		return fmt.Sprintf("Stage(%d)", int(s))
	}
	return stageNames[s]
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

// ParseStage reads a stage's name in any case.
func ParseStage(name string) (Stage, error) {
	for i, known := range stageNames {
		if strings.EqualFold(name, known) {
			return Stage(i), nil
		}
	}
	return 0, fmt.Errorf("stage %q: use one of %s", name, strings.ToLower(strings.Join(stageNames[1:], ", ")))
}
