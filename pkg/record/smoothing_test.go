package record

import (
	"math"
	"strings"
	"testing"
)

// TestSmoothing counts certificates at radii, and compares with trainings for l2 on the same data only.
func TestSmoothing(t *testing.T) {
	images := []SmoothImage{{Class: 3, Label: 3, Radius: 0.4}, {Class: 3, Label: 4, Radius: 0.4}, {Class: -1, Label: 1},
		{Class: 0, Label: 0, Radius: 0.1}}
	r := &Record{Kind: Smooth, Dataset: Dataset{Name: "mnist"}, Smoothing: &Smoothing{Alpha: 0.01, Images: images}}
	for radius, want := range map[float64]float64{0: 50, 0.1: 25, 0.2: 25, 0.4: 0} {
		if got := r.Smoothing.CertifiedAccuracy(radius); got != want {
			t.Errorf("radius %v: accuracy %v, want %v", radius, got, want)
		}
	}
	if r.Smoothing.Abstained() != 25 || r.Smoothing.Confidence() != "with confidence 0.99 for each image" {
		t.Errorf("%v %% abstained, %s", r.Smoothing.Abstained(), r.Smoothing.Confidence())
	}
	training := func() *Record {
		return &Record{Name: "small", Kind: Train, Hash: "ab", Dataset: Dataset{Name: "mnist"},
			Recipe: []byte(`{"train_samples": 7, "train": {"method": "ibp", "epochs": 3},
				"eval": {"curve_samples": 20}}`),
			Results: map[string]SplitResult{Test: {Norm: "l2", Eps: 0.25, Technique: "IBP", Samples: 50}},
			Curve:   []CurvePoint{{Eps: 0.1, CertifiedError: 20}}}
	}
	if err := r.Compare(training()); err != nil {
		t.Fatal(err)
	}
	b := r.Smoothing.Beside[0]
	if b.At(0.1) != 80 || !math.IsNaN(b.At(0.2)) || b.Method != "ibp" || b.Epochs != 3 || b.Samples != 20 ||
		b.TrainSamples != 7 || b.Hash != "ab" {
		t.Errorf("%+v", b)
	}
	for want, change := range map[string]func(*Record){
		"l2 only":     func(r *Record) { r.Results = map[string]SplitResult{Test: {Norm: "linf"}} },
		"cifar10":     func(r *Record) { r.Dataset.Name = "cifar10" },
		"no record":   func(r *Record) { r.Kind = Eval },
		"--curve":     func(r *Record) { r.Curve = nil },
		"recipe of s": func(r *Record) { r.Recipe = []byte("{") },
	} {
		other := training()
		change(other)
		if err := r.Compare(other); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if len(r.Smoothing.Beside) != 1 {
		t.Errorf("%d trainings are kept", len(r.Smoothing.Beside))
	}
}
