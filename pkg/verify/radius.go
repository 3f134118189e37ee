package verify

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gomlx/compute"

	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/technique"
)

// RadiusOptions of [Radii]; the zero value bisects up to eps 1 until the interval is 0.001 long, by every technique.
type RadiusOptions struct {
	LadderOptions         // Ball.Eps, Radii and Dir are not used; PerProgram limits the exact decision at one radius
	Largest       float64 // the largest radius; 0: 1
	Tolerance     float64 // length of the interval; 0: 0.001
}

// withRange fills the zero fields of the bisection.
func (o RadiusOptions) withRange() RadiusOptions {
	if o.Largest == 0 {
		o.Largest = 1
	}
	if o.Tolerance == 0 {
		o.Tolerance = 1e-3
	}
	return o
}

// Radii finds the largest radius at which each technique certifies each image, by bisection: for every technique but
// PGD the image is certified at Lower and not at Upper; for PGD, no misclassified input was found at Lower, one was at
// Upper. An image that is not certified at eps 0 gets Upper 0, one that is at Largest gets both equal to it. Certified
// sets of some techniques need not be intervals of eps: Lower holds anyway.
func Radii(ctx context.Context, backend compute.Backend, network *net.Network, set *data.Set, o RadiusOptions) (
	*record.Record, error) {
	o = o.withRange()
	if !(o.Largest > 0) || !(o.Tolerance > 0) || math.IsInf(o.Largest, 0) {
		return nil, fmt.Errorf("bisection up to %v with tolerance %v: use positive numbers", o.Largest, o.Tolerance)
	}
	o.Radii = []float64{0, o.Largest}
	if err := o.Check(network, set); err != nil {
		return nil, err
	}
	p, err := newProver(network)
	if err != nil {
		return nil, err
	}
	o.LadderOptions = o.forNetwork(network).withDefaults()
	o.Dir, o.Signs = "", true
	rungs, start := o.Rungs, time.Now()
	s := &bisection{RadiusOptions: o, prover: p, backend: backend, network: network, set: set}
	r := record.New(network.Name, record.Verify)
	r.Dataset = record.Dataset{Name: set.Name, Hash: set.Hash()}
	r.SetModel(network.Origin)
	for i, rung := range rungs {
		found, err := s.technique(ctx, rung)
		if err != nil {
			return nil, err
		}
		r.Radii = append(r.Radii, found...)
		if o.Progress != nil {
			o.Progress(i+1, len(rungs))
		}
	}
	if slices.Contains(rungs, technique.PGD) {
		a := o.Attack.Record(set.Len(), network.Classes())
		r.Notes = append(r.Notes, fmt.Sprintf("PGD: %s, %d steps, %d restarts, %d images",
			a.Loss, a.Steps, a.Restarts, a.Images))
	}
	r.Started, r.WallSeconds = start.UTC(), time.Since(start).Seconds()
	return r, nil
}

// bisection narrows all images' intervals together, so that PGD and the workers get many at a time.
type bisection struct {
	RadiusOptions
	prover  *prover
	backend compute.Backend
	network *net.Network
	set     *data.Set
}

// technique bisects every image by one technique.
func (s *bisection) technique(ctx context.Context, rung technique.ID) ([]record.CertifiedRadius, error) {
	l := &ladderRun{LadderOptions: s.LadderOptions, prover: s.prover, set: s.set}
	l.Rungs = []technique.ID{rung}
	a, err := l.attacker(s.backend, s.network)
	if err != nil {
		return nil, err
	}
	if a != nil {
		defer a.Close()
	}
	var found []record.CertifiedRadius
	var part []imageAt // at radius 0 first
	for i, y := range s.set.Y {
		found = append(found, record.CertifiedRadius{Technique: rung.String(), Index: i, Label: int(y),
			Upper: math.Inf(1)})
		part = append(part, imageAt{index: i})
	}
	for len(part) > 0 {
		l.Radii, l.attacks = distinct(part), map[imageAt]attacked{}
		if err := l.attack(ctx, a, part); err != nil {
			return nil, err
		}
		if err := eachPlace(ctx, l.Workers, len(part), func(k int) error {
			return l.bisect(ctx, part[k], rung, &found[part[k].index])
		}); err != nil {
			return nil, err
		}
		part = s.next(found)
	}
	return found, nil
}

// next are the radii to ask for next. As long as an image is certified its radius is doubled, from small ones on,
// because those are cheap; then its interval is halved. One that is certified at the largest radius keeps an interval
// of length 0 there.
func (s *bisection) next(found []record.CertifiedRadius) (part []imageAt) {
	for i := range found {
		c := &found[i]
		eps, open := max(2*c.Lower, s.Largest/64), math.IsInf(c.Upper, 1)
		if open && eps > s.Largest {
			c.Upper, open = c.Lower, false
		}
		if !open {
			eps = (c.Lower + c.Upper) / 2
		}
		if open || c.Upper-c.Lower > max(s.Tolerance, 1e-12*s.Largest) {
			part = append(part, imageAt{i, eps})
		}
	}
	return part
}

// distinct are the radii that occur.
func distinct(part []imageAt) (radii []float64) {
	for _, at := range part {
		radii = append(radii, at.eps)
	}
	slices.Sort(radii)
	return slices.Compact(radii)
}

// bisect asks one technique at one radius and narrows the image's interval. What stays unfinished counts as not
// certified.
func (l *ladderRun) bisect(ctx context.Context, at imageAt, rung technique.ID, c *record.CertifiedRadius) error {
	climb, start := l.climb(at), time.Now()
	if err := climb.run(ctx); err != nil {
		return err
	}
	c.Seconds += time.Since(start).Seconds()
	s := climb.found.Step(rung)
	if s.Certified && climb.found.Clean {
		c.Lower = at.eps
		return nil
	}
	c.Upper, c.Unfinished = at.eps, s.Unfinished
	if s.Unchecked {
		c.Unchecked = max(c.Unchecked, at.eps)
	}
	return nil
}
