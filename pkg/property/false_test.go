package property

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"

	"tightrope/pkg/internal/onnxgen"
	"tightrope/pkg/verify/cert"
)

// TestFalseProofs: whatever tree is given for a property that an input meets, it is refused.
func TestFalseProofs(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	tried := 0
	for range 200 {
		p := draw(t, r, onnxgen.Options{}, 1)
		g := &p.Groups[0]
		if !met(p, points(r, g, 50)) {
			continue
		}
		tried++
		for range 10 {
			if _, err := Check(t.Context(), p, randomProof(r, p), Options{}); err == nil {
				t.Fatal("a property that an input meets is proved")
			}
		}
	}
	if tried < 50 {
		t.Errorf("only %d properties are met", tried)
	}
}

func met(p *Problem, points [][]float64) bool {
	for _, x := range points {
		if meets(p, &p.Groups[0], x) {
			return true
		}
	}
	return false
}

// randomProof is a tree of random splits, whose leaves refute all cases by random multipliers.
func randomProof(r *rand.Rand, p *Problem) *Proof {
	proof := &Proof{Schema: Schema, Answer: Unsat, Network: p.NetworkHash, Property: p.PropertyHash}
	g := &p.Groups[0]
	t := &Tree{}
	free := g.Free()
	var grow func(depth int)
	grow = func(depth int) {
		if depth > 0 && len(free) > 0 && r.IntN(3) > 0 {
			t.Nodes = binary.AppendUvarint(t.Nodes, uint64(2*free[r.IntN(len(free))]))
			grow(depth - 1)
			grow(depth - 1)
			return
		}
		for i := range g.Cases {
			t.Nodes = binary.AppendUvarint(t.Nodes, uint64(2*len(t.Closings)+1))
			lambda := make(cert.Floats, len(g.Cases[i].Rows))
			lambda[r.IntN(len(lambda))] = 1
			t.Closings = append(t.Closings, Closing{i, []Rule{FastLin, CROWN, Adapted}[r.IntN(3)], lambda})
		}
	}
	grow(6)
	proof.Parts = []Part{{Tree: t}}
	return proof
}

// TestRefutedTwice: a case that is refuted twice does not stand for another one.
func TestRefutedTwice(t *testing.T) {
	r, tried := rand.New(rand.NewPCG(10, 2)), 0
	for range 300 {
		p := draw(t, r, onnxgen.Options{}, 8)
		proof := refute(t, p, 10)
		if proof == nil || len(p.Groups[0].Cases) < 2 {
			continue
		}
		tree := proof.Parts[0].Tree
		if tree.Nodes[0] != 1 || tree.Nodes[1] != 3 {
			continue // not refuted as a whole
		}
		tried++
		tree.Nodes[1] = 1
		if _, err := Check(t.Context(), p, proof, Options{}); !errors.Is(err, cert.ErrRefused) {
			t.Fatalf("case %d stands for another: %v", tree.Closings[0].Case, err)
		}
	}
	if tried < 10 {
		t.Errorf("only %d trees", tried)
	}
}

// TestOtherLabel: a certificate that rightly says that another margin is positive refutes no case.
func TestOtherLabel(t *testing.T) {
	r, tried := rand.New(rand.NewPCG(11, 2)), 0
	for range 300 {
		p := draw(t, r, onnxgen.Options{}, 1)
		g, n := &p.Groups[0], Neurons{}
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
		n.Certificate = cert.ByRule(net, b, x, 1, "", []cert.Rule{cert.FastLin}, cert.CROWN)
		if _, err := cert.Check(t.Context(), net, n.Certificate); err != nil {
			continue
		}
		tried++
		proof := &Proof{Schema: Schema, Answer: Unsat, Network: p.NetworkHash, Property: p.PropertyHash,
			Parts: []Part{{Neurons: []Neurons{n}}}}
		if _, err := Check(t.Context(), p, proof, Options{}); !errors.Is(err, cert.ErrRefused) {
			t.Fatalf("a margin of another label refutes a case: %v", err)
		}
	}
	if tried < 10 {
		t.Errorf("only %d certificates", tried)
	}
}
