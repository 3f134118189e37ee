package verify

import (
	"fmt"
	"slices"
	"strings"

	"tightrope/pkg/bound"
	"tightrope/pkg/verify/cert"
)

// Stage is one step of [Cascade], in the order of their cost.
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
	if s < 0 || s >= stageCount {
		return fmt.Sprintf("Stage(%d)", int(s))
	}
	return stageNames[s]
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

// graphStage is a stage that a compiled bound decides in batches, and the rules by which its certificates are checked.
type graphStage struct {
	Stage
	technique bound.Technique
	layers    []cert.Rule // of l and u
	margins   cert.Rule
}

var graphStages = []graphStage{
	{IBP, bound.IBP{}, nil, cert.Interval},
	{CROWNIBP, bound.CROWNIBP(), nil, cert.CROWN},
	{FastLin, bound.FastLin{}, []cert.Rule{cert.FastLin}, cert.FastLin},
	{CROWN, bound.CROWN{}, []cert.Rule{cert.CROWN}, cert.CROWN},
}

// runs tells whether a stage is wanted.
func (o *CascadeOptions) runs(s Stage) bool {
	return (o.Until == Last || s <= o.Until) && !slices.Contains(o.Skip, s)
}
