package bab

import (
	"cmp"
	"container/heap"
	"context"
	"math"
	"slices"

	"tightrope/pkg/verify/cert"
)

// Minimum is the result of [Least].
type Minimum struct {
	// Lower <= least margin <= Upper. Lower is proved in float64 with outward rounding; Upper is the margin at Point.
	Lower, Upper float64
	// Certificate proves to [cert.Check] that the least margin is positive, or that Point is misclassified; nil if
	// neither is known.
	Certificate *cert.Certificate
	Class       int       // the class whose margin is Upper
	Point       []float64 // [inputs], in the ball
	Nodes       int
	Gap         float64 // how far Upper may lie above the least margin when the search is finished
	Finished    bool    // whether Upper - Lower is at most Gap, up to rounding
	TooLarge    bool    // not tried, because the unstable units need too much memory
}

// The gap at which the least margin counts as found: a fraction of its size, and a fraction of the size of the terms
// whose sums the margins are. The latter is 32 rounding errors of float32, well above the goal of a bound.
const (
	leastGap     = 2e-5
	resolvedPart = 0x1p-19
)

// Least finds the least of the margins logit[label] - logit[t] over a ball by branch and bound. All classes have the
// same threshold, just below the least margin that is known. A node that is proved above the threshold is closed for
// good, since the threshold can only fall. If the time of ctx runs out, the minimum is unfinished.
func Least(ctx context.Context, root *Root, o Options) *Minimum {
	m := &least{Search: &Search{Root: root, options: o.withDefaults(), proof: root.certified(),
		result: &Result{Lower: make([]float64, root.Network.Classes())}}}
	m.Upper, m.Lower = math.Inf(1), math.Inf(-1)
	m.improve(root.X)
	if o.Start != nil {
		m.improve(cert.Clip(root.Ball, root.X, o.Start))
	}
	rules := m.cheap()
	if m.TooLarge = m.ExceedsMemory(); m.TooLarge || m.condense(ctx) != nil {
		return &m.Minimum
	}
	if m.options.Tighten > 0 {
		m.tighten(ctx, effort{m.options.Tighten, 1})
	}
	for _, t := range m.order {
		m.reach = max(m.reach, m.problem.reach(m.problem.Margin(t)))
	}
	m.run(ctx, rules)
	return &m.Minimum
}

// least is the search for a minimum.
type least struct {
	*Search
	Minimum
	order []int   // the classes, the lowest bound first
	reach float64 // size of the margins' terms
}

// cheap bounds the margins by the rules, orders the classes, and returns the best rule of each class.
func (m *least) cheap() (rules []cert.Rule) {
	m.Lower, rules = math.Inf(1), make([]cert.Rule, len(m.result.Lower))
	for t := range m.result.Lower {
		if t == m.Label {
			continue
		}
		m.result.Lower[t], rules[t] = m.ByRule(t)
		m.Lower = min(m.Lower, m.result.Lower[t])
		m.order = append(m.order, t)
	}
	slices.SortStableFunc(m.order, func(i, j int) int { return cmp.Compare(m.result.Lower[i], m.result.Lower[j]) })
	return rules
}

// improve replaces the least margin that is known if some margin is smaller at a point.
func (m *least) improve(point []float64) {
	for t := range m.Network.Classes() {
		if t == m.Label {
			continue
		}
		excess, err := cert.Excess(context.Background(), m.Network, point, m.Label, t)
		if err == nil && -excess < m.Upper {
			m.Upper, m.Minimum.Class, m.Point = -excess, t, point
		}
	}
}

// threshold returns the value above which every margin must be proved.
func (m *least) threshold() float64 { return m.Upper - m.gap() }

func (m *least) gap() float64 { return max(leastGap*math.Abs(m.Upper), resolvedPart*m.reach) }

// run searches class by class, and makes the certificate of what it has found.
func (m *least) run(ctx context.Context, rules []cert.Rule) {
	lowest := math.Inf(1)
	for _, t := range m.order {
		lower, proof := m.result.Lower[t], cert.MarginProof{Class: t, Rule: rules[t]}
		if !(lower > m.threshold()) {
			var tree *cert.Tree
			if lower, tree = m.margin(ctx, t); !(m.result.Lower[t] > 0) {
				proof.Tree = tree
			}
		}
		lowest = min(lowest, lower)
		m.proof.Margins = append(m.proof.Margins, proof)
	}
	m.Lower = max(m.Lower, min(lowest, m.threshold()))
	m.Gap = m.gap()
	m.Finished = m.Upper-m.Lower <= 1.5*m.gap()
	switch {
	case m.Upper <= 0:
		m.Certificate = m.falsified(m.Minimum.Class, m.Point)
	case m.Lower > 0:
		m.Certificate = m.proof
	}
}

// margin searches one class to its end and returns a lower bound of its margin with its proof.
func (m *least) margin(ctx context.Context, class int) (float64, *cert.Tree) {
	s, shift := m.search(class, m.options.Nodes), m.threshold()
	s.fall(0, shift)
	s.check = func(point []float64, _ int) bool {
		old := m.Upper
		m.improve(point)
		return m.Upper < old-m.gap()/4 // a smaller change is rounding of float32: keep the old threshold
	}
	s.begin(m.problem.root())
	for !s.loop(ctx) && s.point != nil {
		s.point, s.least = nil, float32(math.Inf(1))
		next := m.threshold()
		s.fall(shift, next)
		shift = next
	}
	m.Nodes += s.nodes
	lower := shift
	if b := s.bound(); !math.IsInf(b, 1) {
		lower = max(m.result.Lower[class], math.Nextafter(shift+b, math.Inf(-1)))
	}
	return lower, m.problem.tree(s.place, s.used)
}

// fall lowers the threshold that is subtracted from the row.
func (s *search) fall(from, to float64) {
	shifted, live := s.row.exact.Minus(to-from), s.row.live.Minus(to-from)
	s.row.exact, s.row.live = &shifted, &live
	by := float32((to - from) / s.row.scale)
	s.row.c -= by
	for _, n := range s.open {
		n.bound -= by
	}
	heap.Init(&s.open)
}
