package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/gomlx/compute"
	"golang.org/x/sync/errgroup"

	"tightrope/pkg/attack"
	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/engine"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/bab"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/exact"
	"tightrope/pkg/verify/highs"
	"tightrope/pkg/verify/outcome"
)

// CascadeOptions of [Cascade]; the zero value runs every stage at eps 0, a minute an image, and keeps nothing.
type CascadeOptions struct {
	Ball     ball.Ball       // eps in pixel units
	Until    outcome.Stage   // the last stage; 0: MILP
	Skip     []outcome.Stage // stages that are left out
	PerImage time.Duration   // for all stages that work on single images, from alpha-CROWN on; 0: one minute
	Attack   *attack.Options // nil: 40 PGD steps from the clean image; its Ball is replaced by Ball
	Search   bab.Options     // of branch and bound
	Workers  int             // images at the same time; 0: one for each processor
	Batch    int             // samples per call of a compiled bound, at most; 0: 50
	Memory   int64           // bytes that compiled bounds may take; 0: half of what is free
	Dir      string          // folder of decisions and certificates, which holds those of an earlier session or none; empty: nothing is kept
	// Progress gets the counts after every chunk and every image that is decided by itself. Called from one goroutine
	// at a time.
	Progress func(*outcome.Summary)
}

func (o CascadeOptions) withDefaults() CascadeOptions {
	if o.PerImage == 0 {
		o.PerImage = time.Minute
	}
	if o.Attack == nil {
		o.Attack = &attack.Options{Steps: 40, Restarts: attack.NoRestarts} // what it misses, exact stages find
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return o
}

func (o *CascadeOptions) validate() error {
	if o.PerImage < 0 || o.Workers < 0 {
		return fmt.Errorf("%v an image with %d workers: use positive numbers, or 0 for the default",
			o.PerImage, o.Workers)
	}
	if !o.Until.Known() {
		return fmt.Errorf("%v is no stage", o.Until)
	}
	return o.Ball.Validate()
}

// cascade is one run.
type cascade struct {
	CascadeOptions
	backend compute.Backend
	network *net.Network
	plain   *cert.Network
	exact   *exactNet
	set     *data.Set
	ledger  *ledger
	lock    sync.Mutex // of summary
	summary *outcome.Summary
	large   int // images that branch and bound could not hold
	start   time.Time
}

// Cascade decides image by image whether a network classifies every input of the ball as the label: dearer and dearer
// stages, each image stopping at the first one that decides it. An image counts as certified or falsified only with a
// certificate that the checker (package cert, in float64 with outward rounding, on its own path) has confirmed; a
// robust verdict of the MILP solver alone is "unchecked", and whatever runs out of time or into numerical trouble is
// "unknown".
//
// With a folder, decisions and certificates are kept as they are made, and those of an earlier session are taken over.
// A cancelled context ends it with the context's error and the counts so far; images in work are not recorded.
func Cascade(ctx context.Context, backend compute.Backend, network *net.Network, set *data.Set, o CascadeOptions) (
	*outcome.Summary, error) {
	if err := o.Check(network, set); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	plain, err := cert.NewNetwork(network.Model())
	if err != nil {
		return nil, err
	}
	l, held, err := openLedger(o.Dir)
	if err != nil {
		return nil, err
	}
	c := &cascade{CascadeOptions: o, backend: backend, network: network, plain: plain, exact: newExactNet(plain), set: set, ledger: l,
		summary: &outcome.Summary{Samples: set.Len()}, start: time.Now()}
	c.note()
	var left []int
	held, err = c.trusted(ctx, held)
	if err == nil {
		left = c.resume(held)
		err = c.run(ctx, left)
	}
	c.summary.Seconds = time.Since(c.start).Seconds()
	return c.summary, errors.Join(err, l.sync(), l.close())
}

// Check returns the error with which [Cascade] would refuse to begin.
func (o CascadeOptions) Check(network *net.Network, set *data.Set) error {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return err
	}
	if set.Len() == 0 {
		return errors.New("no images to verify: give at least one")
	}
	if err := engine.CheckSamples(network, o.Ball, set.X, set.Y); err != nil {
		return err
	}
	_, err := cert.NewNetwork(network.Model())
	return err
}

