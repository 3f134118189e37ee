package ball

import (
	"fmt"
	"math"
	"slices"
)

// PerChannel is the l_inf ball, without a box, of a radius for each channel, [channels] in pixel units, around inputs
// of a shape [channels, ...]; a shape [features] has as many channels. Eps is the largest, and Radii scale it. Of each
// product, in real arithmetic, no radius is less than the one that was asked for: scales are rounded upwards. It
// returns an error for radii that are not one for each channel.
func PerChannel(radii []float64, shape []int) (Ball, error) {
	if len(shape) == 0 || len(radii) != shape[0] || len(radii) == 0 {
		return Ball{}, fmt.Errorf("%d radii for inputs of shape %v, whose channels come first: give one for all, or "+
			"one for each channel", len(radii), shape)
	}
	b := Ball{Eps: slices.Max(radii)}
	each := 1
	for _, d := range shape[1:] {
		each *= d
	}
	for _, r := range radii {
		b.Radii = append(b.Radii, slices.Repeat([]float64{scale(r, b.Eps)}, each)...)
	}
	if slices.Min(radii) == b.Eps {
		b.Radii = nil
	}
	return b, b.Validate()
}

// scale is r / eps, rounded so that its product with eps, in real arithmetic, is at least r.
func scale(r, eps float64) float64 {
	if r == eps {
		return 1
	}
	s := r / eps
	for math.FMA(s, eps, -r) < 0 { // whose sign is exact
		s = math.Nextafter(s, math.Inf(1))
	}
	return s
}

// Channels are the radii, in pixel units, of equal parts of the features that have one radius each, in the fewest such
// parts: of the channels, in a ball that [PerChannel] makes. nil: one radius is that of all.
func (b Ball) Channels() []float64 {
	n := len(b.Radii)
	if n == 0 {
		return nil
	}
	for parts := 1; ; parts++ {
		if n%parts != 0 || !b.constant(n/parts) {
			continue
		}
		var radii []float64
		for k := range parts {
			radii = append(radii, b.Eps*b.Radii[k*n/parts])
		}
		return radii
	}
}

// constant reports whether each part of so many features has one radius.
func (b Ball) constant(each int) bool {
	for k, r := range b.Radii {
		if r != b.Radii[k-k%each] {
			return false
		}
	}
	return true
}
