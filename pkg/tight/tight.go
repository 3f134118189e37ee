// Package tight holds the paper's two indicators of how tight a convex
// relaxation is at its own optimum, d (Eq. 2) and r (section 4.3), and the check of Proposition 1.
package tight

import (
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/bound"
	"tightrope/pkg/relax"
)

// Scale is the normalisation of r over neurons. The paper leaves it open (docs/method.md, section 18).
type Scale int

// The scales.
const (
	PerNeuron   Scale = iota // 1/n, n the number of hidden neurons: the default
	Total                    // the plain sum over unstable neurons
	PerUnstable              // the mean over the unstable neurons of the sample
)

// Options choose between readings of what the paper leaves open; the zero value follows docs/method.md, section 18.
type Options struct {
	Scale Scale
	// ExactDistance measures, on CROWN's lower lines, the distance to the segment where the line IS relu
	// (max(z',0) for slope 0, max(-z',0) for slope 1) instead of |z'|.
	ExactDistance bool
	// DetachBounds stops the gradient of r through l and u.
	DetachBounds bool
	// ThroughInput lets gradients pass through x*; by default x* is a constant.
	ThroughInput bool
	// KeepNegative does not clamp d at 0. Exact bounds make d >= 0 up to rounding; estimated ones may not.
	KeepNegative bool
}

// Indicators of each sample and spec row.
type Indicators struct {
	D, R *Node // [batch, spec]
	// PO is p_O(x*), the real network's margins at the relaxed optimum, an upper bound of p_O*, [batch, spec].
	PO *Node
	// DLayers and RLayers are the contributions of the relus to D and R, [batch, spec] each; sum of DLayers = D without
	// the clamp.
	DLayers, RLayers []*Node
	// Unstable and Tight count, for each relu, the unstable neurons of a sample, and those of them that lie on a
	// touching point to within TightTolerance of u-l, [batch, spec].
	Unstable, Tight []*Node
}

// TightTolerance is the distance to a touching point, as a fraction of u-l, up to which a neuron counts as tight.
const TightTolerance = 1e-5

// Measure evaluates the real network at the relaxed problem's optimal input x* and compares.
// The result must have a trace (Fast-Lin, CROWN, CROWN-IBP; not IBP).
func Measure(p *bound.Problem, result *bound.Result, o Options) Indicators {
	if result.Trace == nil {
		panic("tight: the technique has no optimal input x* (IBP): use Fast-Lin, CROWN or CROWN-IBP")
	}
	return (&measurement{Problem: p, result: result, options: o}).indicators()
}

// indicators runs the real network and compares.
func (m *measurement) indicators() Indicators {
	result := m.result
	m.forward()
	ind := Indicators{PO: m.po}
	for k := range result.Layers {
		ind.DLayers = append(ind.DLayers, m.gap(k))
		distance, unstable := m.distance(k)
		ind.RLayers = append(ind.RLayers, m.scaled(reduceUnits(distance)))
		ind.Unstable = append(ind.Unstable, reduceUnits(unstable))
		ind.Tight = append(ind.Tight, reduceUnits(m.touching(k, distance, unstable)))
	}
	ind.D = Sub(m.po, result.Margins)
	if !m.options.KeepNegative {
		ind.D = MaxScalar(ind.D, 0)
	}
	ind.R = m.total(ind)
	return ind
}

type measurement struct {
	*bound.Problem
	result  *bound.Result
	options Options
	z       []*Node // z' of every activation at x*, [batch, spec, units...]
	po      *Node
}

// forward runs the real network at x* of every row.
func (m *measurement) forward() {
	x := m.result.Trace.XStar()
	if !m.options.ThroughInput {
		x = StopGradient(x)
	}
	d := x.Shape().Dimensions
	logits, z := m.Net.PreActivations(Reshape(x, append([]int{d[0] * d[1]}, d[2:]...)...))
	for _, zi := range z {
		m.z = append(m.z, Reshape(zi, append([]int{d[0], d[1]}, zi.Shape().Dimensions[1:]...)...))
	}
	rows := BroadcastToDims(m.Spec, d[0], d[1], m.Net.Classes())
	m.po = ReduceSum(Mul(rows, Reshape(logits, d[0], d[1], m.Net.Classes())), -1)
}

