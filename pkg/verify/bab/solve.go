package bab

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync/atomic"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/parallel"
	"tightrope/pkg/verify/cert"
)

// Result of a [Search].
type Result struct {
	// Certificate for [cert.Check], in which every margin is proved or one is falsified; nil if the search has found
	// neither.
	Certificate *cert.Certificate
	Nodes       int // number of nodes of all trees
	Depth       int // depth of the deepest tree
	// Lower has lower bounds of the margins by the rules and by Alpha, [classes]; 0 for the label. An unfinished tree
	// does not raise them: each of its open nodes would need a proof, and there may be a hundred thousand of them.
	Lower    []float64
	Class    int  // the first undecided class, if there is no certificate
	TooLarge bool // not tried, because the unstable units need too much memory
}

// Solve decides whether a network classifies every input of a ball around x as its label. It returns an error for a
// network with activations other than relus, and for an invalid ball or input. If the time of ctx or the limit of nodes
// is used up, the result has no certificate, which is not an error.
func Solve(ctx context.Context, n *cert.Network, b ball.Ball, x []float64, label int, o Options) (*Result, error) {
	if err := onlyRelus(n); err != nil {
		return nil, err
	}
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

// Search decides all margins of one input. The rules prove some of them at once; [Search.Alpha] tries slopes, and
// [Search.Branch] trees. Each call continues where the last one ended. A Search is not safe for concurrent use.
type Search struct {
	*Root
	options Options
	problem *problem // nil until the first margin is searched
	proof   *cert.Certificate
	left    []int                // the classes without a proof, the worst first
	climbed bool                 // whether Alpha is done
	stage   int                  // the stage of Branch
	sides   [][2]*cert.UnitProof // proofs of the units' bounds, lower and upper
	result  *Result
}

// NewSearch returns a search in which the margins that the rules prove are already settled.
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

// Alpha tries to prove each remaining margin without splits. If the time of ctx runs out, some remain.
func (s *Search) Alpha(ctx context.Context) *Result {
	if !s.climbed && s.prepare(ctx) {
		s.left, s.climbed = s.margins(ctx, s.left, 1), true
	}
	return s.end()
}

// Branch grows trees for the margins that [Search.Alpha] leaves, the worst first, until one of them remains undecided.
// It calls Alpha first if nobody has. If the time of ctx or the limit of nodes runs out, some margins remain.
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

// prepare reports whether there is something to search, and enough memory and time for it.
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

// condense makes the problem that contains only the unstable units. It returns an error for other activations than
// relus, and the context's.
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

// end returns what is known so far.
func (s *Search) end() *Result {
	switch {
	case s.result.Certificate != nil: // falsified, or ended before
	case len(s.left) == 0:
		s.result.Certificate = s.proof
	default:
		s.result.Class = s.left[0]
	}
	return s.result
}

// margins searches several margins at the same time, with a limited number of nodes for each, and returns the classes
// that remain undecided. It ends at the first counter-example. When trees are grown, it also ends at the first margin
// without a proof, because the image cannot be certified then.
func (s *Search) margins(ctx context.Context, classes []int, nodes int) (left []int) {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	found := make([]*search, len(classes))
	var ended atomic.Bool // set when no more margins are to be started
	parallel.Do(s.options.Workers, len(classes), func(i int) {
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

// settle records the result of a search for a margin, and reports whether the margin is decided.
func (s *Search) settle(class int, found *search) bool {
	s.result.Nodes += found.nodes
	s.result.Depth = max(s.result.Depth, found.depth)
	if found.point != nil {
		s.result.Certificate = s.falsified(class, found.point)
		return true
	}
	if len(found.open)+len(found.lost) > 0 {
		if found.nodes == 1 { // see Result.Lower
			s.result.Lower[class] = max(s.result.Lower[class], found.bound())
		}
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
