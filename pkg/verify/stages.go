package verify

import (
	"context"
	"fmt"
	"time"

	"github.com/gomlx/compute"

	"tightrope/pkg/attack"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
)

// Stage is one step of [Stages]: what it decided of the images that reached it.
type Stage struct {
	Name    string
	Reached int // images that no earlier stage decided
	Decided int
	Seconds float64
}

// Staged is the outcome of [Stages]. An image is bounded where a float32 bound is positive, which is a measurement and not a
// proof with directed rounding.
type Staged struct {
	Samples   int
	Standard  int // clean images that are misclassified; they are among Falsified
	Falsified int // an attack found an adversarial image
	Bounded   int // some bound proves every margin positive, in float32 arithmetic
	Unknown   int // neither
	Stages    []Stage
}

// Interval of the exact robust error, in percent: at least the falsified, at most all that are not bounded.
func (s Staged) Interval() (low, high float64) {
	n := float64(s.Samples)
	return 100 * float64(s.Falsified) / n, 100 * float64(s.Samples-s.Bounded) / n
}

// Techniques are the bounds of [Stages] in the order of their cost.
func Techniques() []bound.Technique {
	return []bound.Technique{bound.IBP{}, bound.CROWNIBP(), bound.FastLin{}, bound.CROWN{}}
}

// Stages attacks every image and bounds those that withstand, by ever more expensive techniques; each image stops at the
// first stage that decides it. o.Technique is not used; o.Attack nil means 40 PGD steps on the margin.
func Stages(ctx context.Context, backend compute.Backend, network *net.Network, set *data.Set, o Options, techniques ...bound.Technique) (Staged, error) {
	result := Staged{Samples: set.Len()}
	if set.Len() == 0 {
		return result, fmt.Errorf("no images to verify: give at least one")
	}
	if o.Attack == nil {
		o.Attack = &attack.Options{Steps: 40, Loss: attack.Margin}
	}
	left, err := result.falsify(ctx, backend, network, set, o)
	for _, t := range techniques {
		if err != nil || left.Len() == 0 {
			break
		}
		o.Technique = t
		left, err = result.bound(ctx, backend, network, left, o)
	}
	result.Unknown = result.Samples - result.Falsified - result.Bounded
	return result, err
}

// falsify runs the attack and returns the images that withstood.
func (s *Staged) falsify(ctx context.Context, backend compute.Backend, network *net.Network, set *data.Set, o Options) (*data.Set, error) {
	options := *o.Attack
	options.Ball = o.Ball
	a, release, err := o.attacker(backend, network, options)
	if err != nil {
		return nil, err
	}
	defer release()
	return s.stage(ctx, "PGD", set, o, func(part *data.Set) ([]bool, error) {
		r, err := attack.Run(a, part.X, part.Y)
		if err != nil {
			return nil, err
		}
		c, err := attack.RunAt(a, part.X, part.Y, 0)
		if err != nil {
			return nil, err
		}
		done := make([]bool, part.Len())
		for i := range done {
			if c.Success(i) {
				s.Standard++
			}
			if done[i] = r.Success(i); done[i] {
				s.Falsified++
			}
		}
		return done, nil
	})
}

// bound runs one technique and returns the images that it does not certify.
func (s *Staged) bound(ctx context.Context, backend compute.Backend, network *net.Network, set *data.Set, o Options) (*data.Set, error) {
	e, release, err := o.evaluator(backend, network)
	if err != nil {
		return nil, err
	}
	defer release()
	return s.stage(ctx, o.Technique.Name(), set, o, func(part *data.Set) ([]bool, error) {
		out, err := bound.EvaluateAt(e, part.X, part.Y, o.Ball.Eps)
		if err != nil {
			return nil, err
		}
		done := make([]bool, part.Len())
		for i, y := range part.Y {
			if done[i] = out.Certified(i, y); done[i] {
				s.Bounded++
			}
		}
		return done, nil
	})
}

// stage runs decide on parts of a set, keeps the count, and returns the images that were not decided.
func (s *Staged) stage(ctx context.Context, name string, set *data.Set, o Options, decide func(*data.Set) ([]bool, error)) (*data.Set, error) {
	start, at := time.Now(), 0
	var left []int
	err := chunks(ctx, set, o, name, func(part *data.Set) error {
		done, err := decide(part)
		for i, d := range done {
			if !d {
				left = append(left, at+i)
			}
		}
		at += part.Len()
		return err
	})
	s.Stages = append(s.Stages, Stage{Name: name, Reached: set.Len(), Decided: set.Len() - len(left), Seconds: time.Since(start).Seconds()})
	return set.Subset(left), err
}
