package verify

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"tightrope/pkg/attack"
	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/technique"
	"tightrope/pkg/verify/highs"
)

// LadderOptions of [Ladder]; the zero value is every technique of [Rungs] at eps 0 with a minute for each program.
type LadderOptions struct {
	Ball  ball.Ball      // eps in pixel units
	Radii []float64      // several radii instead of Ball.Eps
	Rungs []technique.ID // nil: those of [Rungs]
	// Signs asks only whether a technique certifies, and skips programs whose outcome follows from a theorem.
	Signs      bool
	PerProgram time.Duration   // for one program of a margin, or for the whole image with Signs; 0: one minute
	Attack     *attack.Options // nil: 40 PGD steps on the margin; its Ball is replaced
	AlphaSteps int             // of alpha-CROWN; 0: 100
	DualSteps  int             // of dual; 0: 4000
	Workers    int             // images at the same time; 0: one for each processor
	// Dir is the folder in which finished images are saved, and from which those of an earlier session are read; empty:
	// none.
	Dir      string
	Progress func(done, total int)
}

func (o LadderOptions) withDefaults() LadderOptions {
	if o.PerProgram == 0 {
		o.PerProgram = time.Minute
	}
	if o.Attack == nil {
		o.Attack = &attack.Options{Steps: 40}
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if len(o.Radii) == 0 {
		o.Radii = []float64{o.Ball.Eps}
	}
	if o.Rungs == nil {
		o.Rungs = Rungs()
	}
	o.Rungs = slices.Compact(slices.Sorted(slices.Values(o.Rungs)))
	return o
}

// Check returns the error with which [Ladder] would refuse to start.
func (o LadderOptions) Check(network *net.Network, set *data.Set) error {
	o = o.forNetwork(network).withDefaults()
	if err := o.checkSmooth(network); err != nil {
		return err
	}
	if o.PerProgram < 0 || o.Workers < 0 || o.AlphaSteps < 0 || o.DualSteps < 0 {
		return fmt.Errorf("%v a program, %d workers, %d steps of alpha-CROWN, %d of dual: use positive numbers, or 0 "+
			"for the default", o.PerProgram, o.Workers, o.AlphaSteps, o.DualSteps)
	}
	for _, eps := range o.Radii {
		b := o.Ball
		b.Eps = eps
		if err := b.Validate(); err != nil {
			return err
		}
	}
	if err := o.checkRungs(); err != nil {
		return err
	}
	return checkImages(network, o.Ball, set)
}

// checkRungs returns an error for techniques that are not the ladder's, and where linear programs are asked for that
// cannot be made or solved here.
func (o *LadderOptions) checkRungs() error {
	if len(o.Rungs) == 0 {
		return fmt.Errorf("no technique for the ladder: name at least one of %v", technique.Of(technique.ForLadder))
	}
	for _, t := range o.Rungs {
		if !t.Row().Uses.Ladder {
			return fmt.Errorf("technique %v is not one of the ladder's: use some of %v", t,
				technique.Of(technique.ForLadder))
		}
	}
	switch {
	case !slices.ContainsFunc(o.Rungs, func(t technique.ID) bool { return t.Row().HiGHS }):
		return nil
	case o.Ball.Norm == ball.L2:
		return errors.New("an l_2 ball makes no linear program: leave lp and lp-all out (dual finds the same " +
			"optimum without a program), or use linf or l1")
	}
	return highs.Load()
}

// Rungs are the default techniques of the ladder of tightness, in order: all but dual, which gives the LP's margin and
// takes longer. The order is that of their usual results; the theorems are only: each relaxation <= the LP on the same
// bounds <= LP-all <= exact <= PGD. The exact minimum is computed to within 2e-5 of its value or 2^-19 of its terms.
func Rungs() []technique.ID { return technique.Of(technique.ByDefault) }

// ParseRung reads a spelling of one of the ladder's techniques, in any case.
func ParseRung(name string) (technique.ID, error) {
	return technique.ParseOf(name, technique.ForLadder)
}
