package property

import (
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"tightrope/pkg/internal/onnxgen"
	"tightrope/pkg/onnx"
	"tightrope/pkg/verify/cert"
)

// points are random inputs of a group's box and its corners.
func points(r *rand.Rand, g *Group, n int) (all [][]float64) {
	for range n {
		x := make([]float64, len(g.Lower))
		corner := r.IntN(2) == 0
		for k, l := range g.Lower {
			u := g.Upper[k]
			x[k] = min(max(l+(u-l)*r.Float64(), l), u)
			if corner {
				x[k] = []float64{l, u}[r.IntN(2)]
			}
		}
		all = append(all, x)
	}
	return all
}

// meets reports whether an input meets a case of a group, by the network in float64 and by more than rounding.
func meets(p *Problem, g *Group, x []float64) bool { return meetsBy(p, g, x, 1e-9) }

// meetsBy reports whether an input meets a case with a slack of more than that.
func meetsBy(p *Problem, g *Group, x []float64, slack float64) bool {
	y := p.Net.Forward(x)
	for _, c := range g.Cases {
		worst := math.Inf(-1)
		for i, row := range c.Rows {
			v := -c.Bounds[i]
			for j, a := range row {
				v += a * y[j]
			}
			worst = max(worst, v)
		}
		if worst < -slack {
			return true
		}
	}
	return false
}

// TestProofsHold: no random input of a box meets a case of a property whose refutation is confirmed, and each proof
// survives its file.
func TestProofsHold(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	proved, split := 0, 0
	for n := range 300 {
		p := draw(t, r, onnxgen.Options{Layers: 1 + n%3, Width: 8}, 3)
		proof := refute(t, p, 100)
		if proof == nil {
			continue
		}
		report, err := Check(t.Context(), p, reread(t, proof), Options{})
		if err != nil || report.Answer != Unsat || !(report.Least > 0) {
			t.Fatalf("%+v, %v", report, err)
		}
		proved++
		if report.Leaves > len(p.Groups[0].Cases) {
			split++
		}
		for i := range p.Groups {
			for _, x := range points(r, &p.Groups[i], 100) {
				if meets(p, &p.Groups[i], x) {
					t.Fatalf("%v meets a case that is refuted", x)
				}
			}
		}
	}
	if proved < 40 || split < 5 {
		t.Errorf("only %d proofs, %d with splits", proved, split)
	}
}

