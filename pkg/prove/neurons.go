package prove

import (
	"context"
	"math"

	"tightrope/pkg/property"
	"tightrope/pkg/verify/bab"
	"tightrope/pkg/verify/cert"
)

// neurons refutes the cases of a group by splitting the phases of neurons, by the row of each case that is best at the
// root.
func (s *solver) neurons(ctx context.Context, g *property.Group, b *boxes) (
	*property.Part, *property.Replay, string, error,
) {
	lambda := b.chosen()
	if lambda == nil {
		return nil, nil, "a case without rows", nil
	}
	net, err := s.problem.Margins(g, lambda)
	if err != nil {
		return nil, nil, "", err
	}
	found, err := s.phases(ctx, g, net)
	r, point := found.result, found.point
	switch {
	case point != nil:
		return nil, point, "", nil
	case err != nil:
		return nil, nil, "", err
	}
	s.result.Nodes += r.Nodes
	switch {
	case r.Certificate == nil && ctx.Err() != nil:
		return nil, nil, "", ctx.Err()
	case r.Certificate == nil && r.TooLarge:
		s.options.Log("too many unstable neurons: the box of inputs is split")
		return b.search(ctx)
	case r.Certificate == nil:
		return nil, nil, "splitting neurons ended without a proof: a margin within rounding of 0, or a case that no " +
			"single row refutes", nil
	case r.Certificate.Verdict == cert.Falsified:
		if p := s.newAttacker(0).descend(g, r.Certificate.Point, 1, anyCase); p != nil {
			return nil, p, "", nil
		}
		s.options.Log("a point meets one row of a case, but not all: the box of inputs is split")
		return b.search(ctx)
	}
	return &property.Part{Neurons: &property.Neurons{Lambda: lambda, Certificate: r.Certificate}}, nil, "", nil
}

// chosen is the best single row of each case on the whole box.
func (b *boxes) chosen() (lambda []cert.Floats) {
	w := b.newWorker(0)
	w.zonotope.run(b.group.Lower, b.group.Upper)
	for i := range b.group.Cases {
		c := &b.group.Cases[i]
		if len(c.Rows) == 0 {
			return nil
		}
		best, at := math.Inf(-1), 0
		for k, row := range c.Rows {
			if v := w.rows.lower(row, -c.Bounds[k], true); v > best {
				best, at = v, k
			}
		}
		one := make(cert.Floats, len(c.Rows))
		one[at] = 1
		lambda = append(lambda, one)
	}
	return lambda
}

// besieged is what a search over the phases of neurons comes to, with an attack at its side.
type besieged struct {
	result *bab.Result
	point  *property.Replay
}

// phases splits neurons while another goroutine attacks the box. Some parts of the search do not look at the context:
// at its end they are left to finish alone.
func (s *solver) phases(ctx context.Context, g *property.Group, net *cert.Network) (besieged, error) {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	points, results, errs := make(chan *property.Replay, 1), make(chan *bab.Result, 1), make(chan error, 1)
	go func() { points <- s.siege(inner, g) }()
	go func() {
		b, x := g.Ball()
		r, err := bab.Solve(inner, net, b, x, 0, bab.Options{})
		if err != nil {
			errs <- err
			return
		}
		results <- r
	}()
	for {
		select {
		case p := <-points:
			if p != nil {
				return besieged{point: p}, nil
			}
			points = nil // the context ended
		case r := <-results:
			return besieged{result: r}, nil
		case err := <-errs:
			return besieged{}, err
		case <-ctx.Done():
			return besieged{}, ctx.Err()
		}
	}
}
