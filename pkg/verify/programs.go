package verify

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/exact"
	"tightrope/pkg/verify/highs"
	"tightrope/pkg/verify/outcome"
)

// exactNet is the network in the form of the linear programs, made when the first one is wanted.
type exactNet struct {
	once  sync.Once
	plain *cert.Network
	net   *exact.Net
}

func newExactNet(n *cert.Network) *exactNet { return &exactNet{plain: n} }

func (e *exactNet) get() *exact.Net {
	e.once.Do(func() { e.net = exact.NewNet(e.plain.Ops()) })
	return e.net
}

// marginRows are e_label - e_t for the other classes t, and these classes.
func marginRows(label, classes int) (rows [][]float64, of []int) {
	for t := range classes {
		if t != label {
			row := make([]float64, classes)
			row[label], row[t] = 1, -1
			rows, of = append(rows, row), append(of, t)
		}
	}
	return rows, of
}

// solverState is what the programs know of an image.
type solverState struct {
	impossible bool // no programs for this ball or for numbers of this size, or no HiGHS
	net        *exact.Net
	ball       *exact.Ball
	bounds     exact.Bounds
	cheap      *cert.Bounds
	proofs     []cert.UnitProof
	starts     map[int][]float64 // class -> input of a low margin
	open       []int             // classes without a positive bound; nil: all
}

// programRules are the rules of the bounds that programs start from.
var programRules = []cert.Rule{cert.FastLin, cert.CROWN}

// programs prepares an image for its programs.
func (m *image) programs(ctx context.Context) (*solverState, error) {
	s := &m.solve
	if s.net != nil || s.impossible {
		return s, nil
	}
	b, err := exact.BallOf(m.Ball, m.x)
	if err != nil || highs.Load() != nil {
		s.impossible = true
		return s, nil
	}
	r, err := cert.NewRegion(m.plain, m.Ball, m.x)
	if err != nil {
		return nil, err
	}
	if s.cheap, err = r.Bounds(ctx, programRules...); err != nil {
		return s, err
	}
	bounds := exact.BoundsOf(s.cheap)
	if bounds.TooLarge() {
		s.impossible = true
		return s, nil
	}
	s.net, s.ball, s.bounds, s.starts = m.exact.get(), b, bounds, map[int][]float64{}
	return s, nil
}

// lp solves the triangle program on the cheap bounds.
func (m *image) lp(ctx context.Context) (bool, error) {
	s, err := m.programs(ctx)
	if err != nil || s.impossible {
		return false, unfinished(ctx, err)
	}
	return m.margins(ctx)
}

// lpAll tightens the bounds of every unstable unit by programs first.
func (m *image) lpAll(ctx context.Context) (bool, error) {
	s, err := m.programs(ctx)
	if err != nil || s.impossible {
		return false, unfinished(ctx, err)
	}
	tight, err := exact.TightenLP(ctx, s.net, s.ball, s.bounds, exact.TightenOptions{LPOptions: exact.LPOptions{Workers: 1, KeepMultipliers: true}})
	if err != nil {
		return false, unfinished(ctx, err)
	}
	units := s.cheap.UnstableUnits()
	for _, p := range tight.Proofs {
		s.proofs = append(s.proofs, cert.UnitProof{Unit: cert.Unit{Relu: p.Layer, Unit: p.Unit}, Upper: p.Upper, Multipliers: multipliers(units, p.Multipliers)})
	}
	s.bounds = tight.Bounds
	return m.margins(ctx)
}

// unfinished hides the error of a stage that ran out of time.
func unfinished(ctx context.Context, err error) error {
	if ctx.Err() != nil && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) {
		return nil
	}
	return err
}

// multipliers picks the units' multipliers out of a program's, [relus][units].
func multipliers(units []cert.Unit, all [][]float64) cert.Floats {
	nu := make(cert.Floats, len(units))
	for i, u := range units {
		nu[i] = all[u.Relu][u.Unit]
	}
	return nu
}

// margins solves the program of every margin and turns the multipliers into a certificate.
func (m *image) margins(ctx context.Context) (bool, error) {
	s := &m.solve
	rows, classes := marginRows(m.Label, m.plain.Classes())
	found, err := exact.LastLayerLP(ctx, s.net, s.ball, s.bounds, rows, exact.LPOptions{Workers: 1, KeepMultipliers: true})
	if err != nil {
		return false, unfinished(ctx, err)
	}
	proof := cert.New(m.plain, m.Ball, m.x, m.Label, cert.Certified, "")
	proof.Rules, proof.Units, proof.Tighter = programRules, s.cheap.UnstableUnits(), s.proofs
	s.open = []int{}
	for i := range found {
		b := &found[i]
		if b.X != nil {
			s.starts[classes[i]] = b.X
			if done, err := m.falsify(m.whole, m.now(), b.X); done || err != nil {
				return done, err
			}
		}
		if b.Verdict() != exact.Certified {
			s.open = append(s.open, classes[i])
			continue
		}
		tree := &cert.Tree{Splits: []int{cert.Leaf}, Multipliers: multipliers(proof.Units, b.Multipliers)}
		proof.Margins = append(proof.Margins, cert.MarginProof{Class: classes[i], Tree: tree})
	}
	if len(s.open) > 0 {
		m.Class = &s.open[0]
		return false, nil
	}
	return m.accept(proof)
}

// milp decides the margins that are left exactly; a robust verdict has no proof and is recorded as unchecked.
func (m *image) milp(ctx context.Context) (bool, error) {
	s, err := m.programs(ctx)
	if err != nil || s.impossible {
		return false, unfinished(ctx, err)
	}
	rows, classes := marginRows(m.Label, m.plain.Classes())
	for i, row := range rows {
		if s.open != nil && !slices.Contains(s.open, classes[i]) {
			continue
		}
		deadline, _ := ctx.Deadline()
		left := time.Until(deadline)
		if left <= 0 {
			return false, nil
		}
		r, err := exact.MILP(ctx, s.net, s.ball, s.bounds, row, exact.MILPOptions{TimeLimit: left, DecideOnly: true, Start: s.starts[classes[i]]})
		if err != nil {
			return false, unfinished(ctx, err)
		}
		if r.X != nil {
			if done, err := m.falsify(m.whole, m.now(), r.X); done || err != nil {
				return done, err
			}
		}
		if r.Verdict() != exact.Certified {
			m.Class = &classes[i]
			return false, nil
		}
	}
	d := m.now()
	d.Verdict = outcome.Unchecked
	return true, m.decided(&d, nil)
}
