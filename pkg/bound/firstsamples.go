package bound

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// FirstSamples restricts a problem and its result to the first n samples, for measurements that are too expensive for
// the whole batch.
func FirstSamples(p *Problem, r *Result, n int) (*Problem, *Result) {
	first := func(x *Node) *Node {
		if x == nil || x.Shape().Dimensions[0] <= n {
			return x
		}
		return Slice(x, AxisRange(0, n))
	}
	intervals := func(all []Interval) (out []Interval) {
		for _, i := range all {
			out = append(out, Interval{first(i.Lower), first(i.Upper)})
		}
		return out
	}
	q, s := *p, *r
	q.Region, q.Spec, q.Intermediate = p.Region.Map(first), first(p.Spec), intervals(p.Intermediate)
	s.Margins, s.Layers = first(r.Margins), intervals(r.Layers)
	if r.Trace != nil {
		s.Trace = &Trace{Input: first(r.Trace.Input), region: q.Region}
		for _, c := range r.Trace.Relus {
			s.Trace.Relus = append(s.Trace.Relus, Choice{first(c.H), first(c.Slope), first(c.Intercept)})
		}
	}
	return &q, &s
}
