package data

import "fmt"

// Augment is the usual random change of small photographs: mirror left and right with probability 1/2, then shift by up
// to Pad pixels each way (a crop of the padded image: He et al., Deep residual learning, 2016, section 4.2). The change
// of a sample depends only on seed, epoch and the sample's number. The zero value changes nothing.
type Augment struct {
	Flip bool
	Pad  int       // pixels; CIFAR-10: 4
	Fill []float32 // [channels], what the padding holds; nil: 0, black
}

// check says whether the augmentation fits the set.
func (a *Augment) check(s *Set) error {
	if a.Pad < 0 || a.Pad >= min(s.Shape[1], s.Shape[2]) {
		return fmt.Errorf("augmentation pads %d pixels: must be 0 to %d for images of %s", a.Pad,
			min(s.Shape[1], s.Shape[2])-1, s.Name)
	}
	if a.Fill != nil && len(a.Fill) != s.Shape[0] {
		return fmt.Errorf("augmentation has %d fill values: must be one for each of the %d channels of %s", len(a.Fill),
			s.Shape[0], s.Name)
	}
	for _, v := range a.Fill {
		if !(v >= s.Lower && v <= s.Upper) {
			return fmt.Errorf("augmentation fills with %g, outside of the box [%g, %g] of %s", v, s.Lower, s.Upper,
				s.Name)
		}
	}
	return nil
}

// change is one drawn augmentation: mirror, then move the picture by (up, left) pixels, either of them negative for
// down and right.
type change struct {
	flip     bool
	up, left int
}

func (a *Augment) draw(seed uint64, epoch, index int) change {
	pcg := stream(seed, forAugment, uint64(epoch), uint64(index))
	bits, span := pcg.Uint64(), uint64(2*a.Pad+1)
	return change{
		flip: a.Flip && bits>>63 == 1,
		up:   int((bits&0x3fffffff)*span>>30) - a.Pad,
		left: int((bits>>30&0x3fffffff)*span>>30) - a.Pad,
	}
}

// apply writes the changed image, [channels, height, width] both. dst must be zero where Fill is nil.
func (a *Augment) apply(dst, src []float32, shape []int, ch change) {
	height, width := shape[1], shape[2]
	plane := height * width
	for c := range shape[0] {
		to, from := dst[c*plane:(c+1)*plane], src[c*plane:(c+1)*plane]
		if a.Fill != nil && (ch.up != 0 || ch.left != 0) {
			fill(to, a.Fill[c])
		}
		for y := max(0, -ch.up); y < min(height, height-ch.up); y++ {
			source := from[(y+ch.up)*width : (y+ch.up+1)*width]
			shiftRow(to[y*width:(y+1)*width], source, ch.left, ch.flip)
		}
	}
}

// shiftRow sets dst[x] to the mirrored or plain src at x+left, where that exists.
func shiftRow(dst, src []float32, left int, flip bool) {
	first, end := max(0, -left), min(len(dst), len(dst)-left)
	if !flip {
		copy(dst[first:end], src[first+left:end+left])
		return
	}
	for x, k := first, len(src)-1-first-left; x < end; x, k = x+1, k-1 {
		dst[x] = src[k]
	}
}

func fill(xs []float32, v float32) {
	for i := range xs {
		xs[i] = v
	}
}
