package verify

import (
	"context"
	"time"

	"tightrope/pkg/attack"
	"tightrope/pkg/bound"
	"tightrope/pkg/technique"
	"tightrope/pkg/verify/outcome"
)

// batches are the stages of a cascade that compiled graphs decide for many images at once. What they find in the
// network's precision is a guess: the checker looks at a proof of each image.
type batches struct {
	*cascade
	attacker   *attack.Attacker
	evaluators map[technique.ID]*bound.Evaluator
}

func (b *batches) close() {
	if b.attacker != nil {
		b.attacker.Close()
	}
	for _, e := range b.evaluators {
		e.Close()
	}
}

// decide runs the stages on some images and returns those that are left.
func (b *batches) decide(ctx context.Context, left []int) ([]int, error) {
	left, err := b.clean(ctx, left)
	if err == nil && b.runs(outcome.PGD) {
		left, err = b.attack(ctx, left)
	}
	for _, row := range technique.All() {
		if err != nil || len(left) == 0 {
			return left, err
		}
		if r, ok := ruledBy[row.ID]; ok && row.Uses.Stage && b.runs(outcome.StageOf(row.ID)) {
			left, err = b.bound(ctx, left, row.ID, r)
		}
	}
	return left, err
}

// clean finds the images that are misclassified as they are.
func (b *batches) clean(ctx context.Context, left []int) ([]int, error) {
	defer b.spent(outcome.Clean, len(left), time.Now())
	return b.each(ctx, left, func(k int) (bool, error) {
		s := b.subject(left[k])
		return b.settle(ctx, left[k], outcome.Clean, s, finding{proof: s.falsified(s.x)})
	})
}

func (b *batches) attack(ctx context.Context, left []int) ([]int, error) {
	defer b.spent(outcome.PGD, len(left), time.Now())
	if b.attacker == nil {
		o := *b.Attack
		o.Ball = b.Ball
		var err error
		if b.attacker, err = attack.New(b.backend, b.network, o); err != nil {
			return left, err
		}
	}
	part := b.set.Subset(left)
	r, err := attack.Run(b.attacker, part.X, part.Y)
	if err != nil {
		return left, err
	}
	return b.each(ctx, left, func(k int) (bool, error) {
		if !r.Success(k) {
			return false, nil
		}
		s := b.subject(left[k])
		return b.settle(ctx, left[k], outcome.PGD, s, finding{proof: s.falsified(r.X[k])})
	})
}

func (b *batches) bound(ctx context.Context, left []int, t technique.ID, rules ruled) ([]int, error) {
	stage := outcome.StageOf(t)
	defer b.spent(stage, len(left), time.Now())
	e := b.evaluators[t]
	if e == nil {
		var err error
		if e, err = bound.NewEvaluator(b.backend, b.network, bound.Options{Technique: bound.MustByID(t), Ball: b.Ball,
			Batch: b.Batch, Memory: b.Memory}); err != nil {
			return left, err
		}
		b.evaluators[t] = e
	}
	part := b.set.Subset(left)
	out, err := bound.Evaluate(e, part.X, part.Y)
	if err != nil {
		return left, err
	}
	return b.each(ctx, left, func(k int) (bool, error) {
		if !out.Certified(k, part.Y[k]) {
			return false, nil
		}
		s := b.subject(left[k])
		return b.settle(ctx, left[k], stage, s, finding{proof: rules.proof(s)})
	})
}

// each calls f for the places of some images from several goroutines, and returns the images for which it was false, in
// order.
func (b *batches) each(ctx context.Context, images []int, f func(k int) (bool, error)) (left []int, err error) {
	done := make([]bool, len(images))
	err = eachPlace(ctx, b.Workers, len(images), func(k int) (err error) {
		done[k], err = f(k)
		return err
	})
	for k, i := range images {
		if !done[k] {
			left = append(left, i)
		}
	}
	return left, err
}
