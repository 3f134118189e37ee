package bab

import (
	"cmp"
	"context"
	"math"
	"slices"

	"tightrope/pkg/ball"
	"tightrope/pkg/verify/cert"
)

// Result of [Solve].
type Result struct {
	// Certificate for [cert.Check]: every margin is proved, or one falsified. Nil where neither was found.
	Certificate *cert.Certificate
	Nodes       int       // of all trees
	Depth       int       // of the deepest
	Lower       []float64 // the margins' lower bounds as far as they were worked on, [classes]; 0 for the label
	Class       int       // first undecided class, where there is no certificate
	TooLarge    bool      // not tried: too many unstable units for the memory of one search
}

// rules of the root's bounds.
var rules = []cert.Rule{cert.FastLin, cert.CROWN}

// Solve decides whether a network classifies every input of a ball around x as its label. It returns an error for a ball or an
// input that makes no sense; running out of time (ctx) or nodes gives a result without a certificate and no error.
func Solve(ctx context.Context, n *cert.Network, b ball.Ball, x []float64, label int, o Options) (*Result, error) {
	region, err := cert.NewRegion(n, b, x)
	if err != nil {
		return nil, err
	}
	bounds, err := region.Bounds(ctx, rules...)
	if ctx.Err() != nil {
		return &Result{Lower: make([]float64, n.Classes()), Class: (label + 1) % n.Classes()}, nil
	}
	if err != nil {
		return nil, err
	}
	s := &solver{network: n, ball: b, x: x, label: label, options: o.withDefaults(), region: region, bounds: bounds,
		result: &Result{Lower: make([]float64, n.Classes())}}
	s.solve(ctx)
	return s.result, nil
}

// solver works on all margins of one input.
type solver struct {
	network *cert.Network
	ball    ball.Ball
	x       []float64
	label   int
	options Options
	region  *cert.Region
	bounds  *cert.Bounds
	problem *problem
	units   []int // all condensed units, in order
	proof   *cert.Certificate
	result  *Result
}

func (s *solver) solve(ctx context.Context) {
	s.proof = cert.New(s.network, s.ball, s.x, s.label, cert.Certified, "")
	s.proof.Rules = rules
	left := s.byRule()
	if len(left) == 0 {
		s.result.Certificate = s.proof
		return
	}
	s.result.Class = left[0]
	if s.result.TooLarge = s.memory() > largest; s.result.TooLarge {
		return
	}
	c, err := s.region.Condense(ctx, s.bounds, s.label)
	if err != nil { // out of time
		return
	}
	s.problem = newProblem(c, s.ball, s.x)
	s.proof.Units = c.Units
	for i := range c.Units {
		s.units = append(s.units, i)
	}
	left = s.margins(ctx, left, 1)
	if len(left) > 0 && s.result.Certificate == nil && s.options.Nodes != 1 {
		if s.options.Tighten > 0 {
			s.proof.Tighter = s.problem.tighten(s.options.Tighten)
		}
		left = s.margins(ctx, left, s.options.Nodes)
	}
	switch {
	case s.result.Certificate != nil: // falsified
	case len(left) == 0:
		s.result.Certificate = s.proof
	default:
		s.result.Class = left[0]
	}
}

// largest memory in bytes that one search may take for the rows of unstable units.
const largest = 2 << 30

// memory is about what the rows take: 8 bytes an entry in float64, and two copies in float32.
func (s *solver) memory() int {
	units := len(s.bounds.UnstableUnits())
	return 16 * units * (units + len(s.x))
}

// byRule proves what the rules alone prove, and returns the other classes, the worst first.
func (s *solver) byRule() (left []int) {
	for class := range s.network.Classes() {
		if class == s.label {
			continue
		}
		best := math.Inf(-1)
		for _, rule := range rules {
			if lower := s.region.Margin(s.bounds, rule, s.label, class); lower > 0 {
				s.proof.Margins = append(s.proof.Margins, cert.MarginProof{Class: class, Rule: rule})
				best = lower
				break
			} else {
				best = max(best, lower)
			}
		}
		s.result.Lower[class] = best
		if !(best > 0) {
			left = append(left, class)
		}
	}
	slices.SortStableFunc(left, func(i, j int) int { return cmp.Compare(s.result.Lower[i], s.result.Lower[j]) })
	return left
}

// margins searches for so many nodes a margin and returns the classes that stay undecided. It ends at the first
// counter-example, and at the first margin without a proof where trees are grown: the image cannot be certified then.
func (s *solver) margins(ctx context.Context, classes []int, nodes int) (left []int) {
	for i, class := range classes {
		found := s.search(class, nodes)
		proved := found.run(ctx, s.problem.root())
		s.result.Nodes += found.nodes
		s.result.Depth = max(s.result.Depth, found.depth)
		if !proved {
			s.result.Lower[class] = max(s.result.Lower[class], found.bound())
		}
		switch {
		case found.point != nil:
			s.falsified(class, found.point)
			return nil
		case proved:
			s.proof.Margins = append(s.proof.Margins, cert.MarginProof{Class: class, Tree: found.place.tree(s.units)})
		case nodes != 1:
			return append(left, classes[i:]...)
		default:
			left = append(left, class)
		}
	}
	return left
}

func (s *solver) search(class, nodes int) *search {
	o := s.options
	o.Nodes = nodes
	r := s.problem.row(s.problem.Margin(class), 1)
	return &search{ascent: s.problem.newAscent(r), options: o, class: class, check: s.misclassified}
}

// misclassified tells whether the network, in exact arithmetic, prefers a class to the label at a point.
func (s *solver) misclassified(point []float64, class int) bool {
	excess, err := cert.Excess(context.Background(), s.network, point, s.label, class)
	return err == nil && excess >= 0
}

func (s *solver) falsified(class int, point []float64) {
	c := cert.New(s.network, s.ball, s.x, s.label, cert.Falsified, "")
	c.Class, c.Point = class, point
	s.result.Certificate = c
}
