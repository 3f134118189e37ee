package cert

import (
	"math"
	"strings"
	"testing"

	"tightrope/pkg/ball"
)

// TestRegionRefuses: a ball or an input that makes no sense has no region.
func TestRegionRefuses(t *testing.T) {
	n := plain(t, tent(t, 0.3))
	for name, c := range map[string]struct {
		ball ball.Ball
		x    []float64
		want string
	}{
		"outside the box":    {ball.Ball{Eps: 1, Box: ball.Unit}, []float64{-0.5}, "outside the box"},
		"above the box":      {ball.Ball{Eps: 1, Box: ball.Unit}, []float64{1.5}, "outside the box"},
		"undefined":          {ball.Ball{Eps: 1}, []float64{math.NaN()}, "finite"},
		"infinite":           {ball.Ball{Eps: 1}, []float64{math.Inf(1)}, "finite"},
		"two values":         {ball.Ball{Eps: 1}, []float64{0, 0}, "2 values"},
		"too many radii":     {ball.Ball{Eps: 1, Radii: []float64{1, 1}}, []float64{0}, "radii"},
		"radii of l2":        {ball.Ball{Eps: 1, Norm: ball.L2, Radii: []float64{1}}, []float64{0}, "radii"},
		"a negative radius":  {ball.Ball{Eps: -1}, []float64{0}, "eps"},
		"an infinite radius": {ball.Ball{Eps: math.Inf(1)}, []float64{0}, "eps"},
		"no norm":            {ball.Ball{Eps: 1, Norm: 3}, []float64{0}, "norm"},
		"an empty box":       {ball.Ball{Eps: 1, Box: &ball.Box{Lower: 1, Upper: 0}}, []float64{0.5}, "box"},
	} {
		if _, err := NewRegion(n, c.ball, c.x); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
