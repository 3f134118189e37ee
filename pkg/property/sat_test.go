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
			if err == nil && !meetsBy(p, &p.Groups[0], x, -1e-9) {
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
			both := *proof
			both.Parts = []Part{{Tree: &Tree{}}}
			if _, err := Check(t.Context(), p, &both, Options{}); !errors.Is(err, cert.ErrRefused) {
				t.Fatal("a point with parts is accepted")
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

// TestFalsifiedCertificate: a certificate that rightly says that a margin is negative refutes no case.
func TestFalsifiedCertificate(t *testing.T) {
	r, tried := rand.New(rand.NewPCG(9, 9)), 0
	for range 300 {
		p := draw(t, r, onnxgen.Options{}, 1)
		g := &p.Groups[0]
		n := Neurons{}
		for i, c := range g.Cases {
			one := make(cert.Floats, len(c.Rows))
			one[0] = 1
			n.Cases, n.Lambda = append(n.Cases, i), append(n.Lambda, one)
		}
		net, err := p.Margins(g, &n)
		if err != nil {
			t.Fatal(err)
		}
		b, x := g.Ball()
		n.Certificate = cert.New(net, b, x, 0, cert.Falsified, "")
		n.Certificate.Point, n.Certificate.Class = x, 1
		if _, err := cert.Check(t.Context(), net, n.Certificate); err != nil {
			continue
		}
		tried++
		proof := &Proof{Schema: Schema, Answer: Unsat, Network: p.NetworkHash, Property: p.PropertyHash,
			Parts: []Part{{Neurons: []Neurons{n}}}}
		for range len(p.Groups) - 1 {
			proof.Parts = append(proof.Parts, proof.Parts[0])
		}
		if _, err := Check(t.Context(), p, proof, Options{}); !errors.Is(err, cert.ErrRefused) {
			t.Fatalf("a falsified margin refutes a case: %v", err)
		}
	}
	if tried < 20 {
		t.Errorf("only %d falsified margins", tried)
	}
}
