package toy

import (
	"math"
	"testing"
)

func TestMoons(t *testing.T) {
	set, err := Moons(200, 0.06, 3)
	if err != nil || set.Validate() != nil || set.Len() != 200 || set.Histogram()[1] != 100 {
		t.Fatalf("%v, %v", set, err)
	}
	upper, lower := 0.0, 0.0
	for i, y := range set.Y {
		if y == 1 {
			upper += float64(set.Sample(i)[1]) / 100
		} else {
			lower += float64(set.Sample(i)[1]) / 100
		}
	}
	if upper < lower+0.3 {
		t.Errorf("mean heights of the moons are %v and %v", upper, lower)
	}
	again, _ := Moons(200, 0.06, 3)
	other, _ := Moons(200, 0.06, 4)
	if again.Hash() != set.Hash() || other.Hash() == set.Hash() {
		t.Error("the points do not depend on the seed and nothing else")
	}
	for _, bad := range [][2]float64{{1, 0.1}, {10, -1}, {10, math.NaN()}} {
		if _, err := Moons(int(bad[0]), bad[1], 0); err == nil {
			t.Errorf("moons of %v points with noise %v", bad[0], bad[1])
		}
	}
}
