package exact

import (
	"context"
	"errors"
	"testing"

	"tightrope/pkg/verify/cert"
	"tightrope/pkg/verify/highs"
)

// lastLayer solves and checks what must hold of every solved program.
func lastLayer(t *testing.T, n *Net, ball *Ball, bounds *cert.Bounds, rows [][]float64) []LPBound {
	t.Helper()
	found, err := LastLayerLP(context.Background(), n, ball, bounds, rows, LPOptions{Multipliers: everyUnit(n)})
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range found {
		if b.Status != highs.Optimal {
			t.Fatalf("margin %d: %v", i, b.Status)
		}
		atMost(t, "Safe <= Value", b.Safe, b.Value+1e-9)
		near(t, "Safe = Value", b.Safe, b.Value, 1e-7)
		atMost(t, "Value <= margin at X", b.Value, b.Margin)
		if !ball.Contains(b.X, 1e-12) {
			t.Errorf("margin %d: X lies outside the ball", i)
		}
		again, err := DualBound(n, ball, bounds, n.output(), rows[i], b.Multipliers)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "DualBound with the multipliers", again, b.Value, 1e-7)
	}
	return found
}

func TestLastLayerLPReference(t *testing.T) {
	need(t)
	each(t, func(t *testing.T, n *Net, c *refCase) {
		if c.Norm == "2" {
			_, err := LastLayerLP(context.Background(), n, c.ball(), c.Results.FastLin.bounds(), c.rows(), LPOptions{})
			if !errors.Is(err, ErrL2) {
				t.Errorf("l_2: %v", err)
			}
			return
		}
		for _, r := range []struct {
			name         string
			bounds, want *refMethod
		}{{"fastlin", &c.Results.FastLin, c.Results.LPFastLin}, {"crown", &c.Results.Crown, c.Results.LPCrown}} {
			for i, b := range lastLayer(t, n, c.ball(), r.bounds.bounds(), c.rows()) {
				near(t, r.name+" LP", b.Value, r.want.Margins[i], 1e-6)
				atMost(t, r.name+" <= LP", r.bounds.Margins[i], b.Value)
			}
		}
	})
}
