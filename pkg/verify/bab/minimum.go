package bab

import (
	"cmp"
	"container/heap"
	"context"
	"math"
	"slices"

	"tightrope/pkg/ball"
	"tightrope/pkg/verify/cert"
)

// Minimum is what [Least] found.
type Minimum struct {
	// Lower <= least margin <= Upper; Lower is proved in float64 with outward rounding, Upper is the margin at Point.
	Lower, Upper float64
	Class        int       // whose margin is Upper
	Point        []float64 // [inputs], in the ball
	Nodes        int
	Gap          float64 // how far Upper may lie above the least margin where the search is finished
	Finished     bool    // Upper - Lower is at most that, but for rounding
	TooLarge     bool    // not tried: too many unstable units for the memory of one search
}

// The gap at which the least margin counts as found, as a share of its size, and of the size of the terms that the
// margins are sums of: 32 roundings of float32, and well above the goal of a bound.
const (
	leastGap     = 2e-5
	resolvedPart = 0x1p-19
)

// Least finds the least of the margins logit[label] - logit[t] over a ball, by branch and bound with one threshold for
// all classes, just below the least margin known: a node that is proved above it is closed for good, since the
// threshold only falls. It returns an error for a ball or an input that makes no sense; running out of time (ctx)
// leaves the minimum unfinished.
func Least(ctx context.Context, n *cert.Network, b ball.Ball, x []float64, label int, o Options) (*Minimum, error) {
	region, err := cert.NewRegion(n, b, x)
	if err != nil {
		return nil, err
	}
	m := &least{solver: &solver{network: n, ball: b, x: x, label: label, options: o.withDefaults(), region: region, result: &Result{Lower: make([]float64, n.Classes())}}}
	m.Upper, m.Lower = math.Inf(1), math.Inf(-1)
	m.improve(x)
	if o.Start != nil {
		m.improve(cert.Clip(b, x, o.Start))
	}
	if m.bounds, err = region.Bounds(ctx, rules...); err != nil {
		return &m.Minimum, unlessOver(ctx, err)
	}
	m.Lower = m.cheap()
	if m.TooLarge = m.memory() > largest; m.TooLarge {
		return &m.Minimum, nil
	}
	c, err := region.Condense(ctx, m.bounds, label)
	if err != nil {
		return &m.Minimum, unlessOver(ctx, err)
	}
	m.problem = newProblem(c, b, x)
	if m.options.Tighten > 0 {
		m.problem.tighten(m.options.Tighten)
	}
	for _, t := range m.order {
		m.reach = max(m.reach, m.problem.reach(m.problem.Margin(t)))
	}
	m.run(ctx)
	return &m.Minimum, nil
}

// unlessOver hides an error that the end of the context made.
func unlessOver(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// least is the search for a minimum.
type least struct {
	*solver
	Minimum
	order []int   // classes, the lowest bound first
	reach float64 // size of the margins' terms
}

// cheap bounds the margins by the rules, and orders the classes.
func (m *least) cheap() float64 {
	lowest := math.Inf(1)
	for t := range m.network.Classes() {
		if t == m.label {
			continue
		}
		m.result.Lower[t] = math.Inf(-1)
		for _, rule := range rules {
			m.result.Lower[t] = max(m.result.Lower[t], m.region.Margin(m.bounds, rule, m.label, t))
		}
		lowest = min(lowest, m.result.Lower[t])
		m.order = append(m.order, t)
	}
	slices.SortStableFunc(m.order, func(i, j int) int { return cmp.Compare(m.result.Lower[i], m.result.Lower[j]) })
	return lowest
}

// improve takes over a point if some margin is less there than the least known.
func (m *least) improve(point []float64) {
	for t := range m.network.Classes() {
		if t == m.label {
			continue
		}
		excess, err := cert.Excess(context.Background(), m.network, point, m.label, t)
		if err == nil && -excess < m.Upper {
			m.Upper, m.Class, m.Point = -excess, t, point
		}
	}
}

// threshold is what every margin is to be proved above.
func (m *least) threshold() float64 { return m.Upper - m.gap() }

func (m *least) gap() float64 { return max(leastGap*math.Abs(m.Upper), resolvedPart*m.reach) }

// run searches class by class.
func (m *least) run(ctx context.Context) {
	lowest := math.Inf(1)
	for _, t := range m.order {
		if m.result.Lower[t] > m.threshold() {
			lowest = min(lowest, m.result.Lower[t])
			continue
		}
		lowest = min(lowest, m.margin(ctx, t))
	}
	m.Lower = max(m.Lower, min(lowest, m.threshold()))
	m.Gap = m.gap()
	m.Finished = m.Upper-m.Lower <= 1.5*m.gap()
}

// margin searches one class to its end and returns a lower bound of its margin.
func (m *least) margin(ctx context.Context, class int) float64 {
	s, shift := m.search(class, m.options.Nodes), m.threshold()
	s.fall(0, shift)
	s.check = func(point []float64, _ int) bool {
		old := m.Upper
		m.improve(point)
		return m.Upper < old-m.gap()/4 // less is float32's rounding: go on with the old threshold
	}
	s.begin(m.problem.root())
	for !s.loop(ctx) && s.point != nil {
		s.point, s.least = nil, float32(math.Inf(1))
		next := m.threshold()
		s.fall(shift, next)
		shift = next
	}
	m.Nodes += s.nodes
	if b := s.bound(); !math.IsInf(b, 1) {
		return max(m.result.Lower[class], math.Nextafter(shift+b, math.Inf(-1)))
	}
	return shift
}

// fall moves the threshold that is subtracted from the row.
func (s *search) fall(from, to float64) {
	shifted := s.row.exact.Minus(to - from)
	s.row.exact = &shifted
	by := float32((to - from) / s.row.scale)
	s.row.c -= by
	for _, n := range s.open {
		n.bound -= by
	}
	heap.Init(&s.open)
}
