package train

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
)

// TestAt checks the paper's schedule: linspace(0.01, 0.1, 20) by epoch, weights from 0 with it, halvings every 10 epochs from epoch 20.
func TestAt(t *testing.T) {
	c := Config{Epochs: 80, Eps: 0.1, EpsStart: 0.01, Ramp: 20, LearningRate: 1e-3, Decay: Decay{Every: 10}, Lambda: 0.5, Gamma: 4}
	for _, want := range []struct {
		epoch           int
		eps, rate, part float64
	}{
		{0, 0.01, 1e-3, 0}, {1, 0.01 + 0.09/19, 1e-3, 1. / 19}, {10, 0.01 + 0.9/19, 1e-3, 10. / 19}, {18, 0.1 - 0.09/19, 1e-3, 18. / 19}, {19, 0.1, 1e-3, 1},
		{20, 0.1, 1e-3, 1}, {29, 0.1, 1e-3, 1}, {30, 0.1, 5e-4, 1}, {39, 0.1, 5e-4, 1}, {40, 0.1, 2.5e-4, 1}, {79, 0.1, 1e-3 / 32, 1},
	} {
		got := c.At(want.epoch, 3, 7)
		for _, pair := range [][2]float64{{got.Eps, want.eps}, {got.LearningRate, want.rate}, {got.Lambda, 0.5 * want.part}, {got.Gamma, 4 * want.part}} {
			if math.Abs(pair[0]-pair[1]) > 1e-15 {
				t.Errorf("epoch %d: %+v, want %+v", want.epoch, got, want)
			}
		}
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

func TestConfigJSON(t *testing.T) {
	c := short()
	c.Method = Natural
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
