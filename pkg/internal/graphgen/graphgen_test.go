package graphgen

import (
	"math"
	"reflect"
	"testing"

	"tightrope/pkg/ball"
)

// TestCases checks that every case is a valid problem, exact in float32, and the same whenever its seed is drawn, and
// that all features occur.
func TestCases(t *testing.T) {
	t.Run("relus", func(t *testing.T) { testCases(t, Options{}, Features()) })
	t.Run("smooth", func(t *testing.T) { testCases(t, Options{Smooth: true}, SmoothFeatures()) })
}

func testCases(t *testing.T, o Options, features []Feature) {
	met := map[Feature]int{}
	for seed := range uint64(1000) {
		c := New(seed, o)
		if err := c.Network.Validate(); err != nil {
			t.Fatalf("%v: %v", c, err)
		}
		checkExact(t, c)
		for i := range c.Labels {
			for _, eps := range c.Radii {
				b := c.Ball
				b.Eps = eps
				if err := b.Validate(); err != nil {
					t.Fatalf("%v: %v", c, err)
				}
				if err := ball.CheckInput(b, c.Sample(i)); err != nil {
					t.Fatalf("%v: %v", c, err)
				}
			}
		}
		if again := New(seed, o); !reflect.DeepEqual(again, c) {
			t.Fatalf("seed %d gives two cases", seed)
		}
		for _, f := range c.Features() {
			met[f]++
		}
	}
	for _, f := range features {
		t.Logf("%5d %s", met[f], f)
		if met[f] < 25 {
			t.Errorf("feature %q: %d of 1000 cases", f, met[f])
		}
	}
}

// checkExact checks that the numbers of a case are the same in float32, and no network is a trifle larger than tests
// can take.
func checkExact(t *testing.T, c *Case) {
	t.Helper()
	values := append(append([]float64{}, c.X...), c.Radii...)
	for _, p := range c.Network.Params {
		values = append(values, p.Data...)
	}
	for _, v := range values {
		if float64(float32(v)) != v || math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("%v: %v is not exact in float32", c, v)
		}
	}
	if n := c.Network.HiddenUnits(); n > 3000 {
		t.Errorf("%v: %d hidden units", c, n)
	}
}
