package ball

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func ExamplePerChannel() {
	b, _ := PerChannel([]float64{0.5, 0.25}, []int{2, 1, 2})
	fmt.Println(b.Eps, b.Radii, b.Channels())
	// Output: 0.5 [1 1 0.5 0.5] [0.5 0.25]
}

// TestPerChannel: every feature's radius is at least its channel's in real arithmetic, and only by rounding more; the
// channels are found again.
func TestPerChannel(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 3000 {
		shape := []int{1 + r.IntN(4), 1 + r.IntN(3), 1 + r.IntN(3)}[:1+r.IntN(3)]
		radii := make([]float64, shape[0])
		each := 1
		for _, d := range shape[1:] {
			each *= d
		}
		for k := range radii {
			if radii[k] = float64(r.IntN(20)) / 255; r.IntN(3) == 0 {
				radii[k] = r.Float64()
			}
		}
		b, err := PerChannel(radii, shape)
		if err != nil {
			t.Fatal(err)
		}
		if b.Radii == nil {
			if slices.Min(radii) != slices.Max(radii) || b.Eps != radii[0] || b.Channels() != nil {
				t.Fatalf("%v became %v", radii, b)
			}
			continue
		}
		if len(b.Radii) != each*len(radii) {
			t.Fatalf("%d radii for shape %v", len(b.Radii), shape)
		}
		for k, s := range b.Radii {
			want := radii[k/each]
			exact := new(big.Rat).Mul(new(big.Rat).SetFloat64(s), new(big.Rat).SetFloat64(b.Eps))
			if exact.Cmp(new(big.Rat).SetFloat64(want)) < 0 || s*b.Eps > want*(1+0x1p-50) {
				t.Fatalf("feature %d of %v: %v times %v", k, radii, s, b.Eps)
			}
		}
		found := b.Channels()
		for k, v := range radii {
			if at := k * len(found) / len(radii); found[at] < v || found[at] > v*(1+0x1p-50) {
				t.Fatalf("%v has the channels %v", radii, found)
			}
		}
	}
}

func TestPerChannelRefuses(t *testing.T) {
	for _, c := range []struct {
		radii []float64
		shape []int
	}{{[]float64{1, 2}, []int{3, 2, 2}}, {nil, []int{0}}, {nil, nil}, {[]float64{1}, nil}, {[]float64{-1, -2},
		[]int{2}}, {[]float64{1, -2}, []int{2}}} {
		if _, err := PerChannel(c.radii, c.shape); err == nil {
			t.Errorf("%v for shape %v are accepted", c.radii, c.shape)
		}
	}
	_, err := PerChannel([]float64{1, 2}, []int{3, 2, 2})
	if err == nil || !strings.Contains(err.Error(), "one for each channel") {
		t.Error(err)
	}
}
