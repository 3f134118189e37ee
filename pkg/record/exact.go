package record

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// robustNote is the form of a verification's first note: between which values, in percent, the exact robust error lies.
const robustNote = "exact robust error between %.2f and %.2f %%"

// RobustNote is the first note of a verification's record: between which values, in percent, the exact robust error
// lies by proofs alone.
func RobustNote(low, high float64) string { return fmt.Sprintf(robustNote, low, high) }

// ExactErrorOf is the metric of a trained network's exact robust error, in percent: of the training's whole test split,
// at the radius that it is measured at. Verifications that left images undecided do not count. It is an error for a
// training whose network none of them verified, and where two disagree.
func ExactErrorOf(verifications []*Record) Metric {
	return func(training *Record) (float64, error) {
		found := false
		value := 0.0
		for _, v := range verifications {
			if !v.verifies(training) || !v.decided() {
				continue
			}
			exact := v.Results[Test].CertifiedError
			if found && exact != value {
				return 0, fmt.Errorf("record %s: its network's exact robust error is %g %% in one verification, %g %% "+
					"in another: remove one of their records", training.label(), value, exact)
			}
			found, value = true, exact
		}
		if !found {
			return 0, fmt.Errorf("record %s: no verification that decides every image for its network: run "+
				"`tightrope verify` on its model",
				training.label())
		}
		return value, nil
	}
}

// RoomOf is the metric of the room for tightness, in points: the certified error minus the exact robust error. No
// bound, however tight, can lower the certified error of the same network by more.
func RoomOf(verifications []*Record) Metric {
	exact, certified := ExactErrorOf(verifications), CertifiedErrorOn(Test)
	return func(training *Record) (float64, error) {
		a, err := certified(training)
		if err != nil {
			return 0, err
		}
		b, err := exact(training)
		return a - b, err
	}
}

// decided reports whether a verification's note leaves no interval for the exact robust error.
func (v *Record) decided() bool {
	if len(v.Notes) == 0 {
		return false
	}
	exact := v.Results[Test].CertifiedError
	return v.Notes[0] == RobustNote(exact, exact)
}

// verifies reports whether a record is a verification of the network of a training, by what the network's file says. A
// recipe of which fields were changed is no name of a training: its networks are not found.
func (v *Record) verifies(training *Record) bool {
	m := v.Model
	if v.Kind != Verify || training.Kind != Train || m == nil || m.Seed == nil || m.Lambda == nil || m.Gamma == nil {
		return false
	}
	a, b := v.Results[Test], training.Results[Test]
	return m.Recipe == training.Name && m.Scale == training.scale() && m.Scale != customScale &&
		*m.Seed == training.Seed && *m.Lambda == training.Lambda && *m.Gamma == training.Gamma &&
		v.Dataset.Name == training.Dataset.Name &&
		a.Samples == b.Samples && a.Eps == b.Eps && a.Norm == b.Norm
}

// customScale is the scale of a recipe of which fields were changed.
const customScale = "custom"

// scale is that of a training's recipe; empty for none.
func (r *Record) scale() string {
	var recipe struct {
		Scale string `json:"scale"`
	}
	if json.Unmarshal(r.Recipe, &recipe) != nil {
		return ""
	}
	return recipe.Scale
}

// VerifiedSettings are the settings of trainings, with only the runs of which a verification among the records decides
// every image, by experiment, those without regularizer first.
func VerifiedSettings(records []*Record) []Setting {
	exact := ExactErrorOf(records)
	var verified []*Record
	for _, r := range records {
		if _, err := exact(r); err == nil {
			verified = append(verified, r)
		}
	}
	settings := Settings(verified)
	slices.SortStableFunc(settings, func(a, b Setting) int { return cmp.Compare(a.Experiment, b.Experiment) })
	return settings
}
