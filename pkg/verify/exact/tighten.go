package exact

import (
	"context"
	"slices"

	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/highs"
)

// Tightened is the outcome of TightenLP.
type Tightened struct {
	Bounds *cert.Bounds
	Proofs []cert.UnitProof // of the bounds that improved, where multipliers are asked for
	Failed int              // programs without an optimum: their units keep the bounds they had
}

// TightenLP solves two triangle programs for every unstable unit from relu number first on, layer by layer, each layer
// on the tightened bounds of those before ("LP-all", Salman et al. 2019). New bounds are Safe values, intersected with
// the given ones; a program without an optimum changes nothing. Stable units are left: a relu that is known to be
// active or inactive is exact already. A cancelled context gives ctx.Err and the bounds as far as they were tightened,
// which are valid. The given bounds are not changed.
func TightenLP(ctx context.Context, n *Net, ball *Ball, bounds *cert.Bounds, first int, o LPOptions) (
	*Tightened, error) {
	if err := checkAll(n, ball, bounds); err != nil {
		return nil, err
	}
	t := &Tightened{Bounds: clone(bounds)}
	for layer := first; layer < len(bounds.Lower); layer++ {
		if err := t.tightenLayer(ctx, n, ball, layer, o); err != nil {
			return t, err
		}
	}
	return t, nil
}

// tightenLayer solves for one layer on the bounds of those before. It takes the improved bounds, except a pair that
// rounding has put out of order.
func (t *Tightened) tightenLayer(ctx context.Context, n *Net, ball *Ball, layer int, o LPOptions) error {
	all := sides(t.Bounds, layer)
	if len(all) == 0 {
		return nil
	}
	target := n.before(layer)
	p := encode(n, ball, t.Bounds, target, false)
	lower, upper := slices.Clone(t.Bounds.Lower[layer]), slices.Clone(t.Bounds.Upper[layer])
	err := p.solveAll(ctx, len(all), func(s *highs.Solver, i int) error {
		side := all[i]
		r, err := p.solveLP(ctx, s, target, side.coefficients(n.ops[target].Size), o)
		if err != nil {
			return err
		}
		if t.note(r, side, lower, upper) && o.Multipliers != nil {
			t.Proofs = append(t.Proofs, cert.UnitProof{Unit: cert.Unit{Relu: layer, Unit: side.unit}, Upper: side.upper,
				Multipliers: p.multipliers(o.Multipliers, r.RowDual, r.scale)})
		}
		return nil
	})
	for j := range lower {
		if lower[j] <= upper[j] {
			t.Bounds.Lower[layer][j], t.Bounds.Upper[layer][j] = lower[j], upper[j]
		}
	}
	return err
}

// side is one bound of one unit.
type side struct {
	unit  int
	upper bool
}

// sides lists the bounds to solve for.
func sides(b *cert.Bounds, layer int) (all []side) {
	for j := range b.Lower[layer] {
		if b.Unstable(layer, j) {
			all = append(all, side{j, false}, side{j, true})
		}
	}
	return all
}

// coefficients of the objective: z for a lower bound, -z for an upper one.
func (s side) coefficients(size int) []float64 {
	c := make([]float64, size)
	c[s.unit] = 1
	if s.upper {
		c[s.unit] = -1
	}
	return c
}

// note takes over one solved program and reports whether it improves a bound.
func (t *Tightened) note(r *solved, s side, lower, upper []float64) bool {
	switch {
	case r.Status != highs.Optimal:
		t.Failed++
		return false
	case s.upper && -r.safe < upper[s.unit]:
		upper[s.unit] = -r.safe
		return true
	case !s.upper && r.safe > lower[s.unit]:
		lower[s.unit] = r.safe
		return true
	}
	return false
}
