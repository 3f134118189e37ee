package plot

import "testing"

// TestShortNumber checks that ticks show their own value, with steps of 2.5 too.
func TestShortNumber(t *testing.T) {
	for _, c := range []struct {
		v, step float64
		want    string
	}{{-7.5, 2.5, "−7.5"}, {10, 2.5, "10.0"}, {25, 25, "25"}, {-5, 5, "−5"}, {0.15, 0.05, "0.15"}, {0.25, 0.25, "0.25"}, {0.3, 0.1, "0.3"}} {
		if got := shortNumber(c.v, c.step); got != c.want {
			t.Errorf("%v with a step of %v is %q, want %q", c.v, c.step, got, c.want)
		}
	}
}
