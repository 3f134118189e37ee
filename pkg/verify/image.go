package verify

import (
	"context"
	"time"

	"tightrope/pkg/verify/bab"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/outcome"
)

// image is one image in the stages that work on single images.
type image struct {
	*cascade
	outcome.Decision
	whole context.Context // of the run: a proof that was found in time may be confirmed later
	x     []float64
	begin time.Time
	found *bab.Result // of the last search
	solve solverState // of the last programs
}

// share of the time of an image at which a stage must end, where later stages are wanted; the last one gets all of it. Branch
// and bound decides far more in its time than the programs do.
var share = map[outcome.Stage]float64{outcome.AlphaCROWN: 0.5, outcome.BranchAndBound: 0.8, outcome.LP: 0.85,
	outcome.LPAll: 0.9, outcome.MILP: 1}

// images decides what the compiled stages left.
func (c *cascade) images(ctx context.Context, left []int) error {
	_, err := c.parallel(ctx, left, func(i int) (bool, error) {
		m := &image{cascade: c, whole: ctx, Decision: c.decision(i, c.latest()), x: c.input(i), begin: time.Now()}
		return true, m.decide(ctx)
	})
	return err
}

// latest is the last stage before those that work on single images.
func (c *cascade) latest() outcome.Stage {
	last := outcome.Clean
	for s := outcome.PGD; s < outcome.AlphaCROWN; s++ {
		if c.runs(s) {
			last = s
		}
	}
	return last
}

// decide runs the stages until one decides.
func (m *image) decide(ctx context.Context) error {
	for _, s := range []struct {
		outcome.Stage
		run func(context.Context) (bool, error)
	}{{outcome.AlphaCROWN, m.alpha}, {outcome.BranchAndBound, m.branch}, {outcome.LP, m.lp}, {outcome.LPAll, m.lpAll},
		{outcome.MILP, m.milp}} {
		if !m.runs(s.Stage) {
			continue
		}
		m.Stage = s.Stage
		done, err := m.stage(ctx, s.run)
		if done || err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err // the run ends: this image was not given its time
		}
	}
	m.Seconds = time.Since(m.begin).Seconds()
	return m.decided(&m.Decision, nil)
}

// stage runs one stage within its share of the time.
func (m *image) stage(ctx context.Context, run func(context.Context) (bool, error)) (bool, error) {
	start := time.Now()
	defer func() { m.spent(m.Stage, 1, start) }()
	limit := m.PerImage
	if m.later() {
		limit = time.Duration(share[m.Stage] * float64(limit))
	}
	inner, cancel := context.WithDeadline(ctx, m.begin.Add(limit))
	defer cancel()
	return run(inner)
}

// later tells whether a stage after this one is wanted.
func (m *image) later() bool {
	for s := m.Stage + 1; s <= outcome.MILP; s++ {
		if m.runs(s) {
			return true
		}
	}
	return false
}

// accept confirms a certificate and records the decision.
func (m *image) accept(proof *cert.Certificate) (bool, error) {
	return m.confirm(m.whole, m.now(), proof)
}

// now is the decision with the time so far.
func (m *image) now() outcome.Decision {
	d := m.Decision
	d.Seconds, d.Class = time.Since(m.begin).Seconds(), nil
	return d
}

// alpha optimises slopes, without splits.
func (m *image) alpha(ctx context.Context) (bool, error) {
	o := m.Search
	o.Nodes = 1
	return m.search(ctx, o)
}

// branch splits units until the image is decided.
func (m *image) branch(ctx context.Context) (bool, error) { return m.search(ctx, m.Search) }

func (m *image) search(ctx context.Context, o bab.Options) (bool, error) {
	found, err := bab.Solve(ctx, m.plain, m.Ball, m.x, m.Label, o)
	if err != nil {
		return false, err
	}
	m.found = found
	m.Nodes += found.Nodes
	if found.TooLarge {
		m.tooLarge(o.Nodes != 1)
	}
	if found.Certificate == nil {
		m.Class = &found.Class
		return false, nil
	}
	return m.accept(found.Certificate)
}
