package bound

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/net"
	"tightrope/pkg/region"
	"tightrope/pkg/relax"
	"tightrope/pkg/technique"
)

// FastLin is Fast-Lin (Weng et al. 2018), the same bound as the dual of Wong & Kolter (2018): parallel lines on each
// unstable neuron, so ONE linear network, perturbed at its input and at each unstable neuron, serves every row (Eq.
// 4-8).
//
// A perturbation 0 <= delta <= beta is beta/2 plus or minus beta/2: one forward
// pass of the linear network gives the centre of every bound, and only the radius needs rows.
type FastLin struct {
	Intermediate Technique // bounds of the relus; nil: Fast-Lin's own
}

func init() {
	graphs[technique.FastLin], graphs[technique.FastLinIBP] = FastLin{}, FastLin{Intermediate: IBP{}}
}

// Name implements Technique.
func (f FastLin) Name() string {
	switch f.Intermediate {
	case nil:
		return technique.FastLin.String()
	case IBP{}:
		return technique.FastLinIBP.String()
	}
	return fmt.Sprintf("%v (%s)", technique.FastLin, f.Intermediate.Name())
}

// works implements works.
func (f FastLin) works(m model) []Work {
	all := m.intermediate(f.Intermediate)
	if f.Intermediate == nil {
		all = m.unitRows()
	}
	return append(all, m.pass("centre", Forward, m.last(), 1), m.margins())
}

// intermediate counts a technique that gives the bounds of the relus only; nil: nothing.
func (m model) intermediate(t Technique) (all []Work) {
	w, ok := t.(works)
	if !ok {
		return nil
	}
	for _, one := range w.works(m) {
		if one.What != "margins" {
			all = append(all, one)
		}
	}
	return all
}

// Layers implements Technique.
func (f FastLin) Layers(p *Problem) []Interval { return f.walk(p).intervals }

// Bound implements Technique.
func (f FastLin) Bound(p *Problem) *Result { return f.walk(p).result() }

// result bounds the spec rows.
func (w *linearNet) result() *Result {
	trace := &Trace{Relus: make([]Choice, len(w.lines)), region: w.Region}
	lo, _ := w.deviation(w.last(), w.Spec, trace)
	return &Result{
		Margins: Add(region.PairSum(w.Spec, w.logits), lo),
		Layers:  w.intervals,
		Trace:   trace,
	}
}

// linearNet is the perturbed linear network, built relu by relu.
type linearNet struct {
	*Problem
	intervals []Interval
	lines     []relax.GraphLines
	half      []*Node    // half the distance of each activation's lines (relu: beta/2), [batch, units...]
	logits    *Node      // centre of the logits, [batch, classes]
	only      *unitRange // whose rows are pushed; nil: all units
	pick      *pick      // whose rows are pushed; nil: all units
	form      Form       // of the rows of units; empty: the cheaper one
	enclose   enclosure
}

// enclosure gives the lines of activation k for bounds of its input, [batch, units...].
type enclosure func(k int, l, u *Node) relax.GraphLines

// or is the enclosure, or where it is nil the other one.
func (e enclosure) or(other enclosure) enclosure {
	if e == nil {
		return other
	}
	return e
}

// parallel gives two lines of one slope of activation k: Fast-Lin's of a relu.
func (p *Problem) parallel(k int, l, u *Node) relax.GraphLines {
	if f := p.Net.SmoothAt(k); f != nil {
		return f.GraphParallel(l, u)
	}
	return relax.GraphFastLin(l, u)
}

func (f FastLin) walk(p *Problem) *linearNet {
	known := p.Intermediate
	if known == nil && f.Intermediate != nil {
		known = f.Intermediate.Layers(p)
	}
	if known == nil {
		return walkLinear(p, (*linearNet).interval)
	}
	return walkLinear(p, func(_ *linearNet, k int, _ *Node) Interval { return known[k] })
}

