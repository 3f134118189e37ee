package prove

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"tightrope/pkg/property"
	"tightrope/pkg/verify/cert"
)

// Options of [Solve]. The zero value uses all processors.
type Options struct {
	Workers int // 0: one for each processor
	// Inputs is the largest number of varying inputs for which the box of inputs is split, rather than neurons; 0: 12.
	Inputs int
	// Log receives a line for each decision of the search; nil for none.
	Log func(format string, args ...any)
}

func (o Options) withDefaults() Options {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Inputs == 0 {
		o.Inputs = 12
	}
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	return o
}

// Result of [Solve].
type Result struct {
	Answer property.Answer
	Reason string           // why "unknown" or "timeout", or what a proof does not cover; may be empty
	Proof  *property.Proof  // for "sat" and "unsat", confirmed by [property.Check]
	Report *property.Report // of that check
	Nodes  int              // number of boxes, or of parts by neurons' phases, that were bounded
}

// Solve decides a property. When the context ends, the answer is "timeout". It returns an error for a network or
// property that it does not support.
func Solve(ctx context.Context, p *property.Problem, o Options) (*Result, error) {
	s := &solver{problem: p, options: o.withDefaults(), net: newNetwork(p.Net), result: &Result{}}
	if point := s.attack(ctx); point != nil {
		return s.sat(point)
	}
	for _, tolerance := range []float64{1e-10, 1e-7} {
		again, err := s.prove(ctx, tolerance)
		if err != nil || !again {
			return s.result, err
		}
	}
	s.result.Answer, s.result.Reason = property.Unknown,
		"a proof was found in float64, but the checker refused it: margins are within rounding of 0"
	return s.result, nil
}

// solver works on one problem.
type solver struct {
	problem *property.Problem
	options Options
	net     *network
	result  *Result
	slow    string // why the search may take long
}

// sat answers with a point that has been replayed.
func (s *solver) sat(point *property.Replay) (*Result, error) {
	s.result.Answer = property.Sat
	s.result.Proof = s.proof(property.Sat)
	s.result.Proof.Point = point.X
	s.result.Report = &property.Report{Answer: property.Sat, Replay: point}
	return s.result, nil
}

func (s *solver) proof(a property.Answer) *property.Proof {
	return &property.Proof{Schema: property.Schema, Answer: a, Network: s.problem.NetworkHash,
		Property: s.problem.PropertyHash}
}

// prove refutes all groups and has the proof checked; again asks for a second attempt with a larger tolerance.
func (s *solver) prove(ctx context.Context, tolerance float64) (again bool, err error) {
	proof := s.proof(property.Unsat)
	for i := range s.problem.Groups {
		g := &s.problem.Groups[i]
		part, point, reason, err := s.group(ctx, i, g, tolerance)
		switch {
		case err != nil && ctx.Err() == nil:
			return false, err
		case point != nil:
			_, err = s.sat(point)
			return false, err
		case part == nil && ctx.Err() != nil:
			return false, s.timeout(ctx)
		case part == nil:
			s.result.Answer, s.result.Reason = property.Unknown, reason
			return false, nil
		}
		proof.Parts = append(proof.Parts, *part)
	}
	report, err := property.Check(ctx, s.problem, proof, property.Options{Workers: s.options.Workers})
	switch {
	case errors.Is(err, cert.ErrRefused):
		s.options.Log("the proof was refused: %v", err)
		return true, nil
	case err != nil && ctx.Err() != nil:
		return false, s.timeout(ctx)
	case err != nil:
		return false, err
	}
	s.result.Answer, s.result.Proof, s.result.Report = property.Unsat, proof, report
	if len(s.problem.Groups) == 0 {
		s.result.Reason = s.problem.Exact.Contradiction.Error()
		return false, nil
	}
	if r := s.problem.Layers.Rounded; len(r) > 0 {
		s.result.Reason = fmt.Sprintf("the layers differ from the file's graph by rounding at %s", strings.Join(r,
			", "))
	}
	return false, nil
}

// timeout answers "timeout" if the deadline has passed; any other end of the context is returned as its error.
func (s *solver) timeout(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		s.result.Answer, s.result.Reason = property.Timeout, s.slow
		return nil
	}
	return ctx.Err()
}

// group refutes the cases of one box, or finds a counterexample. It splits inputs if few of them move, and neurons
// otherwise.
func (s *solver) group(ctx context.Context, i int, g *property.Group, tolerance float64) (
	*property.Part, *property.Replay, string, error,
) {
	free := g.Free()
	b := s.newBoxes(g, free, tolerance)
	if root := b.root(ctx); root.done() {
		s.options.Log("box %d: refuted as a whole", i)
		return b.part(), root.point, "", nil
	}
	if s.net.smooth && len(free) > s.options.Inputs {
		return s.intervals(ctx, i, g, b)
	}
	if len(free) <= s.options.Inputs {
		s.options.Log("box %d: %d inputs move, at most %d: its box of inputs is split", i, len(free), s.options.Inputs)
		return b.search(ctx)
	}
	s.options.Log("box %d: %d inputs move, more than %d: neurons are split", i, len(free), s.options.Inputs)
	return s.neurons(ctx, g, b)
}
