package data

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// ramp is a set of n samples of 2 channels, 3 x 4 pixels; every input is different, and labels go round.
func ramp(n int) *Set {
	s := &Set{Name: "ramp", Shape: []int{2, 3, 4}, Classes: 3, Upper: 1}
	for i := range n {
		for j := range s.Dim() {
			s.X = append(s.X, float32(i*s.Dim()+j)/float32(n*s.Dim()))
		}
		s.Y = append(s.Y, int32(i%3))
	}
	return s
}

func TestValidateNamesTheSample(t *testing.T) {
	cases := []struct {
		name  string
		spoil func(*Set)
		want  string
	}{
		{"nothing", func(*Set) {}, ""},
		{"NaN", func(s *Set) { s.X[24*5+7] = float32(math.NaN()) }, "sample 5 is not a number (NaN) at input 7"},
		{"too large", func(s *Set) { s.X[24*2] = 1.5 }, "sample 2 is 1.5 at input 0, outside of the box [0, 1]"},
		{"infinite", func(s *Set) { s.X[24*2] = float32(math.Inf(1)) }, "sample 2 is +Inf"},
		{"too small", func(s *Set) { s.X[24*9+23] = -0.25 }, "sample 9 is -0.25 at input 23"},
		{"label too large", func(s *Set) { s.Y[4] = 3 }, "sample 4 has label 3, but labels are 0 to 2"},
		{"label negative", func(s *Set) { s.Y[4] = -1 }, "sample 4 has label -1"},
		{"inputs missing", func(s *Set) { s.X = s.X[1:] }, "need 240 inputs, but there are 239"},
		{"flat shape", func(s *Set) { s.Shape = []int{24} }, "must be [channels, height, width]"},
		{"one class", func(s *Set) { s.Classes = 1 }, "at least 2"},
		{"names", func(s *Set) { s.ClassNames = []string{"a"} }, "1 class names for 3 classes"},
		{"empty box", func(s *Set) { s.Upper = 0 }, "empty"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := ramp(10)
			c.spoil(s)
			wantError(t, s.Validate(), c.want)
		})
	}
}

// wantError checks that an error is one line that holds want; want "" is no error.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if (err == nil) != (want == "") {
		t.Fatalf("error %v, want one with %q", err, want)
	}
	if err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n")) {
		t.Fatalf("error %q, want one line with %q", err, want)
	}
}

func TestSubsetAndHead(t *testing.T) {
	s := ramp(10)
	sub := s.Subset([]int{7, 0, 7})
	if sub.Len() != 3 || !slices.Equal(sub.Sample(0), s.Sample(7)) || !slices.Equal(sub.Sample(1), s.Sample(0)) ||
		sub.Y[2] != s.Y[7] {
		t.Fatalf("Subset picked wrong samples: %v", sub.Y)
	}
	sub.X[0] = 99
	if s.Sample(7)[0] == 99 {
		t.Error("Subset shares memory with its source")
	}
	if n := s.Head(4).Len(); n != 4 {
		t.Errorf("Head(4) has %d samples", n)
	}
	if n := s.Head(99).Len(); n != 10 {
		t.Errorf("Head(99) of 10 has %d samples", n)
	}
	if err := s.Head(0).Validate(); err != nil {
		t.Error(err)
	}
}

func TestMeanStd(t *testing.T) {
	s := &Set{Name: "two", Shape: []int{2, 1, 2}, Classes: 2, Upper: 1, X: []float32{0, 1, 0.5, 0.5, 0, 1, 0.5, 0.5},
		Y: []int32{0, 1}}
	mean, std := s.MeanStd()
	if !slices.Equal(mean, []float64{0.5, 0.5}) || !slices.Equal(std, []float64{0.5, 0}) {
		t.Errorf("mean %v, std %v", mean, std)
	}
}

func TestHashSeesEveryPart(t *testing.T) {
	base := ramp(10).Hash()
	if ramp(10).Hash() != base {
		t.Fatal("the same data has two hashes")
	}
	for i, spoil := range []func(*Set){
		func(s *Set) { s.X[3] += 1e-3 }, func(s *Set) { s.Y[3] ^= 1 }, func(s *Set) { s.Shape = []int{2, 4, 3} },
		func(s *Set) { s.Upper = 2 },
	} {
		s := ramp(10)
		spoil(s)
		if s.Hash() == base {
			t.Errorf("change %d leaves the hash", i)
		}
	}
}
