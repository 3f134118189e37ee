package verify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gomlx/compute"
	"golang.org/x/sync/errgroup"

	"tightrope/pkg/data"
	"tightrope/pkg/internal/processor"
	"tightrope/pkg/net"
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
	chosen  bool // the attack is not the default one
	start   time.Time
}

// Cascade decides for each image whether a network classifies every input of the ball as the label, by more and more
// expensive stages; an image stops at the first stage that decides it. An image counts as certified or falsified only
// with a certificate that the checker (package cert: separate code, float64, outward rounding) has confirmed. A robust
// verdict of the MILP solver alone is "unchecked", and an image for which time runs out or the solver fails is
// "unknown".
//
// With a folder, decisions and certificates are saved as soon as they are made, and those of an earlier session are
// used. If the context is cancelled, Cascade returns the context's error and the counts so far; unfinished images are
// not recorded.
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
		chosen: o.Attack != nil, summary: &outcome.Summary{Samples: set.Len()}, start: time.Now()}
	c.skipSmooth()
	c.skipPrograms()
	c.summary.Load[0] = processor.Load()
	used := processor.Seconds()
	held, err = c.trusted(ctx, held)
	if err == nil {
		err = c.run(ctx, c.resume(held))
	}
	c.summary.Seconds, c.summary.ProcessorSeconds = time.Since(c.start).Seconds(), processor.Seconds()-used
	c.summary.Load[1] = processor.Load()
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

// The images that cheap stages work on before the rest of them is decided one by one: few at first, which tell what the
// stages are worth, then more, as far as the bounds of all may be held at once.
const (
	firstChunk = 32
	chunkSize  = 256
	valueBytes = 128 // of the bounds of one value, by several rules
)

// sizes are those of the chunks that many images are worked on in.
func (c *cascade) sizes(images int) (sizes []int) {
	most := max(min(chunkSize, int(c.Memory/valueBytes)/c.plain.Values()), c.Workers)
	for size := min(firstChunk, most); images > 0; size = most {
		sizes = append(sizes, min(size, images))
		images -= size
	}
	return sizes
}

// run works through the images in chunks: cheap stages on whole chunks, the others image by image.
func (c *cascade) run(ctx context.Context, left []int) error {
	b := &batches{cascade: c, ahead: len(left)}
	b.final = c.last(outcome.MILP) <= outcome.CROWN
	defer b.close()
	from := 0
	for _, size := range c.sizes(len(left)) {
		b.chunk = size
		part, err := b.decide(ctx, left[from:from+size])
		from += size
		if err == nil {
			err = eachPlace(ctx, c.Workers, len(part), func(k int) error {
				return c.image(ctx, part[k], b.subjects[part[k]])
			})
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
func (c *cascade) image(ctx context.Context, i int, s *subject) error {
	begin := time.Now()
	d := outcome.Decision{Index: i, Label: s.label, Verdict: outcome.Unknown, Stage: c.last(outcome.CROWN)}
	last, err := c.end(ctx, s)
	if err != nil {
		return err
	}
	for _, st := range c.stages() {
		if !c.runs(st.Stage) || st.Stage > last {
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

// mostUnits is how many unstable units leave a mixed-integer program a chance where branch and bound runs out of time.
const mostUnits = 100

// end is the last stage for an image: branch and bound, which gets all of the time then, where programs have no chance.
func (c *cascade) end(ctx context.Context, s *subject) (outcome.Stage, error) {
	last := c.last(outcome.MILP)
	if last <= outcome.BranchAndBound || !c.runs(outcome.BranchAndBound) {
		return last, nil
	}
	root, err := s.root(ctx, bab.Rules...)
	if err != nil || root.ExceedsMemory() || len(root.Bounds.UnstableUnits()) <= mostUnits {
		return last, err
	}
	return outcome.BranchAndBound, nil
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
