package verify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gomlx/compute"
	"golang.org/x/sync/errgroup"

	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/technique"
	"tightrope/pkg/verify/bab"
	"tightrope/pkg/verify/exact"
	"tightrope/pkg/verify/highs"
	"tightrope/pkg/verify/outcome"
)

// cascade is one run.
type cascade struct {
	CascadeOptions
	*prover
	backend compute.Backend
	network *net.Network
	set     *data.Set
	lock    sync.Mutex // of what follows
	ledger  *ledger
	summary *outcome.Summary
	large   bool // some image was too large for branch and bound
	start   time.Time
}

// Cascade decides image by image whether a network classifies every input of the ball as the label: by ever more
// expensive stages, each image stopping at the first one that decides it. An image counts as certified or falsified
// only with a certificate that the checker (package cert, in float64 with outward rounding, on its own path) has
// confirmed; a robust verdict of the MILP solver alone is "unchecked", and whatever runs out of time or into numerical
// trouble is "unknown".
//
// With a folder, decisions and certificates are kept as they are made, and those of an earlier session are taken over.
// A cancelled context ends it with the context's error and the counts so far; images in work are not recorded.
func Cascade(ctx context.Context, backend compute.Backend, network *net.Network, set *data.Set, o CascadeOptions) (
	*outcome.Summary, error) {
	if err := o.Check(network, set); err != nil {
		return nil, err
	}
	p, err := newProver(network)
	if err != nil {
		return nil, err
	}
	l, held, err := openLedger(o.Dir)
	if err != nil {
		return nil, err
	}
	c := &cascade{CascadeOptions: o.withDefaults(), prover: p, backend: backend, network: network, set: set, ledger: l,
		summary: &outcome.Summary{Samples: set.Len()}, start: time.Now()}
	c.skipSmooth()
	c.skipPrograms()
	held, err = c.trusted(ctx, held)
	if err == nil {
		err = c.run(ctx, c.resume(held))
	}
	c.summary.Seconds = time.Since(c.start).Seconds()
	return c.summary, errors.Join(err, l.sync(), l.close())
}

// skipPrograms leaves the stages out that cannot run here, and says so.
func (c *cascade) skipPrograms() {
	_, err := exact.BallOf(c.Ball, sample64(c.set, 0))
	if err == nil {
		err = highs.Load()
	}
	stages := []outcome.Stage{outcome.LP, outcome.LPAll, outcome.MILP}
	wanted := c.runs(outcome.LP) || c.runs(outcome.LPAll) || c.runs(outcome.MILP)
	if err != nil && wanted {
		c.Skip = append(stages, c.Skip...)
		c.summary.Notes = append(c.summary.Notes, fmt.Sprintf("no LP and no MILP: %v", err))
	}
}

// resume counts the decisions of an earlier session and lists the images that are left.
func (c *cascade) resume(held []outcome.Decision) (left []int) {
	done := make([]bool, c.set.Len())
	for i := range held {
		done[held[i].Index] = true
		c.summary.Count(&held[i])
		c.summary.Resumed++
	}
	for i, d := range done {
		if !d {
			left = append(left, i)
		}
	}
	return left
}

// chunkSize is how many images compiled graphs work on before the rest of them is decided one by one.
const chunkSize = 500

