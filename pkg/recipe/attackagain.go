package recipe

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/compute"

	"tightrope/pkg/attack"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/measure"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
)

// AgainOptions of [AttackAgain]; the zero value is the attack of the record's recipe.
type AgainOptions struct {
	Attack   *attack.Options // nil: the recipe's steps and step size, the default loss and restarts
	Samples  int             // first test samples that are attacked; 0: as many as before
	DataDir  string
	Progress func(stage string, done, total int)
}

// AttackAgain attacks the test samples of a training again and writes the PGD error and the attack's settings into its
// record; no other number changes. path is a record whose model, of the last epoch, lies beside it as a .safetensors
// file, or the folder of a run or the record.json in it. It returns the results before and after, and an error if the
// record is not of a training, or if the model's standard error differs from the record's.
func AttackAgain(ctx context.Context, device compute.Backend, path string, o AgainOptions) (old, now record.SplitResult,
	err error) {
	path = record.Path(path)
	r, err := record.Read(path)
	if err != nil {
		return old, now, err
	}
	if r.Kind != record.Train {
		return old, now, fmt.Errorf("%s is of kind %q, not the record of a training: give one", path, r.Kind)
	}
	old = r.Results[record.Test]
	e, err := attackTest(ctx, device, r, path, o)
	if err != nil {
		return old, now, fmt.Errorf("%s: %w", path, err)
	}
	now = old
	now.PGDError, now.PGDSteps, now.Attack = e.Percent(e.Attacked), e.Attack.Steps, e.Attack
	if e.Samples == old.Samples && now.PGDError > old.CertifiedError {
		return old, now, fmt.Errorf("%s: a PGD error of %g %% above the certified error of %g %%: one of them is "+
			"wrong: please report it", path, now.PGDError, old.CertifiedError)
	}
	if c, ok := r.Results[ChosenTest]; ok && reflect.DeepEqual(c, old) {
		r.Results[ChosenTest] = now
	}
	r.Results[record.Test], r.Remeasured = now, time.Now().UTC().Truncate(time.Second)
	r.Notes = append(slices.DeleteFunc(r.Notes, func(s string) bool { return strings.HasPrefix(s, attackedAgain) }),
		fmt.Sprintf("%s, on %s", attackedAgain, device.Name()))
	return old, now, r.Write(path)
}

// attackedAgain begins the note in a record that was attacked again.
const attackedAgain = "the PGD error was measured again after the training"

// attackTest checks the model's standard error and attacks it.
func attackTest(ctx context.Context, device compute.Backend, r *record.Record, path string, o AgainOptions) (
	e measure.Errors, err error) {
	s, err := FromRecord(r)
	if err != nil {
		return e, err
	}
	n, err := net.Load(record.ModelBeside(path), nil)
	if err != nil {
		return e, err
	}
	splits, err := data.Load(s.Data, data.Options{Dir: o.DataDir, Seed: s.Train.Seed, Validation: s.Validation})
	if err != nil {
		return e, err
	}
	// Intervals cost least: only the standard error of this pass is looked at.
	v := measure.Options{Ball: s.Ball(), Technique: bound.IBP{}, Progress: o.Progress}
	want := r.Results[record.Test]
	test := head(splits.Test, want.Samples)
	if e, err = measure.Evaluate(ctx, device, n, test, v); err != nil {
		return e, err
	}
	// Another backend may round a margin of 0 to the other side.
	if off := math.Abs(e.Percent(e.Standard) - want.StandardError); off > 100*(1+2e-4*float64(e.Samples))/float64(
		e.Samples) {
		return e, fmt.Errorf("the standard error is %g %%, the record says %g %%: give the model of this record, and "+
			"its data", e.Percent(e.Standard), want.StandardError)
	}
	if v.Attack = cmp.Or(o.Attack, s.Attack()); v.Attack == nil {
		return e, fmt.Errorf("its recipe has no attack: give --pgd-steps")
	}
	return measure.Evaluate(ctx, device, n, head(test, cmp.Or(o.Samples, attackedBefore(want, s))), v)
}

// attackedBefore is how many of the first samples were attacked; 0: all.
func attackedBefore(r record.SplitResult, s Recipe) int {
	if r.Attack != nil {
		return r.Attack.Images
	}
	return s.Eval.PGDSamples
}
