package ball

import (
	"strings"
	"testing"
)

func TestDecimal(t *testing.T) {
	for eps, less := range map[float64]bool{0.3: true, 0.1: false, 0.5: false, 0: false, 2.0 / 255: false, 0.7: true,
		1: false} {
		if got := Decimal(eps); strings.Contains(got, "less") != less {
			t.Errorf("Decimal(%v) = %q", eps, got)
		}
	}
}

func TestEqual(t *testing.T) {
	different := []Ball{{}, {Eps: 0.1}, {Eps: 0.1, Norm: L2}, {Eps: 0.1, Box: Unit}, {Eps: 0.1, Box: &Box{0, 2}},
		{Eps: 0.1, Radii: []float64{}}, {Eps: 0.1, Radii: []float64{1, 2}}, {Eps: 0.1, Radii: []float64{1, 3}}}
	texts := map[string]bool{}
	for i, a := range different {
		for j, b := range different {
			if a.Equal(b) != (i == j) {
				t.Errorf("%+v and %+v: equal %v", a, b, a.Equal(b))
			}
		}
		if len(a.Radii) > 0 || a.Radii == nil {
			texts[a.String()] = true
		}
	}
	if len(texts) != len(different)-1 {
		t.Errorf("balls that differ read alike: %v", texts)
	}
	if b := (Ball{Eps: 0.1, Box: &Box{0, 1}}); !b.Equal(Ball{Eps: 0.1, Box: Unit}) {
		t.Error("the same box in another place counts as different")
	}
}
