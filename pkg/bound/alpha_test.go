package bound

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// alphaSlack is how far the reference's own optimisation may end above ours.
const alphaSlack = 1e-3

func evaluateAlpha(t *testing.T, network *net.Network, o AlphaOptions, x []float64, labels []int32) *Output {
	t.Helper()
	if o.Batch == 0 {
		o.Batch = len(labels)
	}
	e, err := NewAlphaEvaluator(testbackend.Open(t), network, o)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	out, err := EvaluateAlpha(e, x, labels)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestAlphaReference checks that both forms reach the reference's optimum, do not pass the LP that limits them and
// never fall below CROWN, their start.
func TestAlphaReference(t *testing.T) {
	for _, file := range referenceFiles(t) {
		name := referenceName(file)
		if slowCompiler() && name != "N2" && os.Getenv("TIGHTROPE_REFERENCE") == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			network, cases := readReference(t, file)
			if len(network.Relus()) > 2 && len(network.Input) > 1 && os.Getenv("TIGHTROPE_REFERENCE") == "" {
				t.Skip("three layers of convolutions take half a minute: set TIGHTROPE_REFERENCE to run them")
			}
			network.DType = dtypes.Float64
			for _, group := range groupByBall(t, cases) {
				compareAlpha(t, network, group, AlphaOptions{Ball: group.ball}, "alpha_crown_fixed_intermediate",
					"lp_crown_bounds")
				compareAlpha(t, network, group, AlphaOptions{Ball: group.ball, Joint: true}, "alpha_crown_joint",
					"lp_tightened")
			}
		})
	}
}

func compareAlpha(t *testing.T, network *net.Network, group ballGroup, o AlphaOptions, method, limit string) {
	t.Helper()
	if _, ok := group.cases[0].Results[method]; !ok {
		t.Skipf("the file has no %s", method)
	}
	var x []float64
	var labels []int32
	for _, c := range group.cases {
		x, labels = append(x, c.X...), append(labels, c.Label)
	}
	out := evaluateAlpha(t, network, o, x, labels)
	for s, c := range group.cases {
		b := boundsOf{technique: CROWN{}, Output: out}
		if atMost(t, b, s, c, limit, solverOptima(t, c, limit)) == 0 && c.Norm != "2" {
			t.Errorf("no %s to compare with", limit)
		}
		for i, target := range c.Targets {
			got := out.Margins[s][target]
			if want := marginsOf(t, c, method)[i]; got < want-alphaSlack*max(1, want, -want) {
				t.Errorf("%s, sample %d, class %d: %v is below the reference %v", method, s, target, got, want)
			}
			if start := marginsOf(t, c, "crown")[i]; got < start-1e-9*max(1, start, -start) {
				t.Errorf("%s, sample %d, class %d: %v is below CROWN's %v", method, s, target, got, start)
			}
		}
	}
}

func marginsOf(t *testing.T, c referenceCase, method string) []float64 {
	t.Helper()
	var r referenceResult
	if err := json.Unmarshal(c.Results[method], &r); err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	return r.Margins
}

// TestAlphaSound searches every ball for points that leave the bounds, margins and layers, also with shared rows and a
// second start.
func TestAlphaSound(t *testing.T) {
	network := residual(t, 41)
	rng := rand.New(rand.NewPCG(19, 20))
	x, labels := randomInputs(3, 4, rng), []int32{0, 1, 2}
	p := newProber(t, network, 64)
	for i, b := range testBalls(4, 0.2) {
		o := AlphaOptions{Ball: b, Iterations: 20, Joint: i%3 != 0, ShareRows: i%2 == 0, FastLinStart: true,
			Layers: true}
		out := evaluateAlpha(t, network, o, x, labels)
		for s := range labels {
			search(p, []boundsOf{{CROWN{}, b, out}}, s, x[4*s:4*s+4], labels[s], rng)
		}
		if slowCompiler() {
			break
		}
	}
}

// TestAlphaImproves checks on a random network that each step of effort pays: CROWN, final slopes, joint slopes, and
// that a second start never costs.
func TestAlphaImproves(t *testing.T) {
	if slowCompiler() {
		t.Skip("the pure-Go backend runs this test")
	}
	network := mlp(t, 42, 5, 20, 20, 3)
	rng := rand.New(rand.NewPCG(21, 22))
	x, labels := randomInputs(4, 5, rng), []int32{0, 1, 2, 1}
	b := ball.Ball{Eps: 0.2}
	mean := func(out *Output) (sum float64) {
		for s, y := range labels {
			for c, m := range out.Margins[s] {
				if int32(c) != y {
					sum += m / 8
				}
			}
		}
		return sum
	}
	crown := mean(boundAll(t, network, []Technique{CROWN{}}, []ball.Ball{b}, x, labels)[0].Output)
	fixed := mean(evaluateAlpha(t, network, AlphaOptions{Ball: b}, x, labels))
	twice := mean(evaluateAlpha(t, network, AlphaOptions{Ball: b, FastLinStart: true}, x, labels))
	joint := mean(evaluateAlpha(t, network, AlphaOptions{Ball: b, Joint: true}, x, labels))
	if !(fixed > crown+0.01 && joint > fixed+0.01 && twice >= fixed) {
		t.Errorf("mean margins: CROWN %v, alpha-CROWN %v (two starts %v), joint %v", crown, fixed, twice, joint)
	}
}

