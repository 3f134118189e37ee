package data

import (
	"math"
	"slices"
	"testing"
)

// plain is the slow, obvious form of apply: flip, pad, crop.
func plain(a Augment, src []float32, shape []int, ch change) []float32 {
	channels, height, width := shape[0], shape[1], shape[2]
	out := make([]float32, len(src))
	for c := range channels {
		for y := range height {
			for x := range width {
				v := float32(0)
				if a.Fill != nil {
					v = a.Fill[c]
				}
				row, col := y+ch.up, x+ch.left
				if row >= 0 && row < height && col >= 0 && col < width {
					if ch.flip {
						col = width - 1 - col
					}
					v = src[(c*height+row)*width+col]
				}
				out[(c*height+y)*width+x] = v
			}
		}
	}
	return out
}

func TestApplyEqualsPlainForm(t *testing.T) {
	s := ramp(2)
	for _, a := range []Augment{{Flip: true, Pad: 2}, {Flip: true, Pad: 2, Fill: []float32{0.25, 0.75}}} {
		for up := -2; up <= 2; up++ {
			for left := -2; left <= 2; left++ {
				for _, flip := range []bool{false, true} {
					ch := change{flip, up, left}
					got := make([]float32, s.Dim())
					a.apply(got, s.Sample(1), s.Shape, ch)
					if want := plain(a, s.Sample(1), s.Shape, ch); !slices.Equal(got, want) {
						t.Errorf("%+v: got %v, want %v", ch, got, want)
					}
				}
			}
		}
	}
}

// TestDrawIsUniform checks frequencies of flips and of the 81 crops against 5 standard deviations of the binomial.
func TestDrawIsUniform(t *testing.T) {
	a := Augment{Flip: true, Pad: 4}
	const epochs, samples = 40, 2000
	flips, crops := 0, map[[2]int]int{}
	for epoch := range epochs {
		for i := range samples {
			ch := a.draw(5, epoch, i)
			if ch.flip {
				flips++
			}
			crops[[2]int{ch.up, ch.left}]++
		}
	}
	within := func(what string, count int, p float64) {
		n := float64(epochs * samples)
		if math.Abs(float64(count)-n*p) > 5*math.Sqrt(n*p*(1-p)) {
			t.Errorf("%s: %d of %g, expected %g", what, count, n, n*p)
		}
	}
	within("flips", flips, 0.5)
	if len(crops) != 81 {
		t.Errorf("%d different crops, want 81", len(crops))
	}
	for offset, count := range crops {
		if max(offset[0], offset[1], -offset[0], -offset[1]) > 4 {
			t.Errorf("offset %v is beyond the padding", offset)
		}
		within("crop", count, 1.0/81)
	}
}

func TestDrawDependsOnAllKeys(t *testing.T) {
	a := Augment{Flip: true, Pad: 4}
	drawn := func(seed uint64, epoch int) []change {
		list := make([]change, 50)
		for i := range list {
			list[i] = a.draw(seed, epoch, i)
		}
		return list
	}
	if !slices.Equal(drawn(1, 1), drawn(1, 1)) {
		t.Error("the same keys draw differently")
	}
	if slices.Equal(drawn(1, 1), drawn(1, 2)) || slices.Equal(drawn(1, 1), drawn(2, 1)) {
		t.Error("epoch or seed makes no difference")
	}
	for _, ch := range drawn(3, 3) {
		if zero := (&Augment{}).draw(3, 3, 1); zero != (change{}) {
			t.Errorf("the zero Augment draws %+v beside %+v", zero, ch)
		}
	}
}
