package verify

import (
	"context"
	"sync"
	"time"

	"tightrope/pkg/attack"
	"tightrope/pkg/ball"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/outcome"
)

// batches are the stages of a cascade that work on many images before the next one begins. They bound in the checker's
// float64: it has to look at every proof anyway, so that a compiled graph would only save the images that a stage
// leaves, and costs a second or more before the first one.
type batches struct {
	*cascade
	tally
	attacker *attack.Attacker
	descents sync.Pool // of *cert.Descent
	subjects map[int]*subject
	ahead    int // images that are neither decided nor in work
	chunk    int // images in work
}

func (b *batches) close() {
	if b.attacker != nil {
		b.attacker.Close()
	}
}

// decide runs the stages on some images and returns those that are left, whose subjects it keeps.
func (b *batches) decide(ctx context.Context, left []int) ([]int, error) {
	b.subjects, b.ahead = map[int]*subject{}, b.ahead-len(left)
	for _, i := range left {
		b.subjects[i] = b.subject(i)
	}
	left, err := b.stage(ctx, left, outcome.Clean, b.clean)
	for _, s := range b.order(b.runs) {
		if err != nil || len(left) == 0 {
			return left, err
		}
		before := len(left)
		if s == outcome.PGD {
			left, err = b.attack(ctx, left)
		} else {
			left, err = b.stage(ctx, left, s, b.bound(s))
		}
		b.count(s, before, before-len(left))
	}
	return left, err
}

// stage asks a method about every image and returns those that it does not decide, in order.
func (b *batches) stage(ctx context.Context, images []int, s outcome.Stage, m method) (left []int, err error) {
	defer b.spent(s, len(images), time.Now())
	done := make([]bool, len(images))
	err = eachPlace(ctx, b.Workers, len(images), func(k int) error {
		f, err := b.subjects[images[k]].ask(ctx, time.Time{}, m)
		if err != nil || f.verdict == "" {
			return err
		}
		done[k] = true
		return b.decided(outcome.Decision{Index: images[k], Label: b.subjects[images[k]].label, Stage: s}, f)
	})
	for k, i := range images {
		if !done[k] {
			left = append(left, i)
		} else {
			delete(b.subjects, i)
		}
	}
	return left, err
}

// clean finds the images that are misclassified as they are.
func (b *batches) clean(_ context.Context, s *subject) (finding, error) {
	return finding{proof: s.falsified(s.x)}, nil
}

// bound proves margins by the rules of a stage. The last one takes the bounds that searches begin from.
func (b *batches) bound(s outcome.Stage) method {
	if s == outcome.CROWN {
		return best
	}
	for t, r := range ruledBy {
		if outcome.StageOf(t) == s {
			return func(ctx context.Context, s *subject) (finding, error) { return r.bound(ctx, s) }
		}
	}
	panic("no rules of stage " + s.String())
}

// attack descends image by image where few are to be attacked, else in a compiled graph.
func (b *batches) attack(ctx context.Context, left []int) ([]int, error) {
	if b.few(len(left)) {
		return b.stage(ctx, left, outcome.PGD, b.descend)
	}
	start := time.Now()
	points, err := b.points(left)
	if err != nil {
		return left, err
	}
	b.spent(outcome.PGD, 0, start)
	return b.stage(ctx, left, outcome.PGD, func(_ context.Context, s *subject) (finding, error) {
		if x := points[s]; x != nil {
			return finding{proof: s.falsified(x)}, nil
		}
		return finding{}, nil
	})
}

// points are misclassified inputs that a compiled attack finds, by subject.
func (b *batches) points(left []int) (map[*subject][]float64, error) {
	if b.attacker == nil {
		o := *b.Attack
		o.Ball = b.Ball
		var err error
		if b.attacker, err = attack.New(b.backend, b.network, o); err != nil {
			return nil, err
		}
	}
	part := b.set.Subset(left)
	r, err := attack.Run(b.attacker, part.X, part.Y)
	if err != nil {
		return nil, err
	}
	points := map[*subject][]float64{}
	for k, i := range left {
		if r.Success(k) {
			points[b.subjects[i]] = r.X[k]
		}
	}
	return points, nil
}

// compiling is how many multiplications in float64 take as long as a compilation of the attack, about half a second.
const compiling = 4e9

// few reports whether descending on the images that will be attacked, if so many of this chunk are, costs less than
// compiling the attack. Only the default attack has both forms.
func (b *batches) few(left int) bool {
	if b.chosen || b.attacker != nil || b.Ball.Norm != ball.Linf {
		return false
	}
	images := float64(left) * (1 + float64(b.ahead)/float64(max(b.chunk, 1)))
	lanes := float64((b.plain.Classes() - 1 + 7) / 8 * 8)
	return images*lanes*float64(b.Attack.Steps)*float64(b.plain.Work()) < compiling
}

// descend searches by the plain attack.
func (b *batches) descend(_ context.Context, s *subject) (finding, error) {
	d, ok := b.descents.Get().(*cert.Descent)
	if !ok {
		d = s.plain.NewDescent()
	}
	defer b.descents.Put(d)
	if x := d.Search(s.ball, s.x, s.label, b.Attack.Steps); x != nil {
		return finding{proof: s.falsified(x)}, nil
	}
	return finding{}, nil
}