// run works through the images in chunks: compiled stages on whole chunks, the others image by image.
func (c *cascade) run(ctx context.Context, left []int) error {
	b := &batches{cascade: c, evaluators: map[technique.ID]*bound.Evaluator{}}
	defer b.close()
	for from := 0; from < len(left); from += chunkSize {
		part, err := b.decide(ctx, left[from:min(from+chunkSize, len(left))])
		if err == nil {
			err = eachPlace(ctx, c.Workers, len(part), func(k int) error { return c.image(ctx, part[k]) })
		}
		if err == nil {
			err = c.ledger.sync()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// eachPlace calls f for the numbers below count from several goroutines until one fails or the context ends. It returns
// the context's error, or the first other one.
func eachPlace(ctx context.Context, workers, count int, f func(k int) error) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for k := range count {
		group.Go(func() error {
			if err := inner.Err(); err != nil {
				return err
			}
			return f(k)
		})
	}
	err := group.Wait()
	if over := ctx.Err(); over != nil {
		return over
	}
	return err
}

func (c *cascade) subject(i int) *subject {
	s := c.prover.subject(c.Ball, sample64(c.set, i), int(c.set.Y[i]))
	s.signs = true
	return s
}

// settle has a finding of a stage confirmed and recorded; false leaves the image undecided.
func (c *cascade) settle(ctx context.Context, i int, stage outcome.Stage, s *subject, f finding) (bool, error) {
	if err := s.confirm(ctx, &f); err != nil || f.verdict == "" {
		return false, err
	}
	return true, c.decided(outcome.Decision{Index: i, Label: s.label, Stage: stage}, f)
}

// stages work on single images, each up to its fraction of an image's time where later stages are wanted; the last one
// gets all of it. Branch and bound decides far more in its time than the programs do.
func (c *cascade) stages() []stage {
	return []stage{
		{outcome.AlphaCROWN, 0.5, alpha(c.Search)},
		{outcome.BranchAndBound, 0.8, branch(c.Search)},
		{outcome.LP, 0.85, onBounds((*programs).lp, bab.Rules...)},
		{outcome.LPAll, 0.9, onBounds((*programs).lpAll, bab.Rules...)},
		{outcome.MILP, 1, onBounds((*programs).milp, bab.Rules...)},
	}
}

// stage is one that works on single images.
type stage struct {
	outcome.Stage
	until float64 // fraction of an image's time
	ask   method
}

// image runs the stages on one image until one decides it.
func (c *cascade) image(ctx context.Context, i int) error {
	s, begin := c.subject(i), time.Now()
	d := outcome.Decision{Index: i, Label: s.label, Verdict: outcome.Unknown, Stage: c.last(outcome.CROWN)}
	last := c.last(outcome.MILP)
	for _, st := range c.stages() {
		if !c.runs(st.Stage) {
			continue
		}
		if st.Stage == last {
			st.until = 1
		}
		start := time.Now()
		f, err := s.ask(ctx, begin.Add(time.Duration(st.until*float64(c.PerImage))), st.ask)
		c.spent(st.Stage, 1, start)
		if err != nil && !errors.Is(err, exact.ErrTooLarge) { // for programs: other stages may decide
			return err
		}
		c.noteLarge(f.tooLarge && st.Stage == outcome.BranchAndBound)
		d.Stage, d.Nodes, d.Seconds = st.Stage, max(d.Nodes, f.nodes), time.Since(begin).Seconds()
		if f.verdict != "" {
			return c.decided(d, f)
		}
		if f.class != nil {
			d.Class = f.class
		}
	}
	return c.decided(d, finding{verdict: outcome.Unknown, class: d.Class})
}

// last is the last stage that is wanted, up to a given one.
func (c *cascade) last(until outcome.Stage) outcome.Stage {
	for s := until; s > outcome.Clean; s-- {
		if c.runs(s) {
			return s
		}
	}
	return outcome.Clean
}

// noteLarge says once that branch and bound did not try an image.
func (c *cascade) noteLarge(yes bool) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if yes && !c.large {
		c.large = true
		c.summary.Notes = append(c.summary.Notes, "some images have too many unstable units for branch and bound in "+
			"memory: they are left to the other stages")
	}
}

// decided records the decision that a finding makes.
func (c *cascade) decided(d outcome.Decision, f finding) error {
	d.Verdict, d.Class, d.Lower = f.verdict, f.class, f.lower
	if f.verdict == outcome.Unchecked {
		d.Class, f.proof = nil, nil
	}
	if f.proof != nil {
		f.proof.Stage, f.proof.Index = d.Stage.String(), d.Index
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	if err := c.ledger.append(&d, f.proof); err != nil {
		return err
	}
	c.summary.Count(&d)
	if c.Progress != nil {
		c.summary.Seconds = time.Since(c.start).Seconds()
		c.Progress(c.summary)
	}
	return nil
}

// spent adds to the counts of a stage.
func (c *cascade) spent(s outcome.Stage, images int, since time.Time) {
	c.lock.Lock()
	defer c.lock.Unlock()
	at := c.summary.At(s)
	at.Reached += images
	at.Seconds += time.Since(since).Seconds()
}
