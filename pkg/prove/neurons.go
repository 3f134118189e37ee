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
	ball, x := g.Ball()
	inner, stop := context.WithCancel(ctx)
	defer stop()
	besieged := make(chan *property.Replay, 1)
	go func() {
		p := s.siege(inner, g)
		besieged <- p
		if p != nil {
			stop()
		}
	}()
	r, err := bab.Solve(inner, net, ball, x, 0, bab.Options{})
	stop()
	if p := <-besieged; p != nil {
		return nil, p, "", nil
	}
	if err != nil {
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
		return nil, nil, "a point meets the rows within rounding only, or one row of a case but not all", nil
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
