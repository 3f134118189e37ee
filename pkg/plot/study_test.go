package plot

import (
	"math"
	"strings"
	"testing"

	"tightrope/pkg/record"
)

// swept are runs of one experiment over both weights and three seeds; the error falls by a point with gamma = 2, and
// not otherwise.
func swept() []*record.Record {
	var all []*record.Record
	for _, w := range [][2]float64{{0, 0}, {0.5, 0}, {0, 2}, {0.5, 2}} {
		for seed := range uint64(3) {
			r := record.New("mlp-2x100/digits", record.Train)
			r.Seed, r.Lambda, r.Gamma = seed, w[0], w[1]
			certified := 30 + float64(seed) + 0.1*float64(seed)*w[0]
			if w == [2]float64{0, 2} {
				certified -= 1 + 0.01*float64(seed)
			}
			r.Results = map[string]record.SplitResult{record.Test: {Samples: 100, StandardError: 5,
				CertifiedError: certified}}
			all = append(all, r)
		}
	}
	return all
}

func TestAblation(t *testing.T) {
	f, err := Ablation(record.Test, swept()...)
	if err != nil {
		t.Fatal(err)
	}
	if want := "λ alone: none beats 0 on the test split. γ alone: best 2 (−1.01 points, 95 % interval [−1.03, " +
		"−0.99], 3 pairs)."; !strings.HasPrefix(f.Caption, want) {
		t.Errorf("caption %q, want %q", f.Caption, want)
	}
	if len(f.panels) != 2 || len(f.panels[0]) != 2 || !strings.Contains(string(SVG(f)), "weight γ of r alone") {
		t.Errorf("%d rows of panels", len(f.panels))
	}
	if _, err := Ablation(record.Test, swept()[3:]...); err == nil || !strings.Contains(err.Error(), "weights of 0") {
		t.Errorf("without a baseline: %v", err)
	}
	if _, err := Ablation(record.Test, swept()[:3]...); err == nil || !strings.Contains(err.Error(), "--ablation") {
		t.Errorf("without a sweep: %v", err)
	}
}

func TestGridDifferences(t *testing.T) {
	f, err := GridDifferences(record.Test, swept()...)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(f.Caption, "of 3 settings, better: 1, worse: 0") {
		t.Errorf("caption %q", f.Caption)
	}
	svg := string(SVG(f))
	for _, want := range []string{"baseline", "−1.01", "± 0.02, n = 3"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the figure lacks %q", want)
		}
	}
	if _, err := GridDifferences(record.Test, swept()[3:]...); err == nil {
		t.Error("drawn without a baseline")
	}
}

// course are two trainings with one frame each: the first point is certified, the second unbroken, the third attacked.
func course() *record.Record {
	r := record.New("toy: moons", record.Toy)
	f := record.PlaneFrame{Layers: []record.PlaneLayer{{Weights: [][]float32{{1, 0}, {0, 1}}, Biases: []float32{0, 0}},
		{Weights: [][]float32{{0, 0}, {1, -1}}, Biases: []float32{0, 0.5}}},
		Bounds: []float32{1, -1, -1}, Attacked: []float32{2, 1, -1}, D: 0.25, R: 0.1, Unstable: 2}
	run := record.PlaneRun{Method: "cp", Frames: []record.PlaneFrame{f}, Distances: []float32{0, 0.2, 0.5, 0.7}}
	other := run
	other.Gamma, other.Distances = 3, []float32{0, 0, 0.001, 0.7}
	r.Course = &record.PlaneCourse{Arch: "2-2-2", Eps: 0.1, X: [][2]float64{{0, 0}, {0.5, 0.5}, {-0.5, 1}},
		Labels: []int{1, 0, 1}, Runs: []record.PlaneRun{run, other}}
	return r
}

func TestCourse(t *testing.T) {
	r := course()
	if m := r.Course.Runs[0].Frames[0].Margin([2]float64{2, -3}); m != 2.5 {
		t.Errorf("margin %v, want relu(2) - relu(-3) + 0.5", m)
	}
	f, err := Course(r)
	if err != nil {
		t.Fatal(err)
	}
	want := "Epoch 0, 3 points, ε = 0.1. Without regularizer: 1 certified, d = 0.25. Γ = 3: 1 certified"
	if !strings.Contains(strings.ReplaceAll(f.Caption, "γ", "Γ"), want) {
		t.Errorf("caption %q", f.Caption)
	}
	if n, err := CourseFrames(r); n != 1 || err != nil {
		t.Errorf("%d frames, %v", n, err)
	}
	for _, bad := range []int{-1, 1} {
		if _, err := CourseFrame(r, bad); err == nil {
			t.Errorf("frame %d was drawn", bad)
		}
	}
	if _, err := Course(nil); err == nil || !strings.Contains(err.Error(), "tightrope figures") {
		t.Errorf("without a record: %v", err)
	}
}

