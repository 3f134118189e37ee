package prove

import (
	"context"
	"math"
	"sync"

	"tightrope/pkg/ball"
	"tightrope/pkg/property"
	"tightrope/pkg/verify/bab"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/genbab"
)

// neurons refutes the cases of a group by splitting the phases of neurons. For each case it uses the row that is best
// at the root. Meanwhile, another goroutine continues the attack.
func (s *solver) neurons(ctx context.Context, g *property.Group, b *boxes) (
	*property.Part, *property.Replay, string, error,
) {
	lambda := b.chosen()
	if lambda == nil {
		return nil, nil, "a case has no rows, so every output meets it", nil
	}
	inner, stop := context.WithCancel(ctx)
	defer stop()
	var point *property.Replay
	var wait sync.WaitGroup
	wait.Go(func() {
		if point = s.siege(inner, g); point != nil {
			stop()
		}
	})
	f := s.phases(inner, g, lambda)
	stop()
	wait.Wait()
	s.result.Nodes += f.nodes
	switch {
	case point != nil:
		return nil, point, "", nil
	case f.boxes != "":
		s.options.Log("%s: the box of inputs is split", f.boxes)
		return b.search(ctx)
	case f.proof == nil:
		return nil, f.point, f.reason, f.err
	}
	return &property.Part{Neurons: []property.Neurons{*f.proof}}, nil, "", nil
}

// phases is the result of a search over the phases of neurons: a proof, a counterexample or an error, or else a reason
// to split boxes instead, or a reason for not having an answer.
type phases struct {
	proof         *property.Neurons
	point         *property.Replay
	err           error
	boxes, reason string
	nodes         int
}

// phases splits neurons to refute all cases.
func (s *solver) phases(ctx context.Context, g *property.Group, lambda []cert.Floats) (p phases) {
	n := &property.Neurons{Lambda: lambda}
	for i := range g.Cases {
		n.Cases = append(n.Cases, i)
	}
	net, err := s.problem.Margins(g, n)
	if err != nil {
		return phases{err: err}
	}
	b, x := g.Ball()
	proof, nodes, tooLarge, err := s.split(ctx, net, b, x)
	if err != nil {
		return phases{err: err}
	}
	p.nodes = nodes
	switch n.Certificate = proof; {
	case proof == nil && ctx.Err() != nil:
		p.err = ctx.Err()
	case proof == nil && tooLarge:
		p.boxes = "there are too many unstable neurons"
	case proof == nil:
		p.reason = "splitting neurons ended without a proof: a margin is within rounding of 0"
	case proof.Verdict == cert.Certified:
		p.proof = n
	default:
		if p.point = s.newAttacker(0).descend(g, proof.Point, 1, anyCase); p.point == nil {
			p.boxes = "a point meets one row of a case but not all of them, or only within rounding"
		}
	}
	return p
}

// split searches by the phases of relus, or by the intervals of neurons if there are other activations.
func (s *solver) split(ctx context.Context, net *cert.Network, b ball.Ball, x []float64) (
	proof *cert.Certificate, nodes int, tooLarge bool, err error,
) {
	if !s.net.smooth {
		r, err := bab.Solve(ctx, net, b, x, 0, bab.Options{Workers: s.options.Workers})
		if err != nil {
			return nil, 0, false, err
		}
		return r.Certificate, r.Nodes, r.TooLarge, nil
	}
	root, err := bab.NewRoot(ctx, net, b, x, 0)
	if err != nil {
		return nil, 0, false, err
	}
	r, err := genbab.Solve(ctx, root, genbab.Options{Workers: s.options.Workers})
	if err != nil {
		return nil, 0, false, err
	}
	return r.Certificate, r.Nodes, r.TooLarge, nil
}

// chosen returns the best single row of each case on the whole box.
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
