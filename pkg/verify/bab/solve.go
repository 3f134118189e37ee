package bab

import (
	"cmp"
	"context"
	"slices"

	"tightrope/pkg/ball"
	"tightrope/pkg/verify/cert"
)

// Result of a [Search].
type Result struct {
	// Certificate for [cert.Check]: every margin is proved, or one falsified. Nil where neither was found.
	Certificate *cert.Certificate
	Nodes       int       // of all trees
	Depth       int       // of the deepest
	Lower       []float64 // the margins' lower bounds as far as they were worked on, [classes]; 0 for the label
	Class       int       // first undecided class, where there is no certificate
	TooLarge    bool      // not tried: too many unstable units for the memory of one search
}

// Solve decides whether a network classifies every input of a ball around x as its label. It returns an error for a
// ball or an input that makes no sense; running out of time (ctx) or nodes gives a result without a certificate and no
// error.
func Solve(ctx context.Context, n *cert.Network, b ball.Ball, x []float64, label int, o Options) (*Result, error) {
	root, err := NewRoot(ctx, n, b, x, label)
	if ctx.Err() != nil {
		return &Result{Lower: make([]float64, n.Classes()), Class: (label + 1) % n.Classes()}, nil
	}
	if err != nil {
		return nil, err
	}
	if o.Nodes == 1 {
		return NewSearch(root, o).Alpha(ctx), nil
	}
	return NewSearch(root, o).Branch(ctx), nil
}

// Search decides all margins of one input: what the rules prove at once, [Search.Alpha] by slopes, [Search.Branch] by
// trees. Each call goes on where the last one ended. A Search is not safe for concurrent use.
type Search struct {
	*Root
	options   Options
	problem   *problem // nil until the first margin is searched
	units     []int    // all condensed units, in order
	proof     *cert.Certificate
	left      []int // classes without a proof, the worst first
	climbed   bool  // Alpha is done
	tightened bool
	result    *Result
}

// NewSearch proves what rules alone prove.
func NewSearch(root *Root, o Options) *Search {
	s := &Search{Root: root, options: o.withDefaults(), proof: root.certified(),
		result: &Result{Lower: make([]float64, root.Network.Classes())}}
	for class := range root.Network.Classes() {
		if class == root.Label {
			continue
		}
		lower, rule := root.ByRule(class)
		s.result.Lower[class] = lower
		if lower > 0 {
			s.proof.Margins = append(s.proof.Margins, cert.MarginProof{Class: class, Rule: rule})
		} else {
			s.left = append(s.left, class)
		}
	}
	slices.SortStableFunc(s.left, func(i, j int) int { return cmp.Compare(s.result.Lower[i], s.result.Lower[j]) })
	return s
}

// Alpha tries to prove each margin that is left without splits. Running out of time (ctx) leaves some.
func (s *Search) Alpha(ctx context.Context) *Result {
	if !s.climbed && s.prepare(ctx) {
		s.left, s.climbed = s.margins(ctx, s.left, 1), true
	}
	return s.end()
}

// Branch grows trees for the margins that [Search.Alpha], which it calls where nobody has, leaves: one after the other,
// until one of them stays undecided. Running out of time (ctx) or nodes leaves some.
func (s *Search) Branch(ctx context.Context) *Result {
	if s.Alpha(ctx).Certificate == nil && s.prepare(ctx) {
		if s.options.Tighten > 0 && !s.tightened {
			s.left = s.margins(ctx, s.left, s.quick())
			if len(s.left) > 0 {
				s.proof.Tighter, s.tightened = s.problem.tighten(ctx, s.options.Tighten), true
			}
		}
		s.left = s.margins(ctx, s.left, s.options.Nodes)
	}
	return s.end()
}

// quickNodes is how many nodes a tree may grow before the bounds of units are tightened for it, which costs as much as
// some nodes for each unit.
const quickNodes = 32

func (s *Search) quick() int {
	if s.options.Nodes > 0 {
		return min(s.options.Nodes, quickNodes)
	}
	return quickNodes
}

// prepare reports whether there is something to search, and memory and time for it.
func (s *Search) prepare(ctx context.Context) bool {
	if s.result.Certificate != nil || len(s.left) == 0 {
		return false
	}
	if s.problem != nil {
		return true
	}
	s.result.TooLarge = s.TooLarge()
	return !s.result.TooLarge && s.condense(ctx) == nil
}

// condense makes the problem of the unstable units alone. It returns the context's error.
func (s *Search) condense(ctx context.Context) error {
	c, err := s.Region.Condense(ctx, s.Bounds, s.Label)
	if err != nil {
		return err
	}
	s.problem = newProblem(c, s.Ball, s.X)
	s.proof.Units = c.Units
	for i := range c.Units {
		s.units = append(s.units, i)
	}
	return nil
}

// end is what is known by now.
func (s *Search) end() *Result {
	switch {
	case s.result.Certificate != nil: // falsified, or told before
	case len(s.left) == 0:
		s.result.Certificate = s.proof
	default:
		s.result.Class = s.left[0]
	}
	return s.result
}

// margins searches for at most so many nodes per margin and returns the classes that stay undecided. It ends at the
// first counter-example, and at the first margin without a proof where trees are grown: the image cannot be certified
// then.
func (s *Search) margins(ctx context.Context, classes []int, nodes int) (left []int) {
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
			s.result.Certificate = s.falsified(class, found.point)
			return nil
		case proved:
			proof := cert.MarginProof{Class: class, Tree: found.place.tree(s.units)}
			s.proof.Margins = append(s.proof.Margins, proof)
		case nodes != 1:
			return append(left, classes[i:]...)
		default:
			left = append(left, class)
		}
	}
	return left
}

func (s *Search) search(class, nodes int) *search {
	o := s.options
	o.Nodes = nodes
	r := s.problem.row(s.problem.Margin(class), 1)
	return &search{ascent: s.problem.newAscent(r), options: o, class: class, check: s.misclassified}
}
