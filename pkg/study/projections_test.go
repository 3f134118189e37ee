package study

import (
	"math"
	"testing"
)

// TestProjections checks the study on few draws: at k = 51 the bias is gone, the noise is that of Cauchy and Gaussian
// vectors, and it falls with k. A draw of a seed is the same again.
func TestProjections(t *testing.T) {
	n := Noise{Vectors: []int{11, 51}, Draws: 60}
	r, err := Projections(n)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Projections(Noise{Vectors: []int{11}, Draws: 60})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Noise) != 4 || r.Noise[0] != again.Noise[0] {
		t.Fatalf("%+v, again %+v", r.Noise, again.Noise)
	}
	for i, s := range r.Noise {
		if i%2 == 0 {
			continue
		}
		if few := r.Noise[i-1]; s.K != 51 || s.Deviation > few.Deviation/1.6 || s.High-s.Low > (few.High-few.Low)/1.6 {
			t.Errorf("%s: the noise does not fall: %+v after %+v", s.Norm, s, few)
		}
		if math.Abs(s.Mean-1) > 0.08 || s.Deviation < 0.1 || s.Deviation > 0.3 || s.Units != 100 {
			t.Errorf("%+v", s)
		}
	}
	if _, err := Projections(Noise{Draws: 1}); err == nil {
		t.Error("one draw is accepted")
	}
}

// TestNoiseSummary checks the statistics of known ratios.
func TestNoiseSummary(t *testing.T) {
	var ratios [][]float64
	for d := range 101 {
		ratios = append(ratios, []float64{float64(d) / 50, 1.2})
	}
	s := summarizeNoise(ratios)
	for name, c := range map[string][2]float64{
		"mean": {s.Mean, 1.1}, "deviation": {s.Deviation, math.Sqrt(101*102/12.0) / 50 / 2},
		"worst": {s.WorstUnit, 0.2},
		"low":   {s.Low, 0.2}, "high": {s.High, 1.8},
	} {
		if math.Abs(c[0]-c[1]) > 1e-9 {
			t.Errorf("%s: %v, want %v", name, c[0], c[1])
		}
	}
}
