package selftest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"tightrope/pkg/attack"
	"tightrope/pkg/backend"
	"tightrope/pkg/ball"
	"tightrope/pkg/bound"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/train"
)

// Timing is one row.
type Timing struct {
	Task    string    `json:"task"`
	Samples int       `json:"samples"`            // of a call or step
	First   float64   `json:"firstSeconds"`       // of the first call, which compiles
	MS      float64   `json:"msPerSample"`        // median of the calls after the first
	Fastest float64   `json:"fastestMsPerSample"` // least of them
	Times   []float64 `json:"timesMs,omitempty"`  // of each call
	// of a sample, by the cost model: every unit bounded by rows, the gradient included
	FLOPs   float64 `json:"flops"`
	Rate    float64 `json:"flopsPerSecond"`    // FLOPs over the median
	Share   float64 `json:"shareOfProduct"`    // Rate over that of the product measured in this run
	Skipped string  `json:"skipped,omitempty"` // why it was not timed
	Error   string  `json:"error,omitempty"`   // why it failed
}

// measured is how long the calls of a row are timed, at most, and how many there are at least.
func (s *session) measured(r row) (each time.Duration, least int) {
	if s.options.Quick {
		return 500 * time.Millisecond, max(2, r.least)
	}
	return 2 * time.Second, max(3, r.least)
}

// timings times the device's product and every row; one that fails does not keep the next from being timed.
func (s *session) timings() error {
	if !s.late() {
		product, err := s.product()
		if err != nil {
			return fmt.Errorf("float32 product: %w", err)
		}
		s.report.Product = product
		if err := s.publish(); err != nil {
			return err
		}
	}
	set, err := s.samples()
	if err != nil {
		return err
	}
	for _, r := range rows {
		if s.options.Quick && !r.quick {
			continue
		}
		s.report.Timings = append(s.report.Timings, s.timing(r, set))
		if err := s.publish(); err != nil {
			return err
		}
	}
	return nil
}

// timing times one row.
func (s *session) timing(r row, set *data.Set) Timing {
	t := Timing{Task: r.title, Samples: r.samples}
	switch {
	case s.late():
		t.Skipped = "not begun: the time limit is reached"
		return t
	case s.info.Name == backend.Go && r.convolutional():
		t.Skipped = "convolutions take minutes on pure Go"
		return t
	}
	if r.colour {
		set = noise(r.shape(), r.samples)
	}
	_, err := guarded(func() (string, error) { return "", s.time(r, set.Head(r.samples), &t) })
	switch {
	case errors.Is(err, errSkipped):
		t.Skipped = err.Error()
	case err != nil:
		t.Error = oneLine(err.Error())
	}
	return t
}

