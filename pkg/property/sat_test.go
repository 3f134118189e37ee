package property

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"tightrope/pkg/internal/onnxgen"
	"tightrope/pkg/verify/cert"
)

func jsonOf(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPoints: a point that meets a case is confirmed, its slack is that of the graph's outputs; points outside the box,
// that meet no case or are no points are refused.
func TestPoints(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	confirmed := 0
	for range 200 {
		p := draw(t, r, onnxgen.Options{}, 1)
		for _, x := range points(r, &p.Groups[0], 20) {
			proof := &Proof{Schema: Schema, Answer: Sat, Network: p.NetworkHash, Property: p.PropertyHash,
				Point: p.Outer(x)}
			report, err := Check(t.Context(), p, proof, Options{})
			if (err == nil) != meets(p, &p.Groups[0], x) && err == nil {
				t.Fatalf("%v is confirmed with slack %v", x, report.Replay.Slack)
			}
			if err != nil {
				continue
			}
			confirmed++
			for k := range proof.Point {
				for _, bad := range []float64{p.Groups[0].Exact.Upper[k] + 1, math.NaN(), math.Inf(1)} {
					wrong := *proof
					wrong.Point = append(cert.Floats(nil), proof.Point...)
					wrong.Point[k] = bad
					if _, err := Check(t.Context(), p, &wrong, Options{}); !errors.Is(err, cert.ErrRefused) {
						t.Fatalf("input %d is %v: %v", k, bad, err)
					}
				}
			}
			short := *proof
			short.Point = proof.Point[1:]
			if _, err := Check(t.Context(), p, &short, Options{}); !errors.Is(err, cert.ErrRefused) {
				t.Fatal("a short point is accepted")
			}
		}
	}
	if confirmed < 100 {
		t.Errorf("only %d points are confirmed", confirmed)
	}
}

// TestSlack: a point whose slack does not exceed what the precisions differ by is refused.
func TestSlack(t *testing.T) {
	for _, c := range []struct {
		slack, difference float64
		good              bool
	}{{0, 0, true}, {1e-6, 4e-7, true}, {1e-6, 6e-7, false}, {-1e-9, 0, false}, {math.NaN(), 0, false}, {1, math.NaN(),
		false}} {
		if err := (&Replay{Slack: c.slack, Difference: c.difference}).Err(); (err == nil) != c.good {
			t.Errorf("slack %v, difference %v: %v", c.slack, c.difference, err)
		}
	}
}
