package bound

import (
	"math/rand/v2"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// leastMemory is about the least memory in which a technique can bound a network, in the most calls.
func leastMemory(t *testing.T, technique Technique, n *net.Network, norm ball.Norm) (least int64, s *Schedule) {
	t.Helper()
	for least = 256; least < 1<<30; least += least / 8 {
		if s, err := Plan(technique, n, PlanOptions{Batch: 3, Memory: least, Norm: norm}); err == nil {
			return least, s
		}
	}
	t.Fatalf("%s of %s never fits", technique.Name(), n.Name)
	return 0, nil
}

// TestStaged checks that the bounds, x* and intermediate bounds are those of one call, however small the shares are.
func TestStaged(t *testing.T) {
	rng, staged := rand.New(rand.NewPCG(51, 52)), 0
	for i, n := range []*net.Network{mlp(t, 91, 5, 9, 8, 4), residual(t, 92), convolutional(t, 93)} {
		x, labels := randomInputs(3, n.InputSize(), rng), []int32{0, 2, 1}
		for _, technique := range []Technique{FastLin{}, CROWN{}, CROWNIBP(), FastLin{Intermediate: IBP{}}} {
			for _, b := range []ball.Ball{{Eps: 0.1, Box: ball.Unit}, {Norm: ball.L2, Eps: 0.3}} {
				if slowCompiler() && (b.Norm == ball.L2 || i < 2) {
					continue
				}
				memory, s := leastMemory(t, technique, n, b.Norm)
				if !s.Staged {
					if unitsOf(technique) != nil {
						t.Fatalf("%s of %s in %d bytes is not staged", technique.Name(), n.Name, memory)
					}
					continue // the intervals take more than the rows
				}
				staged++
				whole := evaluated(t, n, Options{Technique: technique, Ball: b, Layers: true, XStar: true, Batch: 3}, x,
					labels)
				parts := evaluated(t, n, Options{Technique: technique, Ball: b, Layers: true, XStar: true, Batch: 3,
					Memory: memory}, x, labels)
				compareBounds(t, technique.Name()+" of "+n.Name, parts, whole, 1e-9)
				for s := range labels {
					for c := range whole.XStar[s] {
						nearAll(t, "x*", parts.XStar[s][c], whole.XStar[s][c], 1e-9)
					}
				}
			}
		}
	}
	if staged < 4 {
		t.Errorf("only %d staged evaluations", staged)
	}
}

func evaluated(t *testing.T, n *net.Network, o Options, x []float64, labels []int32) *Output {
	t.Helper()
	e, err := NewEvaluator(testbackend.Open(t), n, o)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if staged := o.Memory > 0; staged != e.Schedule().Staged {
		t.Fatalf("staged: %v, memory %d", e.Schedule().Staged, o.Memory)
	}
	out, err := Evaluate(e, x, labels)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestPlan checks what a growing memory allows for Small: shares of rows, then more and more samples, then all of them.
func TestPlan(t *testing.T) {
	n, err := net.Named("small", []int{1, 28, 28}, 10)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Plan(FastLin{}, n, PlanOptions{Memory: 1000}); err == nil ||
		!strings.Contains(err.Error(), "give more memory") {
		t.Errorf("in 1,000 bytes: %v", err)
	}
	if _, err := Plan(FastLin{}, n, PlanOptions{Memory: 4 << 20, Training: true}); err == nil ||
		!strings.Contains(err.Error(), "random projections") {
		t.Errorf("training in 4 MiB: %v", err)
	}
	fast, err := Plan(FastLin{}, n, PlanOptions{Batch: 64, Memory: 8 << 30, Caches: true})
	if err != nil || fast.Staged || fast.Bytes > Comfortable+2*4*int64(n.NumParams()) || fast.Batch != 13 ||
		!strings.Contains(fast.Explain(), "as fast as all") {
		t.Errorf("for the caches: %+v, %v", fast, err)
	}
	large, err := net.Named("large", []int{1, 28, 28}, 10)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := Plan(FastLin{}, large, PlanOptions{Batch: 2, Memory: 8 << 30, Caches: true}); err != nil ||
		s.Batch != 1 || s.Staged {
		t.Errorf("Large, a sample of which is too much for the caches: %+v, %v", s, err)
	}
	seen := map[string]bool{}
	before := 0
	for memory := int64(2 << 20); memory < 16<<30; memory *= 2 {
		s, err := Plan(FastLin{}, n, PlanOptions{Batch: 64, Memory: memory})
		if err != nil {
			continue
		}
		if s.Bytes > memory || s.Batch < before || s.Batch > 64 {
			t.Errorf("%d bytes of %d, %d samples after %d", s.Bytes, memory, s.Batch, before)
		}
		before = s.Batch
		switch text := s.Explain(); {
		case s.Staged:
			seen["staged"] = strings.Contains(text, "calls of their own")
		case s.Batch < 64:
			seen["fewer"] = strings.Contains(text, "of 64 samples fit")
		default:
			seen["all"] = strings.Contains(text, "all 64 samples")
		}
	}
	if !seen["staged"] || !seen["fewer"] || !seen["all"] {
		t.Errorf("plans seen: %v", seen)
	}
}

// TestAlphaInLittleMemory checks that alpha-CROWN takes fewer samples per call, with the same bounds, and refuses what
// cannot fit.
func TestAlphaInLittleMemory(t *testing.T) {
	n := mlp(t, 94, 5, 12, 9, 3)
	x, labels := randomInputs(4, 5, rand.New(rand.NewPCG(53, 54))), []int32{0, 2, 1, 0}
	o := AlphaOptions{Ball: ball.Ball{Eps: 0.1}, Joint: true, Iterations: 5}
	one, err := Plan(o, n, PlanOptions{Batch: 1})
	if err != nil {
		t.Fatal(err)
	}
	bounds := func(memory int64) (*Output, int) {
		o := o
		o.Memory = memory
		e, err := NewAlphaEvaluator(testbackend.Open(t), n, o)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		out, err := EvaluateAlpha(e, x, labels)
		if err != nil {
			t.Fatal(err)
		}
		return out, e.options.Batch
	}
	whole, _ := bounds(0)
	parts, batch := bounds(one.Bytes * 5 / 4)
	if batch != 1 {
		t.Errorf("%d samples a call", batch)
	}
	for s := range labels {
		nearAll(t, "margins", parts.Margins[s], whole.Margins[s], 1e-9)
	}
	o.Memory = one.Bytes / 4
	if _, err := NewAlphaEvaluator(testbackend.Open(t), n, o); err == nil ||
		!strings.Contains(err.Error(), "give more memory") {
		t.Errorf("in a quarter of that: %v", err)
	}
}

// TestWork checks counts of Small that follow from the definitions: FLOPs of the forward pass, of 100 rows over fc100's
// input, of 10 spec rows.
func TestWork(t *testing.T) {
	n, err := net.Named("small", []int{1, 28, 28}, 10)
	if err != nil {
		t.Fatal(err)
	}
	work, err := WorkOf(FastLin{}, n, ball.Linf, 0)
	if err != nil {
		t.Fatal(err)
	}
	forward := float64(n.ForwardFLOPs())
	logits := 2.0 * 100 * 10
	for i, want := range []struct {
		what  string
		form  Form
		rows  int
		flops float64
	}{
		{"relu 1", WindowRows, 3136, 0}, {"relu 2", WindowRows, 1568, 0},
		{"relu 3", WholeRows, 100, 100 * (forward - logits - 100)},
		{"centre", Forward, 1, forward}, {"margins", WholeRows, 10, 10 * forward},
	} {
		w := work[i]
		if w.What != want.what || w.Form != want.form || w.Rows != want.rows || want.flops > 0 &&
			w.FLOPs != want.flops {
			t.Errorf("%+v, want %+v", w, want)
		}
	}
	// 1568 rows of 256 values times a block of 100 columns: 80 MFLOP, and the slopes.
	if f := work[1].FLOPs; f < 75e6 || f > 95e6 {
		t.Errorf("window rows of conv2 take %v FLOPs", f)
	}
	for _, technique := range []Technique{IBP{}, CROWN{}, CROWNIBP(), Projected{}, Zonotope{}, Hybrid{}, Best{}} {
		if s, err := Plan(technique, n, PlanOptions{Memory: 64 << 30}); err != nil || s.FLOPs <= forward ||
			s.Bytes < 1<<20 {
			t.Errorf("%s: %+v, %v", technique.Name(), s, err)
		}
	}
}
