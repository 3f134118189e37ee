package cert

import (
	"context"
	"errors"
	"fmt"
)

// Report tells what a check found.
type Report struct {
	Lower  []float64 // proven lower bounds of the margins in the order of the certificate (their least leaf's)
	Leaves int       // leaves of all trees
}

// ErrRefused marks a certificate that does not prove its verdict.
var ErrRefused = errors.New("refused")

// Refused is an error that wraps [ErrRefused].
func Refused(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrRefused}, args...)...)
}

// Check confirms a certificate: nil means that it proves its verdict about the network, in exact arithmetic on the
// given weights. All computation is in float64 with every rounding error accounted for. An error that wraps
// [ErrRefused] means that the proof does not hold; any other error, such as the context's, means that it could not be
// checked.
func Check(ctx context.Context, n *Network, c *Certificate) (*Report, error) {
	return CheckWithin(ctx, n, c, Limits{})
}

// CheckWithin is [Check] with other limits.
func CheckWithin(ctx context.Context, n *Network, c *Certificate, limits Limits) (*Report, error) {
	limits = limits.withDefaults()
	if err := c.validate(n, limits); err != nil {
		return nil, err
	}
	if c.Verdict == Falsified {
		return &Report{}, checkFalsified(ctx, n, c)
	}
	return checkCertified(ctx, n, c, limits)
}

func checkCertified(ctx context.Context, n *Network, c *Certificate, limits Limits) (*Report, error) {
	r, err := NewRegion(n, c.Ball, c.Input)
	if err != nil {
		return nil, err
	}
	b, err := r.Bounds(ctx, c.Rules...)
	if err != nil {
		return nil, err
	}
	return (&check{Certificate: c, limits: limits, bounds: newRuled(b, r)}).run(ctx)
}

// run checks a certificate of the right form on its bounds.
func (k *check) run(ctx context.Context) (*Report, error) {
	if err := k.tighten(ctx); err != nil {
		return nil, err
	}
	report := &Report{}
	for i := range k.Margins {
		lower, err := k.margin(ctx, &k.Margins[i])
		if err != nil {
			return nil, err
		}
		report.Lower = append(report.Lower, lower)
	}
	report.Leaves = k.leaves
	return report, nil
}

// check is the check of one certificate.
type check struct {
	*Certificate
	limits       Limits
	bounds       *ruled
	prover       *Prover   // nil until needed
	lower, upper []float64 // of the condensed units
	at           []int     // condensed unit -> index of Certificate.Units, -1: none
	unitOf       []int     // index of Certificate.Units -> condensed unit, -1: stable
	place        map[Unit]int
	leaves       int
}

// condense prepares proofs by multipliers.
func (k *check) condense(ctx context.Context) error {
	if k.prover != nil {
		return nil
	}
	if err := k.memory(); err != nil {
		return err
	}
	c, err := k.bounds.region.Condense(ctx, k.bounds.Bounds, k.Label)
	if err != nil {
		return err
	}
	k.prover = c.NewProver()
	k.lower, k.upper = append([]float64(nil), c.Lower...), append([]float64(nil), c.Upper...)
	k.place = map[Unit]int{}
	k.at, k.unitOf = make([]int, len(c.Units)), make([]int, len(k.Units))
	for i, u := range c.Units {
		k.place[u], k.at[i] = i, -1
	}
	for j, u := range k.Units {
		k.unitOf[j] = -1
		if i, ok := k.place[u]; ok {
			k.at[i], k.unitOf[j] = j, i
		}
	}
	return nil
}

// given is the choice of multipliers that a list holds, where at tells a unit's place in it, -1: none; units without
// one go by CROWN's rule.
func (c *Condensed) given(at []int, nu []float64) Multiplier {
	rule := c.ByRule(CROWN)
	return func(unit int, h, l, u float64) float64 {
		if j := at[unit]; j >= 0 && j < len(nu) {
			return nu[j]
		}
		return rule(unit, h, l, u)
	}
}

// tighten proves further bounds of units.
func (k *check) tighten(ctx context.Context) error {
	for _, p := range k.Tighter {
		if err := k.condense(ctx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		i, ok := k.place[p.Unit]
		if !ok {
			continue // stable already
		}
		bound, err := k.further(ctx, &p, i)
		switch {
		case err != nil:
			return err
		case p.Upper:
			k.upper[i] = min(k.upper[i], -bound)
		default:
			k.lower[i] = max(k.lower[i], bound)
		}
	}
	return nil
}

// further bounds condensed unit i, or its negative where the proof is of an upper bound, from below.
func (k *check) further(ctx context.Context, p *UnitProof, i int) (float64, error) {
	row, sign := &k.prover.Rows[i], 1.0
	if p.Upper {
		sign = -1
	}
	if p.Tree == nil {
		return k.prover.Lower(row, sign, k.lower, k.upper, k.prover.given(k.at, p.Multipliers)), nil
	}
	w := k.newWalk(ctx, p.Tree, row, fmt.Sprintf("a bound of unit %d of relu %d", p.Unit.Unit, p.Unit.Relu))
	w.sign = sign
	if err := w.all(); err != nil {
		return 0, err
	}
	return w.least, nil
}

// margin proves one margin positive and returns its bound.
func (k *check) margin(ctx context.Context, m *MarginProof) (float64, error) {
	if m.Tree == nil {
		lower := k.bounds.byRule(m.Rule, k.Label)[m.Class]
		if !(lower > 0) {
			return lower, Refused("class %d: the %v bound %.3g is not positive", m.Class, m.Rule, lower)
		}
		return lower, nil
	}
	if err := k.condense(ctx); err != nil {
		return 0, err
	}
	w := k.newWalk(ctx, m.Tree, k.prover.Margin(m.Class), fmt.Sprintf("class %d", m.Class))
	w.margin = true
	if err := w.all(); err != nil {
		return 0, err
	}
	return w.least, nil
}