// note says which stages cannot run.
func (c *cascade) note() {
	if !c.runs(outcome.LP) && !c.runs(outcome.LPAll) && !c.runs(outcome.MILP) {
		return
	}
	if _, err := exact.BallOf(c.Ball, c.input(0)); err != nil {
		c.summary.Notes = append(c.summary.Notes, fmt.Sprintf("no LP and no MILP: %v", err))
	} else if err := highs.Load(); err != nil {
		c.summary.Notes = append(c.summary.Notes, fmt.Sprintf("no LP and no MILP: %v", err))
	}
}

// tooLarge counts an image that branch and bound did not try, and says so once.
func (c *cascade) tooLarge(count bool) {
	if !count {
		return
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.large++; c.large == 1 {
		c.summary.Notes = append(c.summary.Notes, "some images have too many unstable units for branch and bound in memory: they are left to the other stages")
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

// run works through the images in chunks: compiled stages on whole chunks, the others image by image.
func (c *cascade) run(ctx context.Context, left []int) error {
	g := &graphs{cascade: c}
	defer g.close()
	for from := 0; from < len(left); from += chunkSize {
		part := left[from:min(from+chunkSize, len(left))]
		part, err := g.decide(ctx, part)
		if err == nil {
			err = c.images(ctx, part)
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

// decided records a decision.
func (c *cascade) decided(d *outcome.Decision, proof *cert.Certificate) error {
	if proof != nil {
		proof.Index = d.Index
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	if err := c.ledger.append(d, proof); err != nil {
		return err
	}
	c.summary.Count(d)
	c.report()
	return nil
}

// report calls Progress; the lock is held.
func (c *cascade) report() {
	if c.Progress != nil {
		c.summary.Seconds = time.Since(c.start).Seconds()
		c.Progress(c.summary)
	}
}

// spent adds to the counts of a stage.
func (c *cascade) spent(s outcome.Stage, images int, since time.Time) {
	c.lock.Lock()
	defer c.lock.Unlock()
	at := c.summary.At(s)
	at.Reached += images
	at.Seconds += time.Since(since).Seconds()
}

// input is an image in float64.
func (c *cascade) input(i int) []float64 { return sample64(c.set, i) }

// sample64 is an image in float64.
func sample64(set *data.Set, i int) []float64 {
	x := make([]float64, set.Dim())
	for k, v := range set.Sample(i) {
		x[k] = float64(v)
	}
	return x
}

// confirm checks a certificate and records the decision if it holds.
func (c *cascade) confirm(ctx context.Context, d outcome.Decision, proof *cert.Certificate) (bool, error) {
	proof.Stage = d.Stage.String()
	report, err := cert.Check(ctx, c.plain, proof)
	if errors.Is(err, cert.ErrRefused) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	d.Verdict = outcome.Certified
	if proof.Verdict == cert.Falsified {
		d.Verdict, d.Class = outcome.Falsified, &proof.Class
	}
	for i, lower := range report.Lower {
		if i == 0 || lower < d.Lower {
			d.Lower = lower
		}
	}
	return true, c.decided(&d, proof)
}

// parallel calls f for each of the images from several workers, and returns those for which it was false, in order.
func (c *cascade) parallel(ctx context.Context, images []int, f func(i int) (bool, error)) (left []int, err error) {
	done, places := make([]bool, len(images)), make([]int, len(images))
	for k := range places {
		places[k] = k
	}
	err = each(ctx, c.Workers, places, func(k int) (err error) {
		done[k], err = f(images[k])
		return err
	})
	for k, i := range images {
		if !done[k] {
			left = append(left, i)
		}
	}
	return left, err
}

// each calls f for every item from several goroutines until one fails or the context ends, and returns the context's
// error or the first other one.
func each[T any](ctx context.Context, workers int, items []T, f func(T) error) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for _, item := range items {
		group.Go(func() error {
			if err := inner.Err(); err != nil {
				return err
			}
			return f(item)
		})
	}
	return cmp.Or(ctx.Err(), group.Wait())
}

// chunkSize is how many images compiled graphs work on between two looks at single images.
const chunkSize = 500
