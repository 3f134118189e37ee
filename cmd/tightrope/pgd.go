package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"tightrope/pkg/attack"
)

// lossValue is a flag's loss of the attack.
type lossValue struct{ to *attack.Loss }

// String implements pflag.Value.
func (v lossValue) String() string {
	if v.to == nil {
		return ""
	}
	return v.to.String()
}

// Type implements pflag.Value.
func (v lossValue) Type() string { return "loss" }

// Set implements pflag.Value.
func (v lossValue) Set(text string) (err error) {
	*v.to, err = attack.ParseLoss(text)
	return err
}

const (
	lossFlag     = "pgd-loss"
	restartsFlag = "pgd-restarts"
)

// addLoss declares the flags of what the attack ascends and of how often it begins again.
func addLoss(s *pflag.FlagSet, loss *attack.Loss, restarts *int) {
	s.Var(lossValue{loss}, lossFlag, "loss that the PGD attack increases: both (margin and scaled-ce in turn), "+
		"margin, each-class (the margin to each other class in turn), dlr (difference of logits ratio; with fewer "+
		"than 3 classes, the margin), ce (cross-entropy, as in the paper) or scaled-ce")
	addCount(s, restarts, restartsFlag, 0, 0, "number of runs of the PGD attack from random points, in addition to "+
		"the run from the image; 0: none; not given: 2, or none for a single step")
}

// restartsOf turns the flag's number into an option's.
func restartsOf(given int) int {
	if given == 0 {
		return attack.NoRestarts
	}
	return given
}

// pgdFlags are the attack's flags of eval, attack, verify, ladder and radius.
type pgdFlags struct {
	method                   string // "": pgd
	steps, restarts, queries int
	stepSize                 float64
	loss                     attack.Loss
	set                      *pflag.FlagSet
}

func (f *pgdFlags) add(s *pflag.FlagSet) {
	f.set = s
	addCount(s, &f.steps, "pgd-steps", 0, 0, "number of steps of the PGD attack; 0: no attack (eval), or the "+
		"command's default")
	addRadius(s, &f.stepSize, "pgd-step-size", 0,
		"length of a step in the ball's norm, in pixel units; 0: 2.5 eps / steps")
	addLoss(s, &f.loss, &f.restarts)
}

const (
	methodFlag  = "attack"
	queriesFlag = "square-queries"
)

// addMethod declares the flags that choose another attack than PGD.
func (f *pgdFlags) addMethod(s *pflag.FlagSet) {
	s.StringVar(&f.method, methodFlag, "", strings.Join(attack.MethodKeys(), ", ")+"; auto runs apgd-ce, then "+
		"apgd-dlr (with fewer than 3 classes, the margin) and square on the images that are left; for apgd, "+
		"--pgd-steps is 100 by default; empty: pgd")
	addCount(s, &f.queries, queriesFlag, 0, 0, "largest number of points that square tries per image; 0: 1000")
}

// options are those of the attack; nil without steps.
func (f *pgdFlags) options() (*attack.Options, error) {
	o, err := f.chosen()
	if err != nil {
		return nil, err
	}
	if f.steps == 0 && o.Method == attack.PGD {
		for _, name := range []string{methodFlag, "pgd-step-size", lossFlag, restartsFlag} {
			if f.set != nil && f.set.Changed(name) {
				return nil, fmt.Errorf("--%s without --pgd-steps: give the number of steps too, e.g. --pgd-steps 40",
					name)
			}
		}
		return nil, nil
	}
	o.Steps, o.StepSize, o.Queries = f.steps, f.stepSize, f.queries
	if o.Method == attack.PGD {
		o.Loss = f.loss
	}
	if f.set.Changed(restartsFlag) {
		o.Restarts = restartsOf(f.restarts)
	}
	return &o, nil
}

// chosen is the attack that --attack names; flags that it does not know are errors.
func (f *pgdFlags) chosen() (o attack.Options, err error) {
	if f.set == nil || f.set.Lookup(methodFlag) == nil {
		return o, nil
	}
	if f.method != "" {
		if o, err = attack.Parse(f.method); err != nil {
			return o, err
		}
	}
	climbs := o.Method != attack.Squares
	queries := o.Method == attack.Squares || o.Method == attack.Auto
	for name, known := range map[string]bool{lossFlag: o.Method == attack.PGD, "pgd-step-size": o.Method == attack.PGD,
		"pgd-steps": climbs, restartsFlag: climbs, queriesFlag: queries} {
		if !known && f.set.Changed(name) {
			return o, fmt.Errorf("--%s with the attack %s, which has no such setting: leave it out", name,
				cmp.Or(f.method, "pgd"))
		}
	}
	return o, nil
}

// identity says in a folder's recipe how the attack differs from the default loss and restarts; "" if it does not.
func (f *pgdFlags) identity() string {
	if f.set == nil || !f.set.Changed(lossFlag) && !f.set.Changed(restartsFlag) {
		return ""
	}
	o, err := f.options()
	if err != nil || o == nil {
		return ""
	}
	return fmt.Sprintf("%v, restarts %d", o.Loss, o.Restarts)
}
