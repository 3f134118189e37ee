package prove

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tightrope/pkg/internal/onnxgen"
	"tightrope/pkg/property"
)

// activated is a property about the output of an activation of weight x + bias, 0 <= x <= 1.
func activated(t *testing.T, activation string, weight, bias float32, row string) *property.Problem {
	t.Helper()
	text := fmt.Sprintf("(declare-const X_0 Real)(declare-const Y_0 Real)\n(assert (>= X_0 0))(assert (<= X_0 1))"+
		"(assert (%s))", row)
	return parsed(t, onnxgen.Single(activation, weight, bias), text)
}

// TestSaturated: where floating-point numbers reach a limit that the activation never has, nothing is sat: neither by
// the search nor by a forged proof. Just inside of the limit it is.
func TestSaturated(t *testing.T) {
	for _, c := range []struct{ activation, at, row, inside string }{
		{"Sigmoid", "1", ">= Y_0 1", ">= Y_0 0.999"},
		{"Sigmoid", "-1", "<= Y_0 0", "<= Y_0 0.001"},
		{"Tanh", "1", ">= Y_0 1", ">= Y_0 0.999"},
		{"Tanh", "-1", "<= Y_0 -1", "<= Y_0 -0.999"},
		{"Softplus", "-1", "<= Y_0 0", "<= Y_0 0.001"},
	} {
		for _, scale := range []float32{40, 800, 1e6} {
			if c.at == "-1" {
				scale = -scale
			}
			for weight, bias := range map[float32]float32{0: scale, scale: 0, scale / 2: scale / 2} {
				p := activated(t, c.activation, weight, bias, c.row)
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				r, err := Solve(ctx, p, Options{Workers: 1})
				cancel()
				if err != nil || r.Answer == property.Sat {
					t.Errorf("%s(%g x + %g), %s: %+v, %v", c.activation, weight, bias, c.row, r, err)
				}
				forged := &property.Proof{Schema: property.Schema, Answer: property.Sat, Network: p.NetworkHash,
					Property: p.PropertyHash, Point: []float64{1}}
				if _, err := property.Check(t.Context(), p, forged, property.Options{}); err == nil {
					t.Errorf("%s(%g x + %g), %s: the point 1 is confirmed", c.activation, weight, bias, c.row)
				}
				q := activated(t, c.activation, weight, bias, c.inside)
				if r, err := Solve(t.Context(), q, Options{Workers: 1}); err != nil || r.Answer != property.Sat {
					t.Errorf("%s(%g x + %g), %s: %+v, %v", c.activation, weight, bias, c.inside, r, err)
				}
			}
		}
	}
}
