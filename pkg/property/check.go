package property

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"tightrope/pkg/verify/cert"
)

// Report is what a check found.
type Report struct {
	Answer Answer
	Leaves int     // parts of boxes on which a case is refuted; leaves of trees of neurons
	Least  float64 // the smallest of their bounds, of which each is positive; +Inf where there is none
	Replay *Replay // of "sat"
}

// Options of [Check]. The zero value is useful.
type Options struct {
	Workers int // at the same time; 0: one for each processor
	Nodes   int // of all trees together; 0: 2^26
	Limits  cert.Limits
}

func (o Options) withDefaults() Options {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Nodes == 0 {
		o.Nodes = 1 << 26
	}
	return o
}

// Check confirms a proof: nil means that its answer holds. For "unsat" it is a theorem about the network's layers in
// real arithmetic on the stored weights; for "sat" the point was evaluated, see [Problem.Replay]. An error that wraps
// [cert.ErrRefused] means that the proof does not hold; any other error, such as the context's, means that it could not
// be checked.
func Check(ctx context.Context, p *Problem, proof *Proof, o Options) (*Report, error) {
	switch {
	case proof.Schema < 1 || proof.Schema > Schema:
		return nil, fmt.Errorf("its form is of version %d, this program knows up to %d: use a newer tightrope",
			proof.Schema, Schema)
	case proof.Network != p.NetworkHash:
		return nil, cert.Refused("it is for the network with hash %.12q, this one has %.12q", proof.Network,
			p.NetworkHash)
	case proof.Property != p.PropertyHash:
		return nil, cert.Refused("it is for the property with hash %.12q, this one has %.12q", proof.Property,
			p.PropertyHash)
	}
	switch proof.Answer {
	case Sat:
		return checkSat(p, proof)
	case Unsat:
		return checkUnsat(ctx, p, proof, o.withDefaults())
	}
	return nil, cert.Refused("the answer %.20q: proofs know %q and %q", proof.Answer, Sat, Unsat)
}

func checkSat(p *Problem, proof *Proof) (*Report, error) {
	if len(proof.Parts) > 0 {
		return nil, cert.Refused("it holds both a point and a refutation")
	}
	r, err := p.Replay(proof.Point)
	if err != nil {
		return nil, cert.Refused("%v", err)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return &Report{Answer: Sat, Least: math.Inf(1), Replay: r}, nil
}

func checkUnsat(ctx context.Context, p *Problem, proof *Proof, o Options) (*Report, error) {
	switch {
	case len(proof.Point) > 0:
		return nil, cert.Refused("it holds both a point and a refutation")
	case len(proof.Parts) != len(p.Groups):
		return nil, cert.Refused("it refutes the cases of %d boxes, the property has %d", len(proof.Parts),
			len(p.Groups))
	}
	total := &Report{Answer: Unsat, Least: math.Inf(1)}
	for i := range proof.Parts {
		r, err := checkPart(ctx, p, &p.Groups[i], &proof.Parts[i], o)
		if err != nil {
			return nil, fmt.Errorf("box %d of %d: %w", i, len(p.Groups), err)
		}
		total.Leaves += r.Leaves
		total.Least = min(total.Least, r.Least)
	}
	return total, nil
}

func checkPart(ctx context.Context, p *Problem, g *Group, part *Part, o Options) (*Report, error) {
	switch {
	case (part.Tree == nil) == (len(part.Neurons) == 0):
		return nil, cert.Refused("it must have either a tree or certificates")
	case part.Tree != nil:
		return checkTree(ctx, p.Net, g, part.Tree, o)
	}
	return checkNeurons(ctx, p, g, part.Neurons, o)
}

// checkLambda confirms the form of a case's multipliers: at least 0, and 1 together but for rounding.
func (c *Case) checkLambda(lambda []float64) error {
	if len(lambda) != len(c.Rows) {
		return cert.Refused("%d multipliers for %d rows", len(lambda), len(c.Rows))
	}
	sum := 0.0
	for i, f := range lambda {
		if !(f >= 0) {
			return cert.Refused("multiplier %d is %v: it must be at least 0", i, f)
		}
		sum += f
	}
	if !(math.Abs(sum-1) <= 1e-9) {
		return cert.Refused("the multipliers' sum is %v, not 1", sum)
	}
	return nil
}
