package verify

import (
	"math"
	"testing"

	"tightrope/pkg/attack"
	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/record"
	"tightrope/pkg/technique"
)

// TestDistances: on the toy every attack ends at the exact distance 0.35; on random networks, in every norm, none ends
// nearer than the proved radius, most find an image at all, and the ends of the exact interval are in order.
func TestDistances(t *testing.T) {
	n, set := toyNetwork(t)
	o := DistanceOptions{RadiusOptions: RadiusOptions{Tolerance: 1e-4}, Steps: 12, Queries: 80}
	r, err := Distances(t.Context(), testbackend.Open(t), n, set, o)
	if err != nil {
		t.Fatal(err)
	}
	d := r.Distances
	if len(d.Images) != 1 || len(d.Names) != len(technique.Of(technique.ForSearch)) || len(r.Radii) != 0 {
		t.Fatalf("%+v", d)
	}
	for k, name := range d.Names {
		if f := d.Images[0].Found[k]; math.Abs(f-0.35) > 2e-4 {
			t.Errorf("%s ends at %v, want 0.35", name, f)
		}
	}
	for _, norm := range []ball.Norm{ball.Linf, ball.L2, ball.L1} {
		n, set := small(t, "fc8 fc8 fc3", []int{1, 3, 3}, 5)
		o.Ball, o.Tolerance, o.Largest, o.Restarts = ball.Ball{Norm: norm, Box: ball.Unit}, 0.01, 2, attack.NoRestarts
		r, err := Distances(t.Context(), testbackend.Open(t), n, set, o)
		if err != nil {
			t.Fatal(err)
		}
		found, all := 0, 0
		for _, i := range r.Distances.Images {
			if i.Lower > i.Upper {
				t.Errorf("%v: image %d: between %v and %v", norm, i.Index, i.Lower, i.Upper)
			}
			for k, f := range i.Found {
				all++
				if f > 0 {
					found++
				}
				if f > 0 && f < i.Lower {
					t.Errorf("%v: %s ends at %v of image %d, robust up to %v", norm, r.Distances.Names[k], f, i.Index,
						i.Lower)
				}
			}
		}
		if all == 0 || found < all/2 {
			t.Errorf("%v: %d of %d searches found something", norm, found, all)
		}
		t.Logf("%v: median ratios of %v: %.3f", norm, r.Distances.Names, medians(r.Distances))
	}
}

func medians(d *record.Distances) (all []float64) {
	for k := range d.Names {
		all = append(all, record.Median(d.Ratios(k)))
	}
	return all
}