// gap is activation k's part of d: sum_j h_j (f(z'_j) - D_j z'_j - delta*_j), every term >= 0.
func (m *measurement) gap(k int) *Node { return reduceUnits(m.gaps(k)) }

// gaps are its terms, [batch, spec, units...].
func (m *measurement) gaps(k int) *Node {
	c, z := m.result.Trace.Relus[k], m.z[k]
	relaxed := Add(Mul(c.Slope, z), c.Intercept)
	return Mul(c.H, Sub(m.Net.Activate(k, z), relaxed))
}

// distance is how far z' is from the points where the line used at the optimum touches the activation; 0 on stable
// neurons. unstable is 1 on unstable neurons, both [batch, spec, units...]; no neuron of a smooth activation is stable
// but those with l = u.
func (m *measurement) distance(k int) (distance, unstable *Node) {
	c, z := m.result.Trace.Relus[k], m.z[k]
	l, u := m.bounds(k)
	if f := m.Net.SmoothAt(k); f != nil {
		return m.smoothDistance(f, c, z, InsertAxes(l, 1), InsertAxes(u, 1))
	}
	like := func(x *Node) *Node { return BroadcastToDims(x, z.Shape().Dimensions...) }
	zero := ZerosLike(z)
	mask := like(InsertAxes(LogicalAnd(LessThan(l, ZerosLike(l)), GreaterThan(u, ZerosLike(u))), 1))
	upper := Min(Abs(Sub(z, InsertAxes(l, 1))), Abs(Sub(z, InsertAxes(u, 1))))
	negative := LessThan(like(c.H), zero)
	distance = Where(negative, upper, m.lowerDistance(z, like(c.Slope)))
	return Where(mask, distance, zero), Where(mask, OnesLike(z), zero)
}

// smoothDistance is distance for a smooth activation.
func (m *measurement) smoothDistance(f *relax.Smooth, c bound.Choice, z, l, u *Node) (distance, unstable *Node) {
	mask := BroadcastToDims(LessThan(l, u), z.Shape().Dimensions...)
	zero := ZerosLike(z)
	return Where(mask, f.GraphDistance(z, c.Slope, c.Intercept, l, u), zero), Where(mask, OnesLike(z), zero)
}

func (m *measurement) bounds(k int) (l, u *Node) {
	l, u = m.result.Layers[k].Lower, m.result.Layers[k].Upper
	if m.options.DetachBounds {
		return StopGradient(l), StopGradient(u)
	}
	return l, u
}

func (m *measurement) lowerDistance(z, slope *Node) *Node {
	if !m.options.ExactDistance {
		return Abs(z)
	}
	d := Where(LessOrEqual(slope, ZerosLike(z)), MaxScalar(z, 0), Abs(z))
	return Where(GreaterOrEqual(slope, OnesLike(z)), MaxScalar(Neg(z), 0), d)
}

// touching counts unstable neurons at distance 0, to rounding.
func (m *measurement) touching(k int, distance, unstable *Node) *Node {
	l, u := m.bounds(k)
	tolerance := InsertAxes(MulScalar(Sub(u, l), TightTolerance), 1)
	near := LessOrEqual(distance, BroadcastToDims(tolerance, distance.Shape().Dimensions...))
	return Mul(unstable, ConvertDType(near, unstable.DType()))
}

func (m *measurement) scaled(r *Node) *Node {
	if m.options.Scale == PerNeuron {
		return MulScalar(r, 1/float64(m.Net.HiddenUnits()))
	}
	return r
}

// total is r, which is 0 for a network without relus.
func (m *measurement) total(ind Indicators) *Node {
	if len(ind.RLayers) == 0 {
		return ZerosLike(ind.D)
	}
	r := sum(ind.RLayers)
	if m.options.Scale == PerUnstable {
		r = Div(r, MaxScalar(sum(ind.Unstable), 1))
	}
	return r
}

// reduceUnits sums over all axes after [batch, spec].
func reduceUnits(x *Node) *Node {
	d := x.Shape().Dimensions
	return ReduceSum(Reshape(x, d[0], d[1], -1), -1)
}

func sum(terms []*Node) *Node {
	total := terms[0]
	for _, t := range terms[1:] {
		total = Add(total, t)
	}
	return total
}