// walkLinear builds the linear network; interval bounds relu k's input, whose centre it gets.
func walkLinear(p *Problem, interval func(w *linearNet, k int, centre *Node) Interval) *linearNet {
	w := &linearNet{Problem: p}
	w.walk(interval)
	return w
}

// walk builds it; interval is [walkLinear]'s.
func (w *linearNet) walk(interval func(w *linearNet, k int, centre *Node) Interval) {
	w.logits = w.Net.Walk(w.Region.Center(), func(k int, centre *Node) *Node {
		return w.relax(interval(w, k, centre), centre)
	})
}

// relax puts the next relu's lines in and gives the centre behind it.
func (w *linearNet) relax(i Interval, centre *Node) *Node {
	lines := w.enclose.or(w.parallel)(len(w.lines), i.Lower, i.Upper)
	middle, half := lines.Strip()
	w.intervals = append(w.intervals, i)
	w.lines = append(w.lines, lines)
	w.half = append(w.half, half)
	return Add(Mul(lines.UpperSlope, centre), middle)
}

// interval bounds relu k's input around the centre.
func (w *linearNet) interval(k int, centre *Node) Interval {
	vertex := w.inputOf(k)
	if rows := w.needed(k); rows != nil {
		return w.screened(vertex, centre, rows)
	}
	if vertex == net.InputNode {
		return w.inputInterval()
	}
	lo, hi := w.deviation(vertex, nil, nil)
	return Interval{Add(centre, w.shaped(lo, vertex)), Add(centre, w.shaped(hi, vertex))}
}

// unitBounds implements unitwise.
func (FastLin) unitBounds(p *Problem, k int, only *unitRange) (lower, upper *Node) {
	w := &linearNet{Problem: p, only: only}
	vertex := p.inputOf(k)
	centre := p.Net.WalkTo(vertex, p.Region.Center(),
		func(j int, z *Node) *Node { return w.relax(p.Intermediate[j], z) })[vertex]
	lo, hi := w.deviation(vertex, nil, nil)
	centre = only.of(centre, lo.Shape().Dimensions[1]/only.count)
	return Add(centre, lo), Add(centre, hi)
}

// deviation is how far rows over a vertex can move from the centre: the input's part by the dual norm, each relu's
// by |h| beta/2 (Eq. 8). rows nil: one for each unit. lo, hi [batch, spec].
func (w *linearNet) deviation(vertex int, rows *Node, trace *Trace) (lo, hi *Node) {
	var slack []*Node
	p := pass{Problem: w.Problem, form: w.form, only: w.only, pick: w.pick, trace: trace}
	p.relu = func(k int, h *Node, at view) *Node {
		slack = append(slack, at.sum(region.AbsPairSum, h, w.half[k]))
		slope := at.line(w.lines[k].UpperSlope)
		if trace != nil {
			trace.Relus[k] = Choice{H: h, Slope: slope, Intercept: w.optimum(k, h, at)}
		}
		return Mul(h, slope)
	}
	v, region, merge := p.backward(vertex, rows)
	lo, hi = region.Deviation(v)
	if trace != nil {
		trace.Input = v
	}
	if s := sum(slack); s != nil {
		lo, hi = Sub(lo, s), Add(hi, s)
	}
	return merge(lo), merge(hi)
}

// optimum is the intercept of the line that the adversary of relu k chooses, delta*, for each row h.
func (w *linearNet) optimum(k int, h *Node, at view) *Node {
	var lower *Node
	if own := w.lines[k].LowerIntercept; own != nil {
		lower = at.line(own)
	}
	upper := at.line(w.lines[k].UpperIntercept)
	zero := ZerosLike(Mul(h, upper))
	return intercept(LessThan(Add(h, zero), zero), zero, lower, upper)
}

// intercept is that of the upper line where h is negative, else that of the lower line (nil: 0); all broadcast to zero.
func intercept(negative, zero, lower, upper *Node) *Node {
	if lower == nil {
		return Where(negative, Add(upper, zero), zero)
	}
	return Where(negative, Add(upper, zero), Add(lower, zero))
}
