package property

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/onnxgen"
	"tightrope/pkg/verify/cert"
)

// byNeurons is a problem with a certificate that proves all margins by rules, and its proof.
func byNeurons(t *testing.T) (*Problem, *Proof) {
	t.Helper()
	r := rand.New(rand.NewPCG(6, 6))
	for range 2000 {
		p := draw(t, r, onnxgen.Options{Inputs: 3, Outputs: 3}, 8)
		g := &p.Groups[0]
		if len(g.Free()) == 0 || len(g.Cases) < 2 || len(g.Cases[0].Rows) < 2 {
			continue
		}
		n := &Neurons{}
		for i, c := range g.Cases {
			n.Cases = append(n.Cases, i)
			one := make(cert.Floats, len(c.Rows))
			one[0] = 1
			n.Lambda = append(n.Lambda, one)
		}
		net, err := p.Margins(g, n)
		if err != nil {
			t.Fatal(err)
		}
		b, x := g.Ball()
		n.Certificate = cert.ByRule(net, b, x, 0, "", []cert.Rule{cert.FastLin, cert.CROWN}, cert.CROWN)
		if _, err := cert.Check(t.Context(), net, n.Certificate); err == nil {
			return p, &Proof{Schema: Schema, Answer: Unsat, Network: p.NetworkHash, Property: p.PropertyHash,
				Parts: []Part{{Neurons: []Neurons{*n}}}}
		}
	}
	t.Fatal("no problem is proved by rules")
	return nil, nil
}

// TestNeurons: a certificate about the margins is confirmed; other balls, labels, verdicts, margins and multipliers are
// refused.
func TestNeurons(t *testing.T) {
	p, proof := byNeurons(t)
	if _, err := Check(t.Context(), p, reread(t, proof), Options{}); err != nil {
		t.Fatal(err)
	}
	moved := p.Groups[0].Free()[0]
	for name, forge := range map[string]func(n *Neurons){
		"no certificate": func(n *Neurons) { n.Certificate = nil },
		"a smaller ball": func(n *Neurons) {
			n.Certificate.Ball.Radii = append([]float64(nil), n.Certificate.Ball.Radii...)
			n.Certificate.Ball.Radii[moved] /= 2
		},
		"no radii":      func(n *Neurons) { n.Certificate.Ball = ball.Ball{Eps: 0} },
		"another input": func(n *Neurons) { n.Certificate.Input[moved] += 1e-3 },
		"another label": func(n *Neurons) { n.Certificate.Label = 1 },
		"falsified": func(n *Neurons) {
			c := n.Certificate
			c.Verdict, c.Point, c.Class, c.Rules, c.Margins = cert.Falsified, c.Input, 1, nil, nil
		},
		"a margin less":   func(n *Neurons) { n.Certificate.Margins = n.Certificate.Margins[1:] },
		"a case less":     func(n *Neurons) { n.Lambda = n.Lambda[1:] },
		"no cases":        func(n *Neurons) { n.Cases, n.Lambda = []int{}, nil },
		"a case too far":  func(n *Neurons) { n.Cases[0] = len(n.Cases) },
		"a case below":    func(n *Neurons) { n.Cases[0] = -1 },
		"another row":     func(n *Neurons) { n.Lambda[0][0], n.Lambda[0][1] = 0, 1 },
		"half of two":     func(n *Neurons) { n.Lambda[0][0], n.Lambda[0][1] = 0.5, 0.5 },
		"a row and a bit": func(n *Neurons) { n.Lambda[0][1] = 1e-12 },
		"not a number":    func(n *Neurons) { n.Lambda[0][1] = math.NaN() },
	} {
		_, forged := byNeurons(t)
		forge(&forged.Parts[0].Neurons[0])
		if _, err := Check(t.Context(), p, forged, Options{}); err == nil {
			t.Errorf("%s is confirmed", name)
		}
	}
}

// TestMargins: the added layer gives 0 and minus the chosen rows, and the ball contains the box.
func TestMargins(t *testing.T) {
	p, proof := byNeurons(t)
	g := &p.Groups[0]
	net, err := p.Margins(g, &proof.Parts[0].Neurons[0])
	if err != nil {
		t.Fatal(err)
	}
	b, center := g.Ball()
	for _, x := range points(rand.New(rand.NewPCG(7, 7)), g, 100) {
		if !cert.Contains(b, center, x) {
			t.Fatalf("%v is outside the ball", x)
		}
		y, m := p.Net.Forward(x), net.Forward(x)
		for i, c := range g.Cases {
			want := c.Bounds[0]
			for j, a := range c.Rows[0] {
				want -= a * y[j]
			}
			if m[0] != 0 || math.Abs(m[1+i]-want) > 1e-9 {
				t.Fatalf("margins %v at %v, case %d: %v", m, x, i, want)
			}
		}
	}
	if _, err := p.Margins(g, &Neurons{Cases: []int{0}}); !errors.Is(err, cert.ErrRefused) {
		t.Errorf("no multipliers: %v", err)
	}
}

// TestShared: certificates that share the cases refute all of them together, and not without one of them.
func TestShared(t *testing.T) {
	p, proof := byNeurons(t)
	g, all := &p.Groups[0], proof.Parts[0].Neurons[0]
	var shared []Neurons
	for i := range g.Cases {
		n := Neurons{Cases: []int{i}, Lambda: all.Lambda[i : i+1]}
		net, err := p.Margins(g, &n)
		if err != nil {
			t.Fatal(err)
		}
		b, x := g.Ball()
		n.Certificate = cert.ByRule(net, b, x, 0, "", []cert.Rule{cert.FastLin, cert.CROWN}, cert.CROWN)
		shared = append(shared, n)
	}
	proof.Parts[0].Neurons = shared
	if _, err := Check(t.Context(), p, proof, Options{}); err != nil {
		t.Fatal(err)
	}
	proof.Parts[0].Neurons = append(shared[1:len(shared):len(shared)], shared[1])
	if _, err := Check(t.Context(), p, proof, Options{}); !errors.Is(err, cert.ErrRefused) {
		t.Errorf("without case 0: %v", err)
	}
}
