package property

import (
	"math/rand/v2"
	"testing"

	"tightrope/pkg/internal/onnxgen"
	"tightrope/pkg/onnx"
	"tightrope/pkg/vnnlib"
)

// draw makes a random network and property; nil: they make no problem, such as a property with an empty box.
func draw(t *testing.T, r *rand.Rand, o onnxgen.Options, level float64) *Problem {
	t.Helper()
	g, err := onnx.Parse(onnxgen.Network(r, o), onnx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text := onnxgen.Property(r, g.Values[g.Input].Size(), g.Values[g.Output].Size(), level)
	return problem(t, g, text)
}

// problem makes a problem of a network and a property's text.
func problem(t *testing.T, g *onnx.Graph, text string) *Problem {
	t.Helper()
	near, err := vnnlib.Parse([]byte(text), vnnlib.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wide, err := vnnlib.Parse([]byte(text), vnnlib.Options{Rounding: vnnlib.Outward})
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(g, near, wide)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// refute makes the tree that splits the widest input until every case is refuted by its best row; nil: so many nodes do
// not suffice. It is as simple as can be: provers do better.
func refute(t *testing.T, p *Problem, nodes int) *Proof {
	t.Helper()
	proof := &Proof{Schema: Schema, Answer: Unsat, Network: p.NetworkHash, Property: p.PropertyHash}
	for i := range p.Groups {
		s := &splitter{t: t, problem: p, group: &p.Groups[i], tree: &Tree{Closings: []Closing{}, Nodes: []byte{}},
			nodes: nodes}
		open := make([]int, len(s.group.Cases))
		for k := range open {
			open[k] = k
		}
		if !s.node(s.group.Lower, s.group.Upper, open) {
			return nil
		}
		proof.Parts = append(proof.Parts, Part{Tree: s.tree})
	}
	return proof
}
