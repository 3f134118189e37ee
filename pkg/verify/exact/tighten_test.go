package exact

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"
)

// tighten starts from Fast-Lin's bounds.
func tighten(t *testing.T, n *Net, c *refCase, o LPOptions) *Tightened {
	t.Helper()
	found, err := TightenLP(context.Background(), n, c.ball(), c.Results.FastLin.bounds(), 0, o)
	if err != nil || found.Failed != 0 {
		t.Fatal(found, err)
	}
	return found
}

func TestTightenLPReference(t *testing.T) {
	need(t)
	each(t, func(t *testing.T, n *Net, c *refCase) {
		if c.Norm == "2" || (testing.Short() && n.Inputs() > 50) {
			return
		}
		found := tighten(t, n, c, LPOptions{})
		want, given := c.Results.LPAll.bounds(), c.Results.FastLin.bounds()
		for k := range want.Lower {
			for j := range want.Lower[k] {
				if !given.Unstable(k, j) {
					continue // its relu is exact already
				}
				near(t, "l", found.Bounds.Lower[k][j], want.Lower[k][j], 1e-6)
				near(t, "u", found.Bounds.Upper[k][j], want.Upper[k][j], 1e-6)
			}
		}
		rows := c.rows()
		for i, b := range lastLayer(t, n, c.ball(), found.Bounds, rows) {
			near(t, "LP-all", b.Value, c.Results.LPAll.Margins[i], 1e-6)
			atMost(t, "LP on Fast-Lin's bounds <= LP-all", c.Results.LPFastLin.Margins[i], b.Value)
			atMost(t, "LP on CROWN's bounds <= LP-all", c.Results.LPCrown.Margins[i], b.Value)
			atMost(t, "CROWN-IBP <= LP-all", c.Results.CrownIBP.Margins[i], b.Value)
			atMost(t, "IBP <= LP-all", c.Results.IBP.Margins[i], b.Value)
			atMost(t, "joint alpha-CROWN <= LP-all", c.Results.Joint.Margins[i], b.Value)
		}
	})
}

// TestUnitProofs recomputes every tightened bound from its multipliers, through the
// network, on the final bounds of the layers before.
func TestUnitProofs(t *testing.T) {
	need(t)
	proofs := 0
	each(t, func(t *testing.T, n *Net, c *refCase) {
		if c.Norm == "2" || n.Inputs() > 50 {
			return
		}
		found := tighten(t, n, c, LPOptions{Multipliers: everyUnit(n)})
		for _, proof := range found.Proofs {
			relu, unit := proof.Unit.Relu, proof.Unit.Unit
			node := n.before(relu)
			again, err := DualBound(n, c.ball(), found.Bounds, node,
				side{unit, proof.Upper}.coefficients(n.ops[node].Size), proof.Multipliers)
			if err != nil {
				t.Fatal(err)
			}
			want := found.Bounds.Lower[relu][unit]
			if proof.Upper {
				want = -found.Bounds.Upper[relu][unit]
			}
			near(t, "proof", again, want, 1e-9)
			proofs++
		}
	})
	if proofs < 100 {
		t.Errorf("only %d proofs", proofs)
	}
}

func TestTightenLPCancelled(t *testing.T) {
	need(t)
	for _, file := range references(t) {
		if file.Name != "N3" {
			continue
		}
		n, c := file.build(t), &file.Cases[4]
		given := c.Results.FastLin.bounds()
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		found, err := TightenLP(ctx, n, c.ball(), given, 0, LPOptions{})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		limited, err := TightenLP(context.Background(), n, c.ball(), given, 1, LPOptions{TimeLimit: time.Nanosecond})
		if err != nil || limited.Failed == 0 {
			t.Errorf("a time limit of 1 ns: %+v, %v", limited, err)
		}
		for k := range given.Lower {
			for j := range given.Lower[k] {
				if l := found.Bounds.Lower[k][j]; l < given.Lower[k][j] || l > found.Bounds.Upper[k][j] {
					t.Errorf("relu %d unit %d: lower %v, was %v", k, j, l, given.Lower[k][j])
				}
			}
		}
	}
}

func TestVerdictsOfTroubledSolves(t *testing.T) {
	need(t)
	n, ball, bounds, c := ladder(0.2)
	bounds.Lower[0][0], bounds.Upper[0][0] = 5, 6 // a false bound: no point satisfies it
	found, err := LastLayerLP(context.Background(), n, ball, bounds, [][]float64{c}, LPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if b := found[0]; b.Verdict() != Unknown || !math.IsInf(b.Safe, -1) || b.X != nil {
		t.Errorf("infeasible LP: %+v", b)
	}
	r, err := MILP(context.Background(), n, ball, bounds, c, MILPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict() != Unknown || !math.IsInf(r.DualBound, -1) {
		t.Errorf("infeasible MILP: %+v", r)
	}
}
