package prove

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"tightrope/pkg/internal/onnxgen"
	"tightrope/pkg/onnx"
	"tightrope/pkg/property"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/vnnlib"
)

// draw makes a random problem.
func draw(t *testing.T, r *rand.Rand, o onnxgen.Options, level float64) *property.Problem {
	t.Helper()
	g, err := onnx.Parse(onnxgen.Network(r, o), onnx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text := []byte(onnxgen.Property(r, g.Values[g.Input].Size(), g.Values[g.Output].Size(), level))
	return problemOf(t, g, text)
}

// parsed is the problem of a network's file and a property's text.
func parsed(t *testing.T, network []byte, text string) *property.Problem {
	t.Helper()
	g, err := onnx.Parse(network, onnx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return problemOf(t, g, []byte(text))
}

// problemOf reads a property with bounds to nearest and outwards.
func problemOf(t *testing.T, g *onnx.Graph, text []byte) *property.Problem {
	t.Helper()
	near, err := vnnlib.Parse(text, vnnlib.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wide, err := vnnlib.Parse(text, vnnlib.Options{Rounding: vnnlib.Outward})
	if err != nil {
		t.Fatal(err)
	}
	p, err := property.New(g, near, wide)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// inBox is a random point of a group's box, or a corner of it.
func inBox(r *rand.Rand, g *property.Group) []float64 {
	x, corner := make([]float64, len(g.Lower)), r.IntN(2) == 0
	for k, l := range g.Lower {
		x[k] = l + (g.Upper[k]-l)*r.Float64()
		if corner {
			x[k] = []float64{l, g.Upper[k]}[r.IntN(2)]
		}
	}
	return x
}

// slack is how far an input meets the property, on the graph in float64.
func slack(t *testing.T, p *property.Problem, e *onnx.Evaluator[float64], x []float64) float64 {
	t.Helper()
	y, err := e.Run(x)
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := p.Exact.Slack(x, y)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestAnswers: answers of random problems agree with random inputs, proofs are confirmed, and nearly all are decided,
// by splits of inputs and of neurons.
func TestAnswers(t *testing.T) {
	for name, o := range map[string]Options{"inputs": {Workers: 2}, "neurons": {Inputs: 1, Workers: 1},
		"smooth": {Inputs: 2, Workers: 2}} {
		r, count := rand.New(rand.NewPCG(1, 7)), map[property.Answer]int{}
		for range 150 {
			p := draw(t, r, onnxgen.Options{Smooth: name == "smooth"}, 2)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			result, err := Solve(ctx, p, o)
			cancel()
			if err != nil {
				t.Fatal(name, err)
			}
			count[result.Answer]++
			e := onnx.NewEvaluator[float64](p.Graph)
			switch result.Answer {
			case property.Unsat:
				for i := range p.Groups {
					for range 200 {
						if x := inBox(r, &p.Groups[i]); slack(t, p, e, p.Outer(x)) > 1e-9 {
							t.Fatalf("%s: unsat, but %v meets the property", name, x)
						}
					}
				}
				fallthrough
			case property.Sat:
				if _, err := property.Check(t.Context(), p, result.Proof, property.Options{}); err != nil {
					t.Fatalf("%s: %s: %v", name, result.Answer, err)
				}
			}
		}
		t.Logf("%s: %v", name, count)
		if count[property.Sat] < 30 || count[property.Unsat] < 30 ||
			count[property.Unknown]+count[property.Timeout] > 5 {
			t.Errorf("%s: answers %v", name, count)
		}
	}
}

// TestTies: a property that is met at one point only, with slack 0, is never unsat.
func TestTies(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 7))
	for range 20 {
		p := draw(t, r, onnxgen.Options{Inputs: 2, Outputs: 2}, 1)
		y := p.Net.Forward(inBox(r, &p.Groups[0]))
		g := &p.Groups[0]
		g.Cases = []property.Case{{Rows: [][]float64{{1, 0}, {-1, 0}}, Bounds: []float64{y[0], -y[0]}}}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		result, err := Solve(ctx, p, Options{})
		cancel()
		if err != nil || result.Answer == property.Unsat {
			t.Fatalf("%v, %v", result, err)
		}
	}
}

// TestDeadline: without time the answer is a timeout, and an interrupt is an error.
func TestDeadline(t *testing.T) {
	p := draw(t, rand.New(rand.NewPCG(8, 1)), onnxgen.Options{Inputs: 4, Outputs: 2, Layers: 3, Width: 9}, 40)
	for i := range p.Groups[0].Lower {
		p.Groups[0].Lower[i], p.Groups[0].Upper[i] = -50, 50
	}
	for i := range p.Groups[0].Cases {
		p.Groups[0].Cases[i].Bounds[0] -= 1e6
	}
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	if r, err := Solve(ctx, p, Options{}); err != nil || r.Answer == property.Sat {
		t.Errorf("%+v, %v", r, err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if r, err := Solve(stopped, p, Options{}); err == nil && r.Answer != property.Unsat {
		t.Errorf("an interrupt gives %+v", r)
	}
}

// TestZonotope: the search's bounds are those of the checker, up to rounding, and hold at random inputs.
func TestZonotope(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 7))
	for i := range 150 {
		p := draw(t, r, onnxgen.Options{Smooth: i >= 100}, 1)
		g := &p.Groups[0]
		n := newNetwork(p.Net)
		z := n.newZonotope(g.Free())
		z.run(g.Lower, g.Upper)
		region, err := cert.NewBox(p.Net, g.Lower, g.Upper)
		if err != nil {
			t.Fatal(err)
		}
		b, err := region.Zonotope(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for k := range z.lower {
			for j := range z.lower[k] {
				if !near(z.lower[k][j], b.Lower[k][j]) || !near(z.upper[k][j], b.Upper[k][j]) {
					t.Fatalf("unit %d of relu %d: [%v, %v], checked [%v, %v]", j, k, z.lower[k][j], z.upper[k][j],
						b.Lower[k][j],
						b.Upper[k][j])
				}
			}
		}
		compareRows(t, r, p, z, region, b)
	}
}

// near reports whether numbers differ by rounding only.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*(1+math.Abs(b)) }

// compareRows compares the bounds of random combinations with the checker's, and with the network at random inputs.
func compareRows(t *testing.T, r *rand.Rand, p *property.Problem, z *zonotope, region *cert.Region, b *cert.Bounds) {
	t.Helper()
	rows, row := z.newRows(), make([]float64, p.Net.Classes())
	for j := range row {
		row[j] = r.NormFloat64()
	}
	c := cert.Combination{Lambda: []float64{1}, Rows: [][]float64{row}, Bounds: []float64{-0.5}}
	for rule, crown := range map[cert.Rule]bool{cert.FastLin: false, cert.CROWN: true} {
		got := rows.lower(row, 0.5, crown)
		if want := region.Combine(b, rule, c); !near(got, want) {
			t.Fatalf("by %v %v, checked %v", rule, got, want)
		}
		for range 50 {
			y := 0.5
			for j, v := range z.network.forward(inBox(r, &p.Groups[0]), z.newValues()) {
				y += row[j] * v
			}
			if y < got && !near(y, got) {
				t.Fatalf("by %v at least %v, but %v at a point", rule, got, y)
			}
		}
	}
	first := rows.lower(row, 0.5, true)
	got := max(first, rows.adapted(row, 0.5, z.newValues()))
	if want := region.Adapted(b, c); !near(got, want) {
		t.Fatalf("adapted %v, checked %v", got, want)
	}
}
