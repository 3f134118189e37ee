package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
)

// Set is a labelled collection of images, all of one shape.
type Set struct {
	Name       string
	Shape      []int     // of one sample: [channels, height, width]
	Classes    int       // labels are 0 .. Classes-1
	ClassNames []string  // one per class, or empty
	X          []float32 // [samples, channels, height, width], row-major, in [Lower, Upper]
	Y          []int32   // [samples]

	// Lower and Upper are the valid box of every input, 0 and 1 for images: no attack and no certificate leaves it.
	Lower, Upper float32
}

// Len is the number of samples.
func (s *Set) Len() int { return len(s.Y) }

// Dim is the number of inputs of one sample, channels * height * width.
func (s *Set) Dim() int {
	dim := 1
	for _, n := range s.Shape {
		dim *= n
	}
	return dim
}

// Sample is the i-th image, [channels * height * width]. It shares memory with the set.
func (s *Set) Sample(i int) []float32 {
	dim := s.Dim()
	return s.X[i*dim : (i+1)*dim : (i+1)*dim]
}

// Subset copies the samples with these indices, in this order. It panics if an index is out of range, as a slice
// does.
func (s *Set) Subset(indices []int) *Set {
	dim := s.Dim()
	sub := s.like(make([]float32, 0, len(indices)*dim), make([]int32, 0, len(indices)))
	for _, i := range indices {
		sub.X = append(sub.X, s.Sample(i)...)
		sub.Y = append(sub.Y, s.Y[i])
	}
	return sub
}

// Head is the first n samples (all, where there are fewer). It shares memory with the set.
func (s *Set) Head(n int) *Set {
	n = max(0, min(n, s.Len()))
	return s.like(s.X[:n*s.Dim():n*s.Dim()], s.Y[:n:n])
}

// Slice is the samples from, from+1, ..., to-1. It shares memory with the set.
func (s *Set) Slice(from, to int) *Set {
	return s.like(s.X[from*s.Dim():to*s.Dim():to*s.Dim()], s.Y[from:to:to])
}

// like is a set with the same description and other samples.
func (s *Set) like(x []float32, y []int32) *Set {
	other := *s
	other.X, other.Y = x, y
	return &other
}

// Validate checks the shape, every label, and that every input is a number inside [Lower, Upper]. Its error names the
// first offending sample.
func (s *Set) Validate() error {
	if err := s.validateShape(); err != nil {
		return err
	}
	if err := s.validateLabels(); err != nil {
		return err
	}
	dim := s.Dim()
	for k, x := range s.X {
		if x >= s.Lower && x <= s.Upper {
			continue
		}
		if math.IsNaN(float64(x)) {
			return fmt.Errorf("%s: sample %d is not a number (NaN) at input %d: remove the sample, or repair it",
				s.Name, k/dim, k%dim)
		}
		return fmt.Errorf("%s: sample %d is %g at input %d, outside of the box [%g, %g]: scale the data, or widen "+
			"the box", s.Name, k/dim, x, k%dim, s.Lower, s.Upper)
	}
	return nil
}

func (s *Set) validateShape() error {
	if len(s.Shape) != 3 || s.Dim() <= 0 {
		return fmt.Errorf("%s: the shape of a sample is %v, but must be [channels, height, width], each at least 1",
			s.Name, s.Shape)
	}
	if s.Classes < 2 {
		return fmt.Errorf("%s: %d classes: a classifier needs at least 2", s.Name, s.Classes)
	}
	if len(s.ClassNames) != 0 && len(s.ClassNames) != s.Classes {
		return fmt.Errorf("%s: %d class names for %d classes: give one a class, or none", s.Name, len(s.ClassNames),
			s.Classes)
	}
	if len(s.X) != len(s.Y)*s.Dim() {
		return fmt.Errorf("%s: %d labels of shape %v need %d inputs, but there are %d", s.Name, len(s.Y), s.Shape,
			len(s.Y)*s.Dim(), len(s.X))
	}
	if !(s.Lower < s.Upper) {
		return fmt.Errorf("%s: the box [%g, %g] is empty: Lower must be below Upper", s.Name, s.Lower, s.Upper)
	}
	return nil
}

func (s *Set) validateLabels() error {
	for i, y := range s.Y {
		if y < 0 || int(y) >= s.Classes {
			return fmt.Errorf("%s: sample %d has label %d, but labels are 0 to %d: correct the label, or the number "+
				"of classes", s.Name, i, y, s.Classes-1)
		}
	}
	return nil
}

// Histogram counts the samples of each class, [classes].
func (s *Set) Histogram() []int {
	counts := make([]int, s.Classes)
	for _, y := range s.Y {
		counts[y]++
	}
	return counts
}

// MeanStd is the mean and the standard deviation (of the population) of each channel over all samples and pixels,
// [channels] each: as a network's normalisation layer needs them.
func (s *Set) MeanStd() (mean, std []float64) {
	channels, plane := s.Shape[0], s.Shape[1]*s.Shape[2]
	mean, std = make([]float64, channels), make([]float64, channels)
	for k, x := range s.X {
		c := k / plane % channels
		mean[c] += float64(x)
		std[c] += float64(x) * float64(x)
	}
	n := float64(max(1, s.Len()*plane))
	for c := range mean {
		mean[c] /= n
		std[c] = math.Sqrt(max(0, std[c]/n-mean[c]*mean[c]))
	}
	return mean, std
}

// Hash is the SHA-256 of shape, box, inputs and labels, in hexadecimal: two sets with one hash are the same data.
func (s *Set) Hash() string {
	h := sha256.New()
	fmt.Fprintf(h, "%v %d %g %g %d\n", s.Shape, s.Classes, s.Lower, s.Upper, s.Len())
	buf := make([]byte, 0, 1<<16)
	for start := 0; start < len(s.X); start += 1 << 14 {
		buf = buf[:0]
		for _, x := range s.X[start:min(start+1<<14, len(s.X))] {
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(x))
		}
		h.Write(buf)
	}
	buf = buf[:0]
	for _, y := range s.Y {
		buf = binary.LittleEndian.AppendUint32(buf, uint32(y))
	}
	h.Write(buf)
	return hex.EncodeToString(h.Sum(nil))
}
