package bound

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/net"
	"tightrope/pkg/region"
	"tightrope/pkg/relax"
	"tightrope/pkg/technique"
)

// CROWN (Zhang et al. 2018; DeepPoly): the lower line is z where u > -l, else 0. Upper and lower slopes differ, so the
// linear network depends on the signs of each row.
type CROWN struct {
	Intermediate Technique // bounds of the relus; nil: CROWN's own. IBP{} makes it CROWN-IBP (Zhang et al. 2020).
}

// CROWNIBP is CROWN for the margins on interval bounds of the relus (Zhang et al. 2020).
func CROWNIBP() Technique { return CROWN{Intermediate: IBP{}} }

func init() {
	graphs[technique.CROWN], graphs[technique.CROWNIBP] = CROWN{}, CROWNIBP()
}

// Name implements Technique.
func (c CROWN) Name() string {
	switch c.Intermediate {
	case nil:
		return technique.CROWN.String()
	case IBP{}:
		return technique.CROWNIBP.String()
	}
	return fmt.Sprintf("%v (%s)", technique.CROWN, c.Intermediate.Name())
}

// works implements works: rows for the lower and the upper bounds.
func (c CROWN) works(m model) []Work {
	all := m.intermediate(c.Intermediate)
	if c.Intermediate == nil {
		all = twice(m.unitRows())
	}
	return append(all, m.margins())
}

// Layers implements Technique.
func (c CROWN) Layers(p *Problem) []Interval {
	if c.Intermediate != nil {
		return c.Intermediate.Layers(p)
	}
	return layersByRows(p, p.crown)
}

// Bound implements Technique.
func (c CROWN) Bound(p *Problem) *Result {
	w := &rowNet{Problem: p, intervals: p.layers(c)}
	for k, i := range w.intervals {
		w.lines = append(w.lines, p.crown(k, i.Lower, i.Upper))
	}
	return w.result()
}

// crown gives CROWN's lines of activation k for bounds of its input, [batch, units...].
func (p *Problem) crown(k int, l, u *Node) relax.GraphLines {
	if f := p.Net.SmoothAt(k); f != nil {
		return f.GraphCROWN(l, u)
	}
	return relax.GraphCROWN(l, u)
}

// rowNet relaxes each activation by lines whose slopes differ: every row chooses by its signs.
type rowNet struct {
	*Problem
	intervals []Interval
	lines     []relax.GraphLines
	only      *unitRange // whose rows are pushed; nil: all units
	form      Form       // of the rows of units; empty: the cheaper one
	// by relu: lower slopes for the rows of the next pass, [batch, rows or 1, units...]; nil: those of lines
	slopes map[int]*Node
}

// layersByRows bounds every activation's input by its own backward pass on the lines of the activations before it.
func layersByRows(p *Problem, lines enclosure) []Interval {
	w := &rowNet{Problem: p}
	for k := range p.Net.Activations() {
		i := w.interval(k)
		w.intervals = append(w.intervals, i)
		w.lines = append(w.lines, lines(k, i.Lower, i.Upper))
	}
	return w.intervals
}

func (w *rowNet) interval(k int) Interval {
	vertex := w.inputOf(k)
	if vertex == net.InputNode {
		return w.inputInterval()
	}
	lower := w.lower(vertex, nil, false, nil)
	upper := Neg(w.lower(vertex, nil, true, nil))
	return Interval{w.shaped(lower, vertex), w.shaped(upper, vertex)}
}

// unitBounds implements unitwise.
func (CROWN) unitBounds(p *Problem, k int, only *unitRange) (lower, upper *Node) {
	w := &rowNet{Problem: p, only: only}
	for j, i := range p.Intermediate[:k] {
		w.intervals = append(w.intervals, i)
		w.lines = append(w.lines, p.crown(j, i.Lower, i.Upper))
	}
	vertex := p.inputOf(k)
	return w.lower(vertex, nil, false, nil), Neg(w.lower(vertex, nil, true, nil))
}

func (w *rowNet) result() *Result {
	trace := &Trace{Relus: make([]Choice, len(w.lines)), region: w.Region}
	margins := w.lower(w.last(), w.Spec, false, trace)
	return &Result{Margins: margins, Layers: w.intervals, Trace: trace}
}

// lower is the lower bound of rows over a vertex, or of minus the rows where negate is set: [batch, spec].
// Rows nil: one for each unit.
func (w *rowNet) lower(vertex int, rows *Node, negate bool, trace *Trace) *Node {
	flip := func(x *Node) *Node {
		if negate {
			return Neg(x)
		}
		return x
	}
	var terms []*Node
	p := pass{Problem: w.Problem, form: w.form, only: w.only, trace: trace, inOrder: w.slopes != nil,
		bias: func(b *Node) { terms = append(terms, flip(b)) }}
	p.relu = func(k int, h *Node, at view) *Node {
		lines := w.lines[k].Map(at.line)
		c := choose(flip(h), lines, w.lowerSlope(k, lines))
		// sum_j min(0, h_j) beta_j
		terms = append(terms, at.sum(region.PairSum, MinScalar(flip(h), 0), w.lines[k].UpperIntercept))
		if lower := w.lines[k].LowerIntercept; lower != nil {
			terms = append(terms, at.sum(region.PairSum, MaxScalar(flip(h), 0), lower))
		}
		if trace != nil {
			trace.Relus[k] = c
		}
		return Mul(h, c.Slope)
	}
	v, region, merge := p.backward(vertex, rows)
	if trace != nil {
		trace.Input = v
	}
	if v != nil {
		terms = append(terms, region.Min(flip(v)))
	}
	return merge(sum(terms))
}

// lowerSlope is the slope of relu k's lower lines, [batch, rows or 1, units...]; lines are those that the rows see.
func (w *rowNet) lowerSlope(k int, lines relax.GraphLines) *Node {
	own := w.slopes[k]
	if own == nil {
		return lines.LowerSlope
	}
	if lines.LowerIntercept != nil {
		panic(fmt.Errorf("activation %d: lower lines with slopes of their own must pass through the origin", k))
	}
	d := own.Shape().Dimensions
	return Where(BroadcastToDims(perRow(lines.Unstable), d...), own, BroadcastToDims(lines.UpperSlope, d...))
}

// choose takes the lower line where h >= 0 and the upper line where h < 0; lower is the lower lines' slope for each
// row.
func choose(h *Node, lines relax.GraphLines, lower *Node) Choice {
	zero := ZerosLike(Mul(h, lines.UpperSlope))
	negative := LessThan(Add(h, zero), zero)
	return Choice{
		H:         h,
		Slope:     Where(negative, Add(lines.UpperSlope, zero), Add(lower, zero)),
		Intercept: intercept(negative, zero, lines.LowerIntercept, lines.UpperIntercept),
	}
}