// TestAlphaRows checks that rows of any kind, batched and padded, give what the margins give.
func TestAlphaRows(t *testing.T) {
	network := mlp(t, 43, 3, 8, 6, 3)
	rng := rand.New(rand.NewPCG(23, 24))
	x, labels := randomInputs(3, 3, rng), []int32{0, 1, 2}
	o := AlphaOptions{Ball: ball.Ball{Norm: ball.L2, Eps: 0.4}, Iterations: 30, Batch: 2}
	e, err := NewAlphaEvaluator(testbackend.Open(t), network, o)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	margins, err := EvaluateAlpha(e, x, labels)
	if err != nil {
		t.Fatal(err)
	}
	var spec []float64
	for _, y := range labels {
		spec = append(spec, otherClasses(int(y), 3)...)
	}
	rows, err := e.BoundRows(x, spec, 3)
	if err != nil {
		t.Fatal(err)
	}
	for s, y := range labels {
		var others []float64
		for c, m := range margins.Margins[s] {
			if int32(c) != y {
				others = append(others, m)
			} else if m != 0 {
				t.Errorf("sample %d: margin over its own class is %v", s, m)
			}
		}
		nearAll(t, "rows", rows.Margins[s], others, 1e-12)
	}
	if _, err := e.BoundRows(x, spec[1:], 3); err == nil {
		t.Error("spec rows of a wrong size are accepted")
	}
}

// TestAlphaStops checks that UntilCertified leaves certified bounds as CROWN gave them, which more iterations would
// raise.
func TestAlphaStops(t *testing.T) {
	network := mlp(t, 42, 5, 20, 20, 3)
	x := randomInputs(1, 5, rand.New(rand.NewPCG(25, 26)))
	b := ball.Ball{Eps: 0.05}
	label, e := int32(0), toyEvaluator(t, network, CROWN{}, 1)
	for y := range int32(3) {
		if o := boundToy(t, e, b.Eps, x, []int32{y}); o.Certified(0, y) {
			label = y
		}
	}
	crown := boundToy(t, e, b.Eps, x, []int32{label})
	stopped := evaluateAlpha(t, network, AlphaOptions{Ball: b, UntilCertified: true}, x, []int32{label})
	all := evaluateAlpha(t, network, AlphaOptions{Ball: b}, x, []int32{label})
	if !stopped.Certified(0, label) {
		t.Fatalf("margins %v of the predicted class %d are not certified", stopped.Margins[0], label)
	}
	nearAll(t, "stopped margin", stopped.Margins[0], crown.Margins[0], 1e-12)
	raised := 0.0
	for c := range all.Margins[0] {
		raised += all.Margins[0][c] - stopped.Margins[0][c]
	}
	if raised < 1e-5 {
		t.Errorf("100 iterations raise %v to %v only", stopped.Margins[0], all.Margins[0])
	}
}

func TestAlphaOptions(t *testing.T) {
	network := mlp(t, 44, 2, 3, 2)
	for _, bad := range []AlphaOptions{
		{Iterations: -1}, {LearningRate: -1}, {Decay: 1.5}, {Batch: -2}, {Ball: ball.Ball{Eps: -1}},
	} {
		if _, err := NewAlphaEvaluator(testbackend.Open(t), network, bad); err == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
	e, err := NewAlphaEvaluator(testbackend.Open(t), network, AlphaOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := EvaluateAlpha(e, []float64{0, 0}, []int32{2}); err == nil {
		t.Error("label 2 of 2 classes is accepted")
	}
}

// BenchmarkAlpha prints the cost of one iteration for one sample and its nine rows: mlp-2x100, batch 16, eps 0.1.
func BenchmarkAlpha(b *testing.B) {
	network := mlp(b, 45, 784, 100, 100, 10)
	network.DType = dtypes.Float32
	rng := rand.New(rand.NewPCG(27, 28))
	const samples, iterations = 16, 20
	x, labels := randomInputs(samples, 784, rng), make([]int32, samples)
	for name, joint := range map[string]bool{"fixed": false, "joint": true} {
		b.Run(name, func(b *testing.B) {
			e, err := NewAlphaEvaluator(testbackend.Open(b), network,
				AlphaOptions{Ball: ball.Ball{Eps: 0.1}, Joint: joint, Iterations: iterations, Batch: samples})
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			evaluate := func() {
				if _, err := EvaluateAlpha(e, x, labels); err != nil {
					b.Fatal(err)
				}
			}
			evaluate() // compiles
			for b.Loop() {
				evaluate()
			}
			b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N*samples*iterations), "ms/sample/iteration")
		})
	}
}
