// Package halves widens numbers of 16 bits.
package halves

import "math"

// Half is the float32 of an IEEE 754 binary16.
func Half(h uint16) float32 {
	sign := float32(1 - 2*int(h>>15))
	exponent, fraction := int(h>>10&31), float32(h&1023)
	switch exponent {
	case 0:
		return sign * float32(math.Ldexp(float64(fraction), -24))
	case 31:
		if fraction != 0 {
			return float32(math.NaN())
		}
		return sign * float32(math.Inf(1))
	}
	return sign * float32(math.Ldexp(float64(1024+fraction), exponent-25))
}

// Brain is the float32 of a bfloat16, its upper half.
func Brain(b uint16) float32 { return math.Float32frombits(uint32(b) << 16) }
