package study

import (
	"context"
	"fmt"

	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/measure"
	"tightrope/pkg/net"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
)

// more measures a run's network at the comparison's radii, by each of its techniques.
func (c *comparison) more(ctx context.Context, n *net.Network, r recipe.Recipe, set *data.Set,
	row *record.Trained) error {
	for _, eps := range c.Radii {
		of := r.Ball()
		of.Eps = eps
		at, err := c.at(ctx, n, of, set)
		if err != nil {
			return err
		}
		row.At = append(row.At, at)
	}
	return nil
}

// at measures a network at one ball. The attack is the same for all techniques, so that only the first runs it.
func (c *comparison) at(ctx context.Context, n *net.Network, of ball.Ball, set *data.Set) (record.TrainedAt, error) {
	at := record.TrainedAt{Eps: of.Eps, Certified: map[string]float64{}}
	for i, t := range c.Techniques {
		technique, err := bound.ByID(t)
		if err != nil {
			return at, err
		}
		o := measure.Options{Ball: of, Technique: technique, Compiled: c.compiled}
		if i == 0 {
			o.Attack = c.Attack
		}
		e, err := measure.Evaluate(ctx, c.device, n, set, o)
		if err != nil {
			return at, err
		}
		at.Certified[t.String()] = e.Percent(e.Uncertified)
		if i == 0 && e.Attack != nil {
			at.PGDError, c.attack = e.Percent(e.Attacked), e.Attack
			c.attack.StepSize = c.Attack.StepSize // 0: it follows from the radius
		}
	}
	return at, nil
}

// complete checks that the options are all or none: radii, techniques and an attack.
func (m Methods) complete() error {
	if given := len(m.Radii) > 0; given != (len(m.Techniques) > 0) || given != (m.Attack != nil) {
		return fmt.Errorf("radii (--eps), techniques (--technique) and an attack (--pgd-steps) belong together: give "+
			"all three or none (there are %d radii, %d techniques, attack: %v)", len(m.Radii), len(m.Techniques),
			m.Attack != nil)
	}
	return nil
}

// attacked is the PGD error of a run at its own radius: that of its record, or else that of the comparison.
func attacked(t record.SplitResult, row record.Trained) (float64, error) {
	if t.PGDSteps > 0 {
		return t.PGDError, nil
	}
	for _, at := range row.At {
		if at.Eps == t.Eps {
			return at.PGDError, nil
		}
	}
	return 0, fmt.Errorf("its network was not attacked at its radius, %g: train with --pgd-steps, or compare with "+
		"--eps %g --pgd-steps 40", t.Eps, t.Eps)
}
