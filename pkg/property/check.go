package property

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"tightrope/pkg/verify/cert"
)

// Report says what a check found.
type Report struct {
	Answer Answer
	Leaves int     // number of parts of boxes on which a case is refuted, and of leaves of trees of neurons
	Least  float64 // the smallest of their bounds, all of which are positive; +Inf if there is none
	Replay *Replay // for "sat"
}

// Options of [Check]. The zero value is useful.
type Options struct {
	Workers int // number that work at the same time; 0: one for each processor
	Nodes   int // limit for all trees together; 0: 2^26
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

// Check confirms a proof; nil means that its answer holds. For "unsat", the answer is a theorem about the network's
// layers in real arithmetic on the stored weights. For "sat", the point was evaluated, see [Problem.Replay]. An error
// that wraps [cert.ErrRefused] means that the proof does not hold. Any other error, such as the context's, means that
// it could not be checked.
func Check(ctx context.Context, p *Problem, proof *Proof, o Options) (*Report, error) {
	switch {
	case proof.Schema < 1 || proof.Schema > Schema:
		return nil, fmt.Errorf("its format has version %d, but this program knows versions up to %d: use a newer "+
			"tightrope", proof.Schema, Schema)
	case proof.Network != p.NetworkHash:
		return nil, cert.Refused("it is for the network with hash %.12q, but this one has %.12q: give the network "+
			"of the proof", proof.Network,
			p.NetworkHash)
	case proof.Property != p.PropertyHash:
		return nil, cert.Refused("it is for the property with hash %.12q, but this one has %.12q: give the property "+
			"of the proof", proof.Property,
			p.PropertyHash)
	}
	switch proof.Answer {
	case Sat:
		return checkSat(p, proof)
	case Unsat:
		return checkUnsat(ctx, p, proof, o.withDefaults())
	}
	return nil, cert.Refused("its answer is %.20q, but must be %q or %q", proof.Answer, Sat, Unsat)
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
		return nil, cert.Refused("it refutes the cases of %d boxes, but the property has %d", len(proof.Parts),
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

// checkLambda confirms that multipliers of a case are at least 0, and that their sum is 1 up to rounding.
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