// reread takes a proof to the bytes of a file and back.
func reread(t *testing.T, proof *Proof) *Proof {
	t.Helper()
	path := t.TempDir() + "/proof.json.gz"
	if err := proof.Write(path); err != nil {
		t.Fatal(err)
	}
	again, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// provable is a problem of two inputs, of which one moves, whose proof has splits, more than one case and more than one
// row.
func provable(t *testing.T) (*Problem, *Proof) {
	t.Helper()
	for seed := provableSeed.Load(); seed < 3000; seed++ {
		r := rand.New(rand.NewPCG(seed, 3))
		p := draw(t, r, onnxgen.Options{Inputs: 2, Outputs: 3}, 2)
		g := &p.Groups[0]
		if len(g.Free()) != 1 || len(g.Cases) < 2 || met(p, points(r, g, 20)) {
			continue
		}
		if f := refute(t, p, 60); f != nil && len(f.Parts[0].Tree.Nodes) > 8 &&
			len(f.Parts[0].Tree.Closings[0].Lambda) > 1 &&
			endsIn0(f.Parts[0].Tree) >= 0 {
			provableSeed.Store(seed)
			return p, f
		}
	}
	t.Fatal("no problem has a proof with splits")
	return nil, nil
}

// provableSeed is where the search for a provable problem begins: where the last one was found.
var provableSeed atomic.Uint64

// fixed is the input of a group that does not move.
func fixed(p *Problem) int { return 1 - p.Groups[0].Free()[0] }

// forgeries change a proof so that it proves nothing.
var forgeries = map[string]func(p *Problem, f *Proof, t *Tree){
	"a newer form":        func(_ *Problem, f *Proof, _ *Tree) { f.Schema = Schema + 1 },
	"no form":             func(_ *Problem, f *Proof, _ *Tree) { f.Schema = 0 },
	"another network":     func(_ *Problem, f *Proof, _ *Tree) { f.Network = "1" + f.Network[1:] + "x" },
	"another property":    func(_ *Problem, f *Proof, _ *Tree) { f.Property = "x" + f.Property[1:] },
	"no answer":           func(_ *Problem, f *Proof, _ *Tree) { f.Answer = Unknown },
	"sat without a point": func(_ *Problem, f *Proof, _ *Tree) { f.Answer, f.Parts = Sat, nil },
	"sat with parts": func(p *Problem, f *Proof, _ *Tree) {
		f.Answer, f.Point = Sat,
			p.Outer(p.Groups[0].Lower)
	},
	"a point with parts":    func(p *Problem, f *Proof, _ *Tree) { f.Point = p.Groups[0].Lower },
	"no part":               func(_ *Problem, f *Proof, _ *Tree) { f.Parts = nil },
	"a part too many":       func(_ *Problem, f *Proof, _ *Tree) { f.Parts = append(f.Parts, f.Parts[0]) },
	"no tree":               func(_ *Problem, f *Proof, _ *Tree) { f.Parts[0].Tree = nil },
	"tree and neurons":      func(_ *Problem, f *Proof, _ *Tree) { f.Parts[0].Neurons = []Neurons{{}} },
	"neurons without proof": func(_ *Problem, f *Proof, _ *Tree) { f.Parts[0] = Part{Neurons: []Neurons{{}}} },
	"an empty tree":         func(_ *Problem, _ *Proof, t *Tree) { t.Nodes = []byte{} },
	"a missing leaf":        func(_ *Problem, _ *Proof, t *Tree) { t.Nodes = t.Nodes[:len(t.Nodes)-1] },
	"a node too many":       func(_ *Problem, _ *Proof, t *Tree) { t.Nodes = append(t.Nodes, 1) },
	"an unfinished number":  func(_ *Problem, _ *Proof, t *Tree) { t.Nodes = append(t.Nodes[:len(t.Nodes)-1], 0x80) },
	"a split outside":       func(_ *Problem, _ *Proof, t *Tree) { t.Nodes = append([]byte{2 * 2}, t.Nodes...) },
	"a huge split": func(_ *Problem, _ *Proof, t *Tree) {
		t.Nodes = binary.AppendUvarint(nil,
			math.MaxUint64-1)
	},
	"a split of no width": func(p *Problem, _ *Proof, t *Tree) {
		t.Nodes = slices.Concat([]byte{byte(2 * fixed(p))}, t.Nodes, t.Nodes)
	},
	"a refutation too far": func(_ *Problem, _ *Proof, t *Tree) {
		t.Nodes = binary.AppendUvarint(nil, uint64(2*len(t.Closings)+1))
	},
	"a case refuted twice": func(_ *Problem, _ *Proof, t *Tree) {
		at := firstClosing(t)
		t.Nodes = append(t.Nodes[:at+1:at+1], t.Nodes[at:]...)
	},
	"a leaf above":    func(_ *Problem, _ *Proof, t *Tree) { t.Nodes = []byte{1, 3, 5}[:len(t.Nodes)%2+2] },
	"a missing case":  func(_ *Problem, _ *Proof, t *Tree) { t.Closings[0].Case = 99 },
	"a negative case": func(_ *Problem, _ *Proof, t *Tree) { t.Closings[0].Case = -1 },
	"an unknown rule": func(_ *Problem, _ *Proof, t *Tree) { t.Closings[0].Rule = "interval" },
	"a wrong rule":    func(_ *Problem, _ *Proof, t *Tree) { t.Closings[0].Rule = "" },
	"a lambda of sum 1 short": func(_ *Problem, _ *Proof, t *Tree) {
		c := &t.Closings[endsIn0(t)]
		c.Lambda = c.Lambda[:len(c.Lambda)-1]
	},
	"a lambda short": func(_ *Problem, _ *Proof, t *Tree) { t.Closings[0].Lambda = t.Closings[0].Lambda[1:] },
	"a lambda long": func(_ *Problem, _ *Proof, t *Tree) {
		t.Closings[0].Lambda = append(t.Closings[0].Lambda,
			0)
	},
	"a negative lambda": func(_ *Problem, _ *Proof, t *Tree) {
		t.Closings[0].Lambda[0], t.Closings[0].Lambda[1] = -1,
			2
	},
	"lambda not a number": func(_ *Problem, _ *Proof, t *Tree) { t.Closings[0].Lambda[1] = math.NaN() },
	"an infinite lambda":  func(_ *Problem, _ *Proof, t *Tree) { t.Closings[0].Lambda[0] = math.Inf(1) },
	"lambdas of sum 2": func(_ *Problem, _ *Proof, t *Tree) {
		t.Closings[0].Lambda[0], t.Closings[0].Lambda[1] = 1,
			1
	},
	"lambdas of sum 0": func(_ *Problem, _ *Proof, t *Tree) { clear(t.Closings[0].Lambda) },
}

// endsIn0 is the first refutation that does not use its case's last row; -1: there is none.
func endsIn0(t *Tree) int {
	return slices.IndexFunc(t.Closings, func(c Closing) bool { return c.Lambda[len(c.Lambda)-1] == 0 })
}

// firstClosing is where the first refutation stands in a tree of small numbers.
func firstClosing(t *Tree) int {
	for i, b := range t.Nodes {
		if b%2 == 1 {
			return i
		}
	}
	return 0
}

// TestForgeries: each change of a proof is refused; the proof itself is confirmed, also after its file.
func TestForgeries(t *testing.T) {
	p, _ := provable(t)
	for name, forge := range forgeries {
		_, proof := provable(t)
		if _, err := Check(t.Context(), p, reread(t, proof), Options{}); err != nil {
			t.Fatal(err)
		}
		forge(p, proof, proof.Parts[0].Tree)
		_, err := Check(t.Context(), p, proof, Options{})
		if err == nil || !errors.Is(err, cert.ErrRefused) && !strings.Contains(err.Error(), "version") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLimits: a tree of more nodes than are allowed, or too deep, is refused before it is walked.
func TestLimits(t *testing.T) {
	p, proof := provable(t)
	if _, err := Check(t.Context(), p, proof, Options{Nodes: 2}); !errors.Is(err, cert.ErrRefused) {
		t.Errorf("a tree of too many nodes: %v", err)
	}
	proof.Parts[0].Tree.Nodes = make([]byte, 3*maxDepth)
	if _, err := Check(t.Context(), p, proof, Options{}); !errors.Is(err, cert.ErrRefused) {
		t.Errorf("a tree that splits input 0 for ever: %v", err)
	}
}

// TestDamagedFiles: every cut of a proof's file, and members that are unknown, missing or null, are errors.
func TestDamagedFiles(t *testing.T) {
	_, proof := provable(t)
	text := jsonOf(t, proof)
	for n := range len(text) {
		if _, err := Decode(text[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes are read", n, len(text))
		}
	}
	for _, change := range [][2]string{{`"schema"`, `"Schema"`}, {`"answer":"unsat",`, ``}, {`"closings":[`,
		`"closings":null,"more":[`},
		{`"nodes"`, `"node"`}} {
		if _, err := Decode([]byte(strings.Replace(string(text), change[0], change[1], 1))); err == nil {
			t.Errorf("%s instead of %s is read", change[1], change[0])
		}
	}
}

// TestOtherProblem: a proof is refused for another network, and for another property of the same network.
func TestOtherProblem(t *testing.T) {
	p, proof := provable(t)
	r := rand.New(rand.NewPCG(4, 4))
	g, err := onnx.Parse(onnxgen.Network(r, onnxgen.Options{Inputs: 2, Outputs: 3}), onnx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	other := problem(t, p.Graph, onnxgen.Property(r, 2, 3, 1))
	network := *p
	changed := problem(t, g, onnxgen.Property(r, 2, 3, 1))
	network.NetworkHash = changed.NetworkHash
	for name, q := range map[string]*Problem{"property": other, "network": &network} {
		if _, err := Check(t.Context(), q, proof, Options{}); !errors.Is(err, cert.ErrRefused) {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

// TestLambda: multipliers that are not at least 0, or whose sum is not 1, refute nothing. (In a forged proof, the bound
// that follows from such multipliers may happen to be negative, so that the proof is refused for that.)
func TestLambda(t *testing.T) {
	c := &Case{Rows: [][]float64{{1}, {1}, {1}}, Bounds: []float64{0, 0, 0}}
	for _, good := range [][]float64{{1, 0, 0}, {0.25, 0.5, 0.25}, {0, 0, 1 - 1e-12}} {
		if err := c.checkLambda(good); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
	for _, bad := range [][]float64{{-1, 2, 0}, {-1e-12, 1, 0}, {0, 0, 0}, {1, 1, 0}, {0.5, 0.5, 1e-6},
		{0.5, 0.499999, 0}, {1, 0}, {1, 0, 0, 0}, {math.NaN(), 1, 0}, {math.Inf(1), 0, 0},
		{math.Inf(-1), math.Inf(1), 1}, nil} {
		if err := c.checkLambda(bad); !errors.Is(err, cert.ErrRefused) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}
