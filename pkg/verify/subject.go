package verify

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/bab"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/exact"
	"tightrope/pkg/verify/outcome"
)

// prover is a network as proofs need it, for all images.
type prover struct {
	plain *cert.Network
	exact func() *exact.Net // as linear programs need it, made when the first one is wanted
}

func newProver(n *net.Network) (*prover, error) {
	plain, err := cert.NewNetwork(n.Model())
	if err != nil {
		return nil, err
	}
	return &prover{plain, sync.OnceValue(func() *exact.Net { return exact.NewNet(plain.Ops()) })}, nil
}

// subject is one image at one radius. What several techniques need is computed once, when the first of them asks. It is
// not safe for concurrent use.
type subject struct {
	*prover
	ball     ball.Ball
	x        []float64 // [inputs]
	label    int
	limit    time.Duration        // for one linear or integer program; 0: none
	signs    bool                 // programs ask only for the signs of margins
	checker  *cert.Checker        // nil until it is asked first
	roots    map[string]*bab.Root // by the names of the rules
	search   *bab.Search
	programs map[string]*programs // by the names of the rules
}

func (p *prover) subject(b ball.Ball, x []float64, label int) *subject {
	return &subject{prover: p, ball: b, x: x, label: label, roots: map[string]*bab.Root{},
		programs: map[string]*programs{}}
}

// sample64 is an image in float64.
func sample64(set *data.Set, i int) []float64 {
	x := make([]float64, set.Dim())
	for k, v := range set.Sample(i) {
		x[k] = float64(v)
	}
	return x
}

// root is the image's region with bounds of the relus' inputs by rules.
func (s *subject) root(ctx context.Context, rules ...cert.Rule) (*bab.Root, error) {
	name := fmt.Sprint(rules)
	if r := s.roots[name]; r != nil {
		return r, nil
	}
	checker, err := s.theChecker()
	if err != nil {
		return nil, err
	}
	region, bounds, err := checker.Begin(ctx, rules...)
	if err != nil {
		return nil, err
	}
	r := &bab.Root{Network: s.plain, Ball: s.ball, X: s.x, Label: s.label, Region: region, Rules: rules,
		Bounds: bounds}
	for _, rule := range rules {
		margins, err := checker.Margins(ctx, rule, s.label, rules...)
		if err != nil {
			return nil, err
		}
		r.Margins = append(r.Margins, margins)
	}
	s.roots[name] = r
	return r, nil
}

// theChecker checks what is found of the subject; its bounds are those that methods begin from.
func (s *subject) theChecker() (*cert.Checker, error) {
	if s.checker != nil {
		return s.checker, nil
	}
	checker, err := cert.NewChecker(s.plain, s.ball, s.x)
	s.checker = checker
	return checker, err
}

// clean reports whether the image is classified as its label, in float64.
func (s *subject) clean() bool {
	logits := s.plain.Forward(s.x)
	for t, z := range logits {
		if t != s.label && !(logits[s.label] > z) {
			return false
		}
	}
	return true
}

// runnerUp is the class of the largest logit but the label's.
func (s *subject) runnerUp(logits []float64) int {
	best := -1
	for t, z := range logits {
		if t != s.label && (best < 0 || z > logits[best]) {
			best = t
		}
	}
	return best
}

// falsified is the proof that a point near the ball, moved into it, is misclassified; nil if it is not.
func (s *subject) falsified(point []float64) *cert.Certificate {
	point = cert.Clip(s.ball, s.x, point)
	logits := s.plain.Forward(point)
	other := s.runnerUp(logits)
	if !(logits[other] >= logits[s.label]) {
		return nil
	}
	proof := cert.New(s.plain, s.ball, s.x, s.label, cert.Falsified, "")
	proof.Class, proof.Point = other, point
	return proof
}

// finding is what a technique found of a subject.
type finding struct {
	verdict    outcome.Verdict   // certified or falsified: the checker confirmed the proof; empty: unknown
	proof      *cert.Certificate // nil: none
	lower      float64           // certified: the least margin, as the checker proves it
	margin     *float64          // least lower bound of all margins; nil if it was not computed
	gap        float64           // how far margin may lie above the least one
	class      *int              // a class that is left, where there is no proof
	nodes      int               // of branch and bound, on this subject so far
	unfinished bool              // ran out of time or into numerical trouble
	tooLarge   bool              // not tried: too many unstable units for the memory of a search
}

// finite points to a bound; nil if there is none.
func finite(bound float64) *float64 {
	if math.IsInf(bound, 0) || math.IsNaN(bound) {
		return nil
	}
	return &bound
}

// method is a technique as a function.
type method func(ctx context.Context, s *subject) (finding, error)

// ask runs a technique up to a deadline (zero: none) and has the checker look at its proof, however long that takes. It
// returns the context's error if that ends.
func (s *subject) ask(ctx context.Context, deadline time.Time, m method) (finding, error) {
	inner := ctx
	if !deadline.IsZero() {
		var cancel context.CancelFunc
		inner, cancel = context.WithDeadline(ctx, deadline)
		defer cancel()
	}
	f, err := m(inner, s)
	if inner.Err() != nil && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) {
		f, err = finding{unfinished: true}, nil
	}
	if err == nil {
		err = s.confirm(ctx, &f)
	}
	if over := ctx.Err(); over != nil && f.verdict == "" {
		return f, over // the subject was not given its time
	}
	return f, err
}

// confirm has the checker look at a finding's proof: nowhere else does an image become certified or falsified. A proof
// that is refused, or too large to be looked at, is dropped. It returns the context's error if that ends.
func (s *subject) confirm(ctx context.Context, f *finding) error {
	if f.proof == nil {
		return nil
	}
	var report *cert.Report
	checker, err := s.theChecker()
	if err == nil {
		report, err = checker.Check(ctx, f.proof)
	}
	if err != nil {
		f.proof, f.unfinished = nil, true
		return ctx.Err()
	}
	f.verdict, f.class = outcome.Falsified, &f.proof.Class
	if f.proof.Verdict == cert.Certified {
		f.verdict, f.class, f.lower = outcome.Certified, nil, slices.Min(report.Lower)
	}
	return nil
}
