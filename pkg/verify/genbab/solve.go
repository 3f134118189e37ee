package genbab

import (
	"cmp"
	"context"
	"slices"

	"tightrope/pkg/verify/bab"
	"tightrope/pkg/verify/cert"
)

// Result of [Solve].
type Result struct {
	// Certificate for [cert.Check]: every margin is proved, or one falsified. Nil where neither was found.
	Certificate *cert.Certificate
	Nodes       int  // of all trees
	Depth       int  // of the deepest
	Class       int  // first undecided class, where there is no certificate
	TooLarge    bool // not tried: too many units for the memory of one search
}

// Solve decides whether the network of a root classifies every input of its ball as the label. Running out of time
// (ctx) or nodes gives a result without a certificate and no error.
func Solve(ctx context.Context, root *bab.Root, o Options) (*Result, error) {
	s := &solver{Root: root, options: o.withDefaults(), result: &Result{},
		proof: cert.New(root.Network, root.Ball, root.X, root.Label, cert.Certified, "")}
	s.proof.Rules = root.Rules
	s.byRules()
	if len(s.left) > 0 && s.result.Certificate == nil {
		if err := s.search(ctx); err != nil && ctx.Err() == nil {
			return nil, err
		}
	}
	switch {
	case s.result.Certificate != nil: // falsified
	case len(s.left) == 0:
		s.result.Certificate = s.proof
	default:
		s.result.Class = s.left[0]
	}
	return s.result, nil
}

// solver decides all margins of a root.
type solver struct {
	*bab.Root
	options Options
	problem *problem
	proof   *cert.Certificate
	left    []int // classes without a proof, the worst first
	result  *Result
}

// byRules proves what rules alone prove.
func (s *solver) byRules() {
	best := make([]float64, s.Network.Classes())
	for class := range best {
		if class == s.Label {
			continue
		}
		lower, rule := s.ByRule(class)
		if best[class] = lower; lower > 0 {
			s.proof.Margins = append(s.proof.Margins, cert.MarginProof{Class: class, Rule: rule})
		} else {
			s.left = append(s.left, class)
		}
	}
	slices.SortStableFunc(s.left, func(i, j int) int { return cmp.Compare(best[i], best[j]) })
}

// search decides the margins that rules leave: without splits, then on tighter bounds of the units, then by trees.
func (s *solver) search(ctx context.Context) error {
	units := 0
	for _, n := range s.Network.Units() {
		units += n
	}
	if s.result.TooLarge = exceedsMemory(units, len(s.X)); s.result.TooLarge {
		return nil
	}
	c, err := s.Region.Condense(ctx, s.Bounds, s.Label)
	if err != nil {
		return err
	}
	s.problem = newProblem(c, s.Region, len(s.X))
	s.proof.Units = c.Units
	s.proof.Split()
	if s.margins(ctx, 1); len(s.left) == 0 || s.result.Certificate != nil || s.options.Nodes == 1 {
		return nil
	}
	if s.options.Tighten > 0 {
		s.proof.Tighter = s.tighten(ctx)
		s.margins(ctx, 1)
	}
	s.margins(ctx, s.options.Nodes)
	return nil
}

// margins searches with a limited number of nodes for each margin, until one of them is falsified, or is left where
// trees are grown: the input cannot be certified then.
func (s *solver) margins(ctx context.Context, nodes int) {
	var left []int
	for k, class := range s.left {
		if ctx.Err() != nil || s.result.Certificate != nil || nodes != 1 && len(left) > 0 {
			left = append(left, s.left[k:]...)
			break
		}
		if !s.margin(ctx, class, nodes) {
			left = append(left, class)
		}
	}
	s.left = left
}

// margin proves one margin, or falsifies it.
func (s *solver) margin(ctx context.Context, class, nodes int) bool {
	o := s.options
	o.Nodes = nodes
	found := &search{ascent: s.problem.newAscent(s.problem.row(s.problem.Margin(class), 1)), options: o,
		check: func(x []float64) []float64 { return s.misclassified(x, class) }}
	proved := found.run(ctx, s.problem.root())
	s.result.Nodes += found.nodes
	s.result.Depth = max(s.result.Depth, found.depth)
	switch {
	case found.point != nil:
		s.result.Certificate = cert.New(s.Network, s.Ball, s.X, s.Label, cert.Falsified, "")
		s.result.Certificate.Class, s.result.Certificate.Point = class, found.point
	case proved:
		s.proof.Margins = append(s.proof.Margins, cert.MarginProof{Class: class, Tree: found.tree()})
	}
	return proved
}

// misclassified is an input, moved into the ball, if the network prefers a class to the label there in exact
// arithmetic; otherwise nil.
func (s *solver) misclassified(x []float64, class int) []float64 {
	point := cert.Clip(s.Ball, s.X, x)
	excess, err := cert.Excess(context.Background(), s.Network, point, s.Label, class)
	if err != nil || !(excess >= 0) {
		return nil
	}
	return point
}
