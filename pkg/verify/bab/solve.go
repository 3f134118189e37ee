package bab

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync/atomic"

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
// trees. Each call continues where the last one ended. A Search is not safe for concurrent use.
type Search struct {
	*Root
	options Options
	problem *problem // nil until the first margin is searched
	proof   *cert.Certificate
	left    []int                // classes without a proof, the worst first
	climbed bool                 // Alpha is done
	stage   int                  // of Branch
	sides   [][2]*cert.UnitProof // proofs of the units' bounds, lower and upper
	result  *Result
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

// Branch grows trees for the margins that [Search.Alpha], which it calls where nobody has, leaves, the worst first,
// until one of them stays undecided. Running out of time (ctx) or nodes leaves some.
func (s *Search) Branch(ctx context.Context) *Result {
	if s.Alpha(ctx).Certificate != nil || !s.prepare(ctx) {
		return s.end()
	}
	for efforts := s.efforts(); s.result.Certificate == nil && len(s.left) > 0 && ctx.Err() == nil; {
		if s.stage > 0 && s.stage <= len(efforts) {
			s.tighten(ctx, efforts[s.stage-1])
		}
		nodes, last := s.budget(efforts[min(s.stage, len(efforts)):])
		s.left = s.margins(ctx, s.left, nodes)
		if s.stage++; last {
			break
		}
	}
	return s.end()
}

// prepare reports whether there is something to search, and memory and time for it.
func (s *Search) prepare(ctx context.Context) bool {
	if s.result.Certificate != nil || len(s.left) == 0 {
		return false
	}
	if s.problem != nil {
		return true
	}
	s.result.TooLarge = s.ExceedsMemory()
	return !s.result.TooLarge && s.condense(ctx) == nil
}

// condense makes the problem of the unstable units alone. It returns an error for other activations than relus, and
// the context's.
func (s *Search) condense(ctx context.Context) error {
	if err := onlyRelus(s.Network); err != nil {
		return err
	}
	c, err := s.Region.Condense(ctx, s.Bounds, s.Label)
	if err != nil {
		return err
	}
	s.problem = newProblem(c, s.Ball, s.X)
	s.proof.Units = c.Units
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

// margins searches with a limited number of nodes per margin, several margins at the same time, and returns the classes
// that stay undecided. It ends at the first counter-example, and at the first margin without a proof where trees are
// grown: the image cannot be certified then.
func (s *Search) margins(ctx context.Context, classes []int, nodes int) (left []int) {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	found := make([]*search, len(classes))
	var ended atomic.Bool // no more margins are begun
	parallel(s.options.Workers, len(classes), func(i int) {
		if ended.Load() {
			return
		}
		f := s.search(classes[i], nodes)
		found[i] = f
		if f.run(inner, s.problem.root()) {
			return
		}
		if ended.Store(nodes != 1); f.point != nil || len(f.lost) > 0 {
			ended.Store(true)
			stop()
		}
	})
	for i, class := range classes {
		if found[i] == nil || !s.settle(class, found[i]) {
			left = append(left, class)
		}
	}
	return left
}

// settle takes over what a search found of a margin, and reports whether it decided it.
func (s *Search) settle(class int, found *search) bool {
	s.result.Nodes += found.nodes
	s.result.Depth = max(s.result.Depth, found.depth)
	if found.point != nil {
		s.result.Certificate = s.falsified(class, found.point)
		return true
	}
	if len(found.open)+len(found.lost) > 0 {
		s.result.Lower[class] = max(s.result.Lower[class], found.bound())
		return false
	}
	proof := cert.MarginProof{Class: class, Tree: s.problem.tree(found.place, found.used)}
	s.proof.Margins = append(s.proof.Margins, proof)
	return true
}

func (s *Search) search(class, nodes int) *search {
	o := s.options
	o.Nodes = nodes
	r := s.problem.row(s.problem.Margin(class), 1)
	return &search{ascent: s.problem.newAscent(r), options: o, class: class, check: s.misclassified,
		proven: math.Inf(1)}
}
