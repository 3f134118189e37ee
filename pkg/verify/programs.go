package verify

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"tightrope/pkg/verify/bab"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/exact"
	"tightrope/pkg/verify/highs"
	"tightrope/pkg/verify/outcome"
)

// programs are the linear and integer programs of a subject on bounds by some rules, and what they have found.
type programs struct {
	*subject
	root      *bab.Root
	units     []cert.Unit // unstable by the rules, for all multipliers
	around    *exact.Ball
	bounds    *cert.Bounds     // the tightest so far
	tighter   []cert.UnitProof // of those
	tightened bool
	failed    bool                     // to tighten some
	proved    map[int]cert.MarginProof // by class
	lower     map[int]float64          // the last programs' bounds, by class
	starts    map[int][]float64        // inputs of low margins, by class
}

// program is a method on programs.
type program func(p *programs, ctx context.Context) (finding, error)

// onBounds asks programs on bounds by rules.
func onBounds(f program, rules ...cert.Rule) method {
	return func(ctx context.Context, s *subject) (finding, error) {
		p, err := s.programsOn(ctx, rules)
		if err != nil {
			return finding{}, err
		}
		return f(p, ctx)
	}
}

// programsOn prepares programs, once. What the rules prove of the margins is proved.
func (s *subject) programsOn(ctx context.Context, rules []cert.Rule) (*programs, error) {
	name := fmt.Sprint(rules)
	if p := s.programs[name]; p != nil {
		return p, nil
	}
	around, err := exact.BallOf(s.ball, s.x)
	if err != nil {
		return nil, err
	}
	root, err := s.root(ctx, rules...)
	if err != nil {
		return nil, err
	}
	p := &programs{subject: s, root: root, units: root.Bounds.UnstableUnits(), around: around, bounds: root.Bounds,
		proved: map[int]cert.MarginProof{}, lower: map[int]float64{}, starts: map[int][]float64{}}
	for t := range s.plain.Classes() {
		if t == s.label {
			continue
		}
		if m, rule := root.ByRule(t); m > 0 {
			p.proved[t] = cert.MarginProof{Class: t, Rule: rule}
		}
	}
	s.programs[name] = p
	return p, nil
}

// all are the classes but the label.
func (p *programs) all() (classes []int) {
	for t := range p.plain.Classes() {
		if t != p.label {
			classes = append(classes, t)
		}
	}
	return classes
}

// open are the classes whose margin is not proved.
func (p *programs) open() []int {
	return slices.DeleteFunc(p.all(), func(t int) bool { _, ok := p.proved[t]; return ok })
}

// margin is e_label - e_t.
func (p *programs) margin(t int) []float64 {
	row := make([]float64, p.plain.Classes())
	row[p.label], row[t] = 1, -1
	return row
}

// wanted are the classes to ask for: all, or where only signs are asked those that are not proved.
func (p *programs) wanted() []int {
	if p.signs {
		return p.open()
	}
	return p.all()
}

// lpAll tightens the bounds of every unstable neuron by programs, once, and then bounds the margins.
func (p *programs) lpAll(ctx context.Context) (finding, error) {
	if !p.tightened {
		first := p.plain.LinearRelus() // bounds before are exact
		tight, err := exact.TightenLP(ctx, p.exact(), p.around, p.bounds, first, p.options())
		if err != nil {
			return finding{}, err
		}
		p.bounds, p.tighter, p.tightened, p.failed = tight.Bounds, tight.Proofs, true, tight.Failed > 0
	}
	f, err := p.lp(ctx)
	f.unfinished = f.unfinished || p.failed
	return f, err
}

func (p *programs) options() exact.LPOptions {
	return exact.LPOptions{TimeLimit: p.limit, Multipliers: p.units}
}

// lp bounds the margins by triangle programs on the tightest bounds so far.
func (p *programs) lp(ctx context.Context) (finding, error) {
	var rows [][]float64
	classes := p.wanted()
	for _, t := range classes {
		rows = append(rows, p.margin(t))
	}
	found, err := exact.LastLayerLP(ctx, p.exact(), p.around, p.bounds, rows, p.options())
	if err != nil {
		return finding{}, err
	}
	f, least := finding{}, math.Inf(1)
	for i, t := range classes {
		b := &found[i]
		f.unfinished = f.unfinished || b.Status != highs.Optimal
		p.lower[t], least = b.Safe, min(least, b.Safe)
		if b.X != nil {
			p.starts[t] = b.X
			f.proof = cmp.Or(f.proof, p.falsified(b.X))
		}
		if b.Safe > 0 {
			p.proved[t] = cert.MarginProof{Class: t,
				Tree: &cert.Tree{Splits: []int{cert.Leaf}, Multipliers: b.Multipliers}}
		}
	}
	if len(classes) == p.plain.Classes()-1 {
		f.margin = finite(least)
	}
	p.conclude(&f)
	return f, nil
}

// conclude adds the proof of all margins, or a class that is left.
func (p *programs) conclude(f *finding) {
	if f.proof != nil {
		return
	}
	if open := p.open(); len(open) > 0 {
		f.class = &open[0]
		return
	}
	f.proof = cert.New(p.plain, p.ball, p.x, p.label, cert.Certified, "")
	f.proof.Rules, f.proof.Units, f.proof.Tighter = p.root.Rules, p.units, p.tighter
	for _, t := range p.all() {
		f.proof.Margins = append(f.proof.Margins, p.proved[t])
	}
}

// milp finds the least margin by mixed-integer programs, or where only signs are asked decides the margins that are not
// proved. They prove nothing: a robust image is unchecked.
func (p *programs) milp(ctx context.Context) (finding, error) {
	classes := p.wanted()
	if len(classes) == 0 { // every margin is proved
		f := finding{}
		p.conclude(&f)
		return f, nil
	}
	f, least := finding{verdict: outcome.Unchecked}, math.Inf(1)
	slices.SortStableFunc(classes, func(s, t int) int { return cmp.Compare(p.lower[s], p.lower[t]) })
	for _, t := range classes {
		r, err := exact.MILP(ctx, p.exact(), p.around, p.bounds, p.margin(t),
			exact.MILPOptions{TimeLimit: p.timeLeft(ctx), DecideOnly: p.signs, Start: p.starts[t]})
		if err != nil {
			return finding{}, err
		}
		least = min(least, r.DualBound)
		f.unfinished = f.unfinished || r.Status != highs.Optimal && r.Status != highs.CutOff
		if r.X != nil {
			f.proof = cmp.Or(f.proof, p.falsified(r.X))
		}
		if !r.Positive() {
			f.verdict, f.class = "", &t
		}
		if p.signs && f.verdict == "" {
			return f, nil
		}
	}
	if !p.signs {
		f.margin = finite(least)
	}
	return f, nil
}

// timeLeft is the limit of a program: its own, or what the context leaves.
func (p *programs) timeLeft(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return p.limit
	}
	left := max(time.Until(deadline), time.Millisecond)
	if p.limit > 0 {
		left = min(left, p.limit)
	}
	return left
}