// time fills a row in.
func (s *session) time(r row, set *data.Set, t *Timing) error {
	n, err := r.network()
	if err != nil {
		return err
	}
	switch r.task {
	case trainStep:
		err = s.timeSteps(r, n, set, t)
	case verifyAll:
		err = s.timeBounds(r, n, set, t)
	case attackAll:
		err = s.timeAttack(r, n, set, t)
	}
	if err != nil {
		return err
	}
	if len(t.Times) == 0 {
		return skipped("the time limit was reached while it compiled or in its first call")
	}
	sorted := slices.Sorted(slices.Values(t.Times))
	t.MS = (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2 / float64(r.samples)
	t.Fastest = sorted[0] / float64(r.samples)
	if t.FLOPs, err = r.flops(n); err != nil {
		return err
	}
	t.Rate = t.FLOPs / t.MS * 1000
	if p := s.report.Product; p != nil {
		t.Share = t.Rate / p.Rate
	}
	return nil
}

// network is the embedded one, or one with seeded weights, as in benchmarks.
func (r row) network() (*net.Network, error) {
	if r.trained != "" {
		return trained(r.trained)
	}
	n, err := net.Named(r.arch, r.shape(), 10)
	if err != nil {
		return nil, err
	}
	return n.Init(1), nil
}

// unlimited is more memory than any plan needs.
const unlimited = 1 << 60

// flops of one sample, by the cost model.
func (r row) flops(n *net.Network) (float64, error) {
	if r.task == attackAll { // forward and back to the input for each step, and the last look
		const steps = 100
		return float64(2*steps+1) * float64(n.ForwardFLOPs()), nil
	}
	plan, err := bound.Plan(r.technique(), n, bound.PlanOptions{Batch: 1, Memory: unlimited,
		Training: r.task == trainStep})
	if err != nil {
		return 0, err
	}
	return plan.FLOPs, nil
}

// repeat calls once to compile, then again and again; late ends it.
func (s *session) repeat(r row, t *Timing, call func() error) error {
	each, least := s.measured(r)
	start := time.Now()
	if err := call(); err != nil {
		return err
	}
	t.First = time.Since(start).Seconds()
	for begin := time.Now(); !s.late() && (len(t.Times) < least || time.Since(begin) < each); {
		start = time.Now()
		if err := call(); err != nil {
			return err
		}
		t.Times = append(t.Times, milliseconds(time.Since(start)))
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// timeSteps trains on one batch, over and over.
func (s *session) timeSteps(r row, n *net.Network, set *data.Set, t *Timing) error {
	config := train.Config{Epochs: 1 << 20, Batch: set.Len(), Eps: radius, Box: ball.Unit, Method: r.method,
		Projections: r.projections, Seed: 1}
	each, least := s.measured(r)
	ctx, stop := context.WithCancel(s.ctx)
	defer stop()
	last, begin := time.Now(), time.Time{}
	_, _, err := train.Run(ctx, s.backend, n, set, config.Dearest(), train.Options{OnStep: func(train.Progress) {
		now := time.Now()
		if begin.IsZero() {
			begin, t.First = now, now.Sub(last).Seconds()
		} else {
			t.Times = append(t.Times, milliseconds(now.Sub(last)))
		}
		if last = now; s.late() || len(t.Times) >= least && now.Sub(begin) >= each {
			stop()
		}
	}})
	if errors.Is(err, train.ErrInterrupted) {
		return nil
	}
	return err
}

// timeBounds bounds the margins of all samples.
func (s *session) timeBounds(r row, n *net.Network, set *data.Set, t *Timing) error {
	e, err := bound.NewEvaluator(s.backend, n,
		bound.Options{Technique: r.technique(), Ball: ball.Ball{Eps: radius, Box: ball.Unit},
			Batch: cmp.Or(r.batch, r.samples)})
	if err != nil {
		return err
	}
	defer e.Close()
	return s.repeat(r, t, func() error {
		_, err := bound.Evaluate(e, set.X, set.Y)
		return err
	})
}

// timeAttack runs PGD-100 on all samples.
func (s *session) timeAttack(r row, n *net.Network, set *data.Set, t *Timing) error {
	o := attack.PGD100(ball.Ball{Eps: radius, Box: ball.Unit})
	o.Batch = r.samples
	a, err := attack.New(s.backend, n, o)
	if err != nil {
		return err
	}
	defer a.Close()
	return s.repeat(r, t, func() error {
		_, err := attack.Run(a, set.X, set.Y)
		return err
	})
}

// samples are the first of MNIST's test images, or noise of the same shape. (Colour images are noise:
// timing one row is not worth a download of more than 100 MB.)
func (s *session) samples() (*data.Set, error) {
	most := mostSamples(false)
	splits, err := s.images()
	if err == nil {
		s.report.Inputs = "mnist"
		return splits.Test.Head(most), nil
	}
	if !errors.Is(err, data.ErrMissing) {
		return nil, err
	}
	s.report.Inputs = "noise (MNIST is not here)"
	return noise(grey, most), nil
}

// mostSamples is the number of samples for all rows of one kind of images.
func mostSamples(colour bool) (most int) {
	for _, r := range rows {
		if r.colour == colour {
			most = max(most, r.samples)
		}
	}
	return most
}

// noise are seeded images.
func noise(shape []int, samples int) *data.Set {
	rng := rand.New(rand.NewPCG(1, 0))
	set := &data.Set{Name: "noise", Shape: shape, Classes: 10, Upper: 1}
	set.X, set.Y = make([]float32, samples*set.Dim()), make([]int32, samples)
	for i := range set.X {
		set.X[i] = rng.Float32()
	}
	for i := range set.Y {
		set.Y[i] = rng.Int32N(10)
	}
	return set
}
