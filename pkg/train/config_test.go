package train

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"tightrope/pkg/data"
)

// TestAt checks the paper's schedule: linspace(0.01, 0.1, 20) by epoch, weights from 0 with it, halvings every 10
// epochs from epoch 20.
func TestAt(t *testing.T) {
	c := Config{Epochs: 80, Eps: 0.1, EpsStart: 0.01, Ramp: 20, LearningRate: 1e-3, Decay: Decay{Every: 10},
		Lambda: 0.5, Gamma: 4}
	for _, want := range []struct {
		epoch           int
		eps, rate, part float64
	}{
		{0, 0.01, 1e-3, 0}, {1, 0.01 + 0.09/19, 1e-3, 1. / 19}, {10, 0.01 + 0.9/19, 1e-3, 10. / 19},
		{18, 0.1 - 0.09/19, 1e-3, 18. / 19}, {19, 0.1, 1e-3, 1},
		{20, 0.1, 1e-3, 1}, {29, 0.1, 1e-3, 1}, {30, 0.1, 5e-4, 1}, {39, 0.1, 5e-4, 1}, {40, 0.1, 2.5e-4, 1},
		{79, 0.1, 1e-3 / 32, 1},
	} {
		got := c.At(want.epoch, 3, 7)
		for _, pair := range [][2]float64{{got.Eps, want.eps}, {got.LearningRate, want.rate},
			{got.Lambda, 0.5 * want.part}, {got.Gamma, 4 * want.part}} {
			if math.Abs(pair[0]-pair[1]) > 1e-15 {
				t.Errorf("epoch %d: %+v, want %+v", want.epoch, got, want)
			}
		}
	}
}

// TestFade: with Fade, lambda and gamma keep their proportion to the learning rate once that decays, and are those of
// the ramp before.
func TestFade(t *testing.T) {
	c := Config{Epochs: 20, Ramp: 5, Eps: 0.1, EpsStart: 0.01, Lambda: 0.5, Gamma: 3, Decay: Decay{Every: 4}}
	faded := c
	faded.Fade = true
	for epoch := range c.Epochs {
		plain, got := c.At(epoch, 0, 7), faded.At(epoch, 0, 7)
		rate := plain.LearningRate / 1e-3
		if math.Abs(got.Gamma-plain.Gamma*rate) > 1e-12 || math.Abs(got.Lambda-plain.Lambda*rate) > 1e-12 ||
			got.LearningRate != plain.LearningRate || got.Eps != plain.Eps {
			t.Errorf("epoch %d: %+v, without fading %+v", epoch, got, plain)
		}
	}
	if last := faded.At(19, 0, 7); !(last.Gamma < 1) {
		t.Errorf("gamma ends at %v", last.Gamma)
	}
}

// TestStepwise checks the ramps by step: the warm-up, closed forms, continuity of value and slope of the smoothed one,
// kappa and beta in proportion to eps.
func TestStepwise(t *testing.T) {
	c := Config{Method: CROWNIBP, Epochs: 40, Eps: 0.4, Warmup: 2, Ramp: 10, RampForm: BySteps, LearningRate: 1e-3,
		Gamma: 3, Kappa: Range{1, 0.5}, Beta: Range{1, 0},
		Decay: Decay{Factor: 0.1, At: []int{25, 30}}}
	for _, want := range []struct {
		epoch, step                   int
		eps, kappa, beta, gamma, rate float64
	}{
		{0, 3, 0, 0, 0, 0, 1e-3}, {1, 7, 0, 0, 0, 0, 1e-3}, {2, 0, 0, 1, 1, 0, 1e-3},
		{4, 4, 0.1, 0.875, 0.75, 0.75, 1e-3}, {7, 0, 0.2, 0.75, 0.5, 1.5, 1e-3},
		{12, 0, 0.4, 0.5, 0, 0, 1e-3}, {25, 0, 0.4, 0.5, 0, 0, 1e-4}, {39, 7, 0.4, 0.5, 0, 0, 1e-5},
	} {
		w := c.At(want.epoch, want.step, 8)
		for _, pair := range [][2]float64{{w.Eps, want.eps}, {w.Kappa, want.kappa}, {w.Beta, want.beta},
			{w.Gamma, want.gamma}, {w.LearningRate, want.rate}} {
			if math.Abs(pair[0]-pair[1]) > 1e-15 {
				t.Errorf("%+v, want %+v", w, want)
			}
		}
	}
	c.Beta.End = 0.2 // no second stage: the regularizers stay
	if w := c.At(39, 7, 8); w.Gamma != 3 || math.Abs(w.Beta-0.2) > 1e-15 {
		t.Errorf("beta ends at 0.2: %+v", w)
	}
	const h = 1e-6
	slope := func(at float64) float64 { return (smoothed(at+h) - smoothed(at-h)) / (2 * h) }
	if smoothed(0) != 0 || math.Abs(smoothed(1)-1) > 1e-15 || math.Abs(smoothed(0.125)*16-smoothed(0.25)) > 1e-15 ||
		math.Abs(slope(0.24999)-slope(0.25001)) > 1e-3 || math.Abs(slope(0.3)-slope(0.9)) > 1e-6 {
		t.Errorf("smoothed ramp: %v at 0, %v at 1, slopes %v and %v at a quarter", smoothed(0), smoothed(1),
			slope(0.24999), slope(0.25001))
	}
}

// TestCompress keeps the proportions of all schedules.
func TestCompress(t *testing.T) {
	c := Config{Epochs: 80, Eps: 0.1, EpsStart: 0.01, Ramp: 20, Decay: Decay{Every: 10}}
	for epochs, want := range map[int][2]int{40: {10, 5}, 8: {2, 1}, 160: {40, 20}, 1: {1, 1}} {
		got := c.Compress(epochs)
		if got.Epochs != epochs || got.Ramp != want[0] || got.Decay.Every != want[1] {
			t.Errorf("80 -> %d epochs: ramp %d, halve every %d, want %v", epochs, got.Ramp, got.Decay.Every, want)
		}
		if w := got.At(epochs-1, 6, 7); w.Eps != 0.1 {
			t.Errorf("80 -> %d epochs: the ramp is cut off at eps %v", epochs, w.Eps)
		}
		if err := got.Validate(); err != nil {
			t.Error(err)
		}
	}
}

// TestCompressAll compresses warm-up and milestones too.
func TestCompressAll(t *testing.T) {
	c := Config{Epochs: 200, Eps: 0.4, Warmup: 10, Ramp: 50, Decay: Decay{At: []int{130, 190}}}.Compress(20)
	if want := (Config{Epochs: 20, Eps: 0.4, Warmup: 1, Ramp: 5,
		Decay: Decay{At: []int{13, 19}}}); !reflect.DeepEqual(c, want) {
		t.Errorf("%+v, want %+v", c, want)
	}
}

func TestConfigJSON(t *testing.T) {
	c := short()
	c.Method, c.RampForm, c.Augment, c.Decay.At = SABR, Smoothed, &data.Augment{Flip: true, Pad: 4}, []int{3}
	c.Attack, c.Share, c.Kappa = Attack{Steps: 3, StepSize: 0.1, Scale: 2}, 0.4, Range{1, 0.5}
	content, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back Config
	if err := json.Unmarshal(content, &back); err != nil || !reflect.DeepEqual(c, back) {
		t.Errorf("%s read back as %+v (%v)", content, back, err)
	}
	if err := json.Unmarshal([]byte(`{"method":"magic"}`), &back); err == nil {
		t.Error("method magic: no error")
	}
}
