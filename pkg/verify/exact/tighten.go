package exact

import (
	"context"

	"tightrope/pkg/verify/highs"
)

// TightenOptions of TightenLP. Zero values are the defaults.
type TightenOptions struct {
	LPOptions
	// FirstLayer is the first relu, in the order of Bounds, that is worked on.
	FirstLayer int
}

// UnitProof tells how one bound of a unit was found: DualBound of z (or of -z for an upper bound) with these
// multipliers, on the bounds of the layers before, gives it again.
type UnitProof struct {
	Layer, Unit int
	Upper       bool
	Multipliers [][]float64 // [relus][units]
}

// Tightened is the outcome of TightenLP.
type Tightened struct {
	Bounds Bounds
	Proofs []UnitProof // with KeepMultipliers, for the bounds that improved
	// Solves counts the programs, Failed those without an optimum (their units keep the bounds they had).
	Solves, Failed int
}

// TightenLP solves two triangle programs for every unstable unit, layer by layer, each layer on the tightened bounds of
// those before ("LP-all", Salman et al. 2019). New bounds are Safe values, intersected with the given ones; a program
// without an optimum changes nothing. Stable units are left: a relu that is known to be active or inactive is exact
// already. A cancelled context gives ctx.Err and the bounds as far as they were tightened, which are valid. The given
// bounds are not changed.
func TightenLP(ctx context.Context, n *Net, ball *Ball, bounds Bounds, o TightenOptions) (*Tightened, error) {
	if err := checkAll(n, ball, bounds); err != nil {
		return nil, err
	}
	t := &Tightened{Bounds: bounds.Clone()}
	for layer := max(o.FirstLayer, 0); layer < len(bounds); layer++ {
		if err := t.tightenLayer(ctx, n, ball, layer, o); err != nil {
			return t, err
		}
	}
	return t, nil
}

// side is one bound of one unit.
type side struct {
	unit  int
	upper bool
}

// tightenLayer solves for one layer on the bounds of those before.
func (t *Tightened) tightenLayer(ctx context.Context, n *Net, ball *Ball, layer int, o TightenOptions) error {
	current := &t.Bounds[layer]
	sides := current.sides()
	if len(sides) == 0 {
		return nil
	}
	target := n.before(layer)
	p := encode(n, ball, t.Bounds, target, false)
	improved := Bounds{*current}.Clone()[0]
	err := p.solveAll(ctx, len(sides), func(s *highs.Solver, i int) error {
		r, err := p.solveLP(ctx, s, target, sides[i].coefficients(n.ops[target].Size), o.LPOptions)
		if err != nil {
			return err
		}
		t.note(&improved, layer, sides[i], p, r, o.KeepMultipliers)
		return nil
	})
	current.adopt(&improved)
	return err
}

// sides lists the bounds to solve for.
func (l *Layer) sides() []side {
	var sides []side
	for j := range l.Lower {
		if l.Unstable(j) {
			sides = append(sides, side{j, false}, side{j, true})
		}
	}
	return sides
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

// note takes over one solved program.
func (t *Tightened) note(improved *Layer, layer int, s side, p *program, r *solved, keep bool) {
	t.Solves++
	if r.Status != highs.Optimal {
		t.Failed++
		return
	}
	safe := r.safe
	switch {
	case s.upper && -safe < improved.Upper[s.unit]:
		improved.Upper[s.unit] = -safe
	case !s.upper && safe > improved.Lower[s.unit]:
		improved.Lower[s.unit] = safe
	default:
		return
	}
	if keep {
		t.Proofs = append(t.Proofs, UnitProof{layer, s.unit, s.upper, p.multipliers(t.Bounds, r.RowDual, r.scale)})
	}
}

// adopt takes the improved bounds, except a pair that rounding has put out of order.
func (l *Layer) adopt(improved *Layer) {
	for j := range l.Lower {
		if improved.Lower[j] <= improved.Upper[j] {
			l.Lower[j], l.Upper[j] = improved.Lower[j], improved.Upper[j]
		}
	}
}
