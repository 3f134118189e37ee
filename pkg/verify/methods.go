package verify

import (
	"context"
	"math"

	"tightrope/pkg/technique"
	"tightrope/pkg/verify/bab"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/genbab"
)

// ruled is a technique whose certificates need nothing but rules: of the relus' inputs, and of the margins.
type ruled struct {
	layers  []cert.Rule
	margins cert.Rule
}

// ruledBy are the rules of those techniques.
var ruledBy = func() map[technique.ID]ruled {
	all := map[technique.ID]ruled{}
	for _, row := range technique.All() {
		if row.Rules.Margins == "" {
			continue
		}
		r := ruled{margins: rule(row.Rules.Margins)}
		for _, name := range row.Rules.Layers {
			r.layers = append(r.layers, rule(name))
		}
		all[row.ID] = r
	}
	return all
}()

// rule is the certificates' rule of a name in the table of techniques.
func rule(name string) (r cert.Rule) {
	if err := r.UnmarshalText([]byte(name)); err != nil {
		panic(err)
	}
	return r
}

// proof says that the rules prove every margin.
func (r ruled) proof(s *subject) *cert.Certificate {
	return cert.ByRule(s.plain, s.ball, s.x, s.label, "", r.layers, r.margins)
}

// bound computes the margins' bounds.
func (r ruled) bound(ctx context.Context, s *subject) (finding, error) {
	checker, err := s.theChecker()
	if err != nil {
		return finding{}, err
	}
	margins, err := checker.Margins(ctx, r.margins, s.label, r.layers...)
	if err != nil {
		return finding{}, err
	}
	least := math.Inf(1)
	for t, m := range margins {
		if t != s.label {
			least = min(least, m)
		}
	}
	f := finding{margin: finite(least)}
	if least > 0 {
		f.proof = r.proof(s)
	}
	return f, nil
}

// best proves margins by the rules that searches begin from, each by the one that bounds it best.
func best(ctx context.Context, s *subject) (finding, error) {
	root, err := s.root(ctx, bab.Rules...)
	if err != nil {
		return finding{}, err
	}
	proof := cert.New(s.plain, s.ball, s.x, s.label, cert.Certified, "")
	proof.Rules = bab.Rules
	for t := range s.plain.Classes() {
		if t == s.label {
			continue
		}
		lower, rule := root.ByRule(t)
		if !(lower > 0) {
			return finding{}, nil
		}
		proof.Margins = append(proof.Margins, cert.MarginProof{Class: t, Rule: rule})
	}
	return finding{proof: proof}, nil
}

// slopes is alpha-CROWN on CROWN's bounds: a number of steps on each margin, regardless of its sign.
func slopes(steps int) method {
	return func(ctx context.Context, s *subject) (finding, error) {
		root, err := s.root(ctx, cert.CROWN)
		if err != nil {
			return finding{}, err
		}
		lower, proof, err := bab.Alpha(ctx, root, steps)
		if err != nil {
			return finding{}, err
		}
		least := math.Inf(1)
		for t, m := range lower {
			if t != s.label {
				least = min(least, m)
			}
		}
		f := finding{margin: finite(least)}
		if least > 0 {
			f.proof = proof
		}
		return f, nil
	}
}

// searched asks the subject's search for proofs or a counter-example.
func searched(ask func(*bab.Search, context.Context) *bab.Result, o bab.Options) method {
	return func(ctx context.Context, s *subject) (finding, error) {
		if s.search == nil {
			root, err := s.root(ctx, bab.Rules...)
			if err != nil {
				return finding{}, err
			}
			s.search = bab.NewSearch(root, o)
		}
		r := ask(s.search, ctx)
		class := r.Class
		return finding{proof: r.Certificate, class: &class, nodes: r.Nodes, unfinished: r.Certificate == nil,
			tooLarge: r.TooLarge}, nil
	}
}

// alpha optimises slopes on the margins that rules leave, until each is proved. It begins a search that [branch]
// continues.
func alpha(o bab.Options) method { return searched((*bab.Search).Alpha, o) }

// branch decides by branch and bound: on the phases of relus, and on the intervals of neurons where the network has
// other activations.
func branch(o bab.Options) method {
	phases := searched((*bab.Search).Branch, o)
	return func(ctx context.Context, s *subject) (finding, error) {
		if len(s.plain.Smooth()) > 0 {
			return intervals(ctx, s, genbab.Options{Nodes: o.Nodes, Workers: o.Workers})
		}
		return phases(ctx, s)
	}
}

// intervals decides by branch and bound on the intervals of neurons.
func intervals(ctx context.Context, s *subject, o genbab.Options) (finding, error) {
	root, err := s.root(ctx, bab.Rules...)
	if err != nil {
		return finding{}, err
	}
	r, err := genbab.Solve(ctx, root, o)
	if err != nil {
		return finding{}, err
	}
	return finding{proof: r.Certificate, class: &r.Class, nodes: r.Nodes, unfinished: r.Certificate == nil,
		tooLarge: r.TooLarge}, nil
}

// least finds the least margin itself by branch and bound; start is an input of a low margin, or nil.
func least(start []float64) method {
	return func(ctx context.Context, s *subject) (finding, error) {
		root, err := s.root(ctx, bab.Rules...)
		if err != nil {
			return finding{}, err
		}
		m := bab.Least(ctx, root, bab.Options{Start: start})
		f := finding{proof: m.Certificate, nodes: m.Nodes, unfinished: !m.Finished, tooLarge: m.TooLarge}
		if f.margin = finite(m.Lower); m.Finished {
			f.margin, f.gap = finite(m.Upper), m.Gap
		}
		return f, nil
	}
}
