// Package ball is the threat model: the set B of inputs that an adversary may
// choose, its validity checks and sampling, without any graph (package region has those).
package ball

import (
	"fmt"
	"math"
)

// Norm is the norm of the ball.
type Norm int

// The norms.
const (
	Linf Norm = iota // the default
	L2
	L1
)

// String is the norm's name: "linf", "l2" or "l1".
func (n Norm) String() string {
	switch n {
	case Linf:
		return "linf"
	case L2:
		return "l2"
	case L1:
		return "l1"
	}
	return fmt.Sprintf("Norm(%d)", int(n))
}

// ParseNorm reads "linf" (or "inf"), "l2" (or "2"), "l1" (or "1"). It returns an error for any other text.
func ParseNorm(s string) (Norm, error) {
	switch s {
	case "linf", "inf":
		return Linf, nil
	case "l2", "2":
		return L2, nil
	case "l1", "1":
		return L1, nil
	}
	return 0, fmt.Errorf("norm %q: use linf, l2 or l1", s)
}

// MarshalText implements encoding.TextMarshaler, for records.
func (n Norm) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (n *Norm) UnmarshalText(b []byte) (err error) {
	*n, err = ParseNorm(string(b))
	return err
}

// Box is the interval of valid values of every input.
type Box struct {
	Lower float64 `json:"lower"`
	Upper float64 `json:"upper"`
}

// validate returns an error for a box that is empty or has an infinite end. A box of width 0 is a point.
func (b *Box) validate() error {
	switch {
	case b == nil:
		return nil
	case math.IsInf(b.Lower, 0) || math.IsInf(b.Upper, 0):
		return fmt.Errorf("box [%v, %v]: use finite ends, or no box", b.Lower, b.Upper)
	case !(b.Lower <= b.Upper):
		return fmt.Errorf("box [%v, %v] is empty: its lower end must not be above its upper end", b.Lower, b.Upper)
	}
	return nil
}

// Unit is the box [0,1] of image pixels.
var Unit = &Box{0, 1}

// Ball is {x' : ||x'-x||_p <= eps}, intersected with a box where one is given.
type Ball struct {
	Norm Norm    `json:"norm"`
	Eps  float64 `json:"eps"`           // radius in pixel units
	Box  *Box    `json:"box,omitempty"` // nil: no box
	// Radii scales eps per input feature (length: input size), for l_inf only; nil means 1 everywhere.
	Radii []float64 `json:"radii,omitempty"`
}

// Validate returns an error, which names the remedy, for an invalid ball: one of an unknown norm, a negative radius, or
// an empty box.
func (b Ball) Validate() error {
	if math.IsNaN(b.Eps) || math.IsInf(b.Eps, 0) || b.Eps < 0 {
		return fmt.Errorf("eps = %v: use a finite radius of at least 0, in pixel units", b.Eps)
	}
	if b.Norm < Linf || b.Norm > L1 {
		return fmt.Errorf("%v is not a norm: use linf, l2 or l1", b.Norm)
	}
	if err := b.Box.validate(); err != nil {
		return err
	}
	if b.Radii != nil && b.Norm != Linf {
		return fmt.Errorf("radii per feature with the %v norm: they are defined for linf only", b.Norm)
	}
	for i, r := range b.Radii {
		if !(r >= 0) || math.IsInf(r, 0) {
			return fmt.Errorf("radius %v of feature %d: use finite radii of at least 0", r, i)
		}
	}
	return nil
}

// Number is a float type of inputs.
type Number interface{ ~float32 | ~float64 }

// CheckInput returns an error unless one clean input x [n] is finite and lies in the box.
func CheckInput[T Number](b Ball, x []T) error {
	if b.Radii != nil && len(b.Radii) != len(x) {
		return fmt.Errorf("%d radii for an input of %d values: give one for each", len(b.Radii), len(x))
	}
	for i, v := range x {
		f := float64(v)
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("input value %d is %v: inputs must be finite", i, f)
		}
		if b.Box != nil && (f < b.Box.Lower || f > b.Box.Upper) {
			return fmt.Errorf("input value %d is %v, outside the box [%v, %v]: scale the data or drop the box",
				i, f, b.Box.Lower, b.Box.Upper)
		}
	}
	return nil
}

// Bounds are the smallest and largest value of each input of x [n] over the ball (exact for l_inf, a hull for l_2 and
// l_1), both [n].
func (b Ball) Bounds(x []float64) (lower, upper []float64) {
	lower, upper = make([]float64, len(x)), make([]float64, len(x))
	for i, v := range x {
		r := b.Eps
		if b.Radii != nil {
			r *= b.Radii[i]
		}
		lower[i], upper[i] = v-r, v+r
		if b.Box != nil {
			lower[i], upper[i] = max(lower[i], b.Box.Lower), min(upper[i], b.Box.Upper)
		}
	}
	return lower, upper
}
