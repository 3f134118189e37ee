package bound

import (
	"strings"
	"tightrope/pkg/technique"

	. "github.com/gomlx/gomlx/core/graph"
)

// Best combines techniques, of which none is always the tightest (docs/method.md, section 9): every relu's input gets
// the largest l and the smallest u of all techniques; each technique bounds the spec rows with these as well as with
// its own; and the largest bound of each row is returned.
type Best struct {
	Of []Technique // nil: IBP, Fast-Lin and CROWN
}

func (b Best) of() []Technique {
	if b.Of == nil {
		return []Technique{IBP{}, FastLin{}, CROWN{}}
	}
	return b.Of
}

func init() { graphs[technique.BestOf] = Best{} }

// Name implements Technique.
func (b Best) Name() string {
	if b.Of == nil {
		return technique.BestOf.String()
	}
	var names []string
	for _, t := range b.of() {
		names = append(names, t.Name())
	}
	return "best of " + strings.Join(names, ", ")
}

// works implements works: every technique, and its margins a second time on the shared bounds.
func (b Best) works(m model) []Work {
	var all []Work
	for _, t := range b.of() {
		w, ok := t.(works)
		if !ok {
			continue
		}
		for _, one := range w.works(m) {
			one.What, one.relu = t.Name()+": "+one.What, -1
			all = append(all, one)
		}
		all = append(all, m.margins())
	}
	for i := range all {
		all[i].Pieces = 1
	}
	return all
}

// Layers implements Technique.
func (b Best) Layers(p *Problem) []Interval {
	if p.Intermediate != nil {
		return p.Intermediate
	}
	var tightest []Interval
	for _, t := range b.of() {
		tightest = intersect(tightest, t.Layers(p))
	}
	return tightest
}

// Bound implements Technique. The result has no trace: different rows may come from different techniques.
func (b Best) Bound(p *Problem) *Result {
	shared := *p
	shared.Intermediate = b.Layers(p)
	var margins *Node
	for _, t := range b.of() {
		margins = larger(margins, t.Bound(&shared).Margins)
		if p.Intermediate == nil {
			margins = larger(margins, t.Bound(p).Margins) // tighter l, u do not always give a tighter bound
		}
	}
	return &Result{Margins: margins, Layers: shared.Intermediate}
}

// intersect takes the larger l and the smaller u of each neuron; a nil counts as no bounds.
func intersect(a, b []Interval) []Interval {
	if a == nil {
		return b
	}
	out := make([]Interval, len(a))
	for k := range a {
		out[k] = Interval{Max(a[k].Lower, b[k].Lower), Min(a[k].Upper, b[k].Upper)}
	}
	return out
}

func larger(a, b *Node) *Node {
	if a == nil {
		return b
	}
	return Max(a, b)
}