func TestTightNotStable(t *testing.T) {
	f, err := CourseDistances(course())
	if err != nil {
		t.Fatal(err)
	}
	if want := "γ = 3 gives as many unstable neurons, on average 18 % of u − l from a touching point instead of " +
		"35 % (tight: 75 % instead of 25 %): tight is not stable."; f.Caption != want {
		t.Errorf("caption %q, want %q", f.Caption, want)
	}
	counts := Distances{Samples: 2, Values: []float64{0, 0.004, 0.3}}.histogram([]float64{0.005, 0.1, math.Inf(1)})
	if counts[0] != 1 || counts[1] != 0 || counts[2] != 0.5 {
		t.Errorf("histogram %v, want 1, 0, 0.5 a sample", counts)
	}
	if _, err := TightNotStable(Distances{}); err == nil {
		t.Error("drawn without samples")
	}
}

func TestProposition(t *testing.T) {
	r := record.New("toy: proposition 1", record.Toy)
	r.Pairs = []record.TightnessPair{{Unstable: 2}, {}, {D: 0.1, R: 0.2, Unstable: 1}, {R: 0.1, Unstable: 1}}
	f, err := Proposition(r)
	if err != nil {
		t.Fatal(err)
	}
	if want := "in 2 of 4 relaxed problems r = 0, and there d ≤ 0; 1 of these have unstable neurons"; !strings.Contains(
		f.Caption, want) {
		t.Errorf("caption %q", f.Caption)
	}
	if svg := string(SVG(f)); !strings.Contains(svg, "d = 0, r &gt; 0 (1)") &&
		!strings.Contains(svg, "d = 0, r > 0 (1)") {
		t.Error("the pair with d = 0 and r > 0 is not named")
	}
	if _, err := Proposition(&record.Record{}); err == nil {
		t.Error("drawn without pairs")
	}
}

func TestAnatomy(t *testing.T) {
	n := NeuronAt{Name: "1.2", Lower: -1, Upper: 1, H: -0.5, Slope: 0.5, Intercept: 0.5, Z: 0, Gap: 0.25}
	tight := NeuronAt{Name: "1.3", Lower: -1, Upper: 1, H: 0.5, Slope: 0.5, Tight: true}
	f, err := Anatomy(AnatomyData{Bound: -0.5, D: 0.25, R: 0.1, Neurons: []NeuronAt{tight, n}})
	if err != nil || !strings.Contains(f.Caption, "2 unstable neurons, 1 of them tight") ||
		!strings.Contains(string(SVG(f)), "1.2: part of d 0.25") {
		t.Errorf("%v, %v", f, err)
	}
	if at := n.touching(); len(at) != 2 || at[0] != -1 || len(tight.touching()) != 1 {
		t.Errorf("touching points %v and %v", at, tight.touching())
	}
	many := AnatomyData{}
	for range 40 {
		many.Neurons = append(many.Neurons, n)
	}
	if f, err = Anatomy(many); err != nil || !strings.Contains(f.Caption, "the 24 that cost most") {
		t.Errorf("%v, %v", f, err)
	}
	SVG(f)
	if f, err = Anatomy(AnatomyData{}); err != nil || !strings.Contains(string(SVG(f)), "linear in the box") {
		t.Errorf("%v, %v", f, err)
	}
	if _, err := Anatomy(AnatomyData{Neurons: []NeuronAt{{Name: "1.1", Lower: 1, Upper: 2}}}); err == nil {
		t.Error("a stable neuron was drawn")
	}
}

func TestAppendixF(t *testing.T) {
	var all []*record.Record
	for i, name := range []string{"l2-cp", "l2-ibp"} {
		for seed := range uint64(2) {
			r := record.New("conv/digits-"+name, record.Train)
			r.Seed = seed
			r.Results = map[string]record.SplitResult{record.Test: {Samples: 100, StandardError: 5, PGDError: 10,
				PGDSteps: 10, CertifiedError: 20 + 60*float64(i), Technique: []string{"Fast-Lin", "IBP"}[i], Eps: 0.3,
				Norm: "l2"}}
			all = append(all, r)
		}
	}
	f, err := AppendixF(all...)
	if err != nil {
		t.Fatal(err)
	}
	if want := "Certified error: Fast-Lin(ℓ2, 0.3) 20.0 %, IBP(ℓ2, 0.3) 80.0 % (2 seeds)."; f.Caption != want {
		t.Errorf("caption %q, want %q", f.Caption, want)
	}
	if _, err := AppendixF(); err == nil {
		t.Error("drawn from nothing")
	}
}
