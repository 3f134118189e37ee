package verify

import (
	"context"
	"time"

	"tightrope/pkg/attack"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/outcome"
)

// graphs are the stages that compiled graphs decide for many images at once; what they find in float32 is checked image by image.
type graphs struct {
	*cascade
	attacker   *attack.Attacker
	evaluators map[outcome.Stage]*bound.Evaluator
}

func (g *graphs) close() {
	if g.attacker != nil {
		g.attacker.Close()
	}
	for _, e := range g.evaluators {
		e.Close()
	}
}

// decide runs the stages on a chunk and returns the images that are left.
func (g *graphs) decide(ctx context.Context, left []int) ([]int, error) {
	left, err := g.clean(ctx, left)
	if err == nil && g.runs(outcome.PGD) {
		left, err = g.attack(ctx, left)
	}
	for _, s := range graphStages {
		if err != nil || len(left) == 0 {
			return left, err
		}
		if g.runs(s.Stage) {
			left, err = g.bound(ctx, left, s)
		}
	}
	return left, err
}

// clean finds the images that are misclassified as they are.
func (g *graphs) clean(ctx context.Context, left []int) ([]int, error) {
	defer g.spent(outcome.Clean, len(left), time.Now())
	return g.parallel(ctx, left, func(i int) (bool, error) {
		return g.falsify(ctx, g.decision(i, outcome.Clean), g.input(i))
	})
}

// decision starts the decision of an image.
func (c *cascade) decision(i int, s outcome.Stage) outcome.Decision {
	return outcome.Decision{Index: i, Label: int(c.set.Y[i]), Verdict: outcome.Unknown, Stage: s}
}

// falsify records an image as falsified if a point near the ball, moved into it, is misclassified.
func (c *cascade) falsify(ctx context.Context, d outcome.Decision, point []float64) (bool, error) {
	x, label := c.input(d.Index), d.Label
	point = cert.Clip(c.Ball, x, point)
	logits := c.plain.Forward(point)
	best := -1
	for t, z := range logits {
		if t != label && (best < 0 || z > logits[best]) {
			best = t
		}
	}
	if !(logits[best] >= logits[label]) {
		return false, nil
	}
	proof := cert.New(c.plain, c.Ball, x, label, cert.Falsified, "")
	proof.Class, proof.Point = best, point
	return c.confirm(ctx, d, proof)
}

// part is the samples with these indices.
func (g *graphs) part(images []int) *data.Set { return g.set.Subset(images) }

func (g *graphs) attack(ctx context.Context, left []int) ([]int, error) {
	defer g.spent(outcome.PGD, len(left), time.Now())
	if g.attacker == nil {
		o := *g.Attack
		o.Ball = g.Ball
		var err error
		if g.attacker, err = attack.New(g.backend, g.network, o); err != nil {
			return left, err
		}
	}
	part := g.part(left)
	r, err := attack.Run(g.attacker, part.X, part.Y)
	if err != nil {
		return left, err
	}
	at := positions(left)
	return g.parallel(ctx, left, func(i int) (bool, error) {
		if !r.Success(at[i]) {
			return false, nil
		}
		return g.falsify(ctx, g.decision(i, outcome.PGD), r.X[at[i]])
	})
}

// positions is the place of each image in a list.
func positions(images []int) map[int]int {
	at := map[int]int{}
	for k, i := range images {
		at[i] = k
	}
	return at
}

func (g *graphs) bound(ctx context.Context, left []int, s graphStage) ([]int, error) {
	defer g.spent(s.Stage, len(left), time.Now())
	e := g.evaluators[s.Stage]
	if e == nil {
		var err error
		if e, err = bound.NewEvaluator(g.backend, g.network, bound.Options{Technique: s.technique, Ball: g.Ball, Batch: g.Batch, Memory: g.Memory}); err != nil {
			return left, err
		}
		if g.evaluators == nil {
			g.evaluators = map[outcome.Stage]*bound.Evaluator{}
		}
		g.evaluators[s.Stage] = e
	}
	part := g.part(left)
	out, err := bound.Evaluate(e, part.X, part.Y)
	if err != nil {
		return left, err
	}
	at := positions(left)
	return g.parallel(ctx, left, func(i int) (bool, error) {
		if !out.Certified(at[i], g.set.Y[i]) {
			return false, nil
		}
		proof := cert.ByRule(g.plain, g.Ball, g.input(i), int(g.set.Y[i]), "", s.layers, s.margins)
		return g.confirm(ctx, g.decision(i, s.Stage), proof)
	})
}
