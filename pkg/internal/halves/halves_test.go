package halves

import (
	"math"
	"testing"
)

// TestHalf checks float16 and bfloat16 numbers of every kind: normal, below the smallest normal one, zero, infinite.
func TestHalf(t *testing.T) {
	for bits, want := range map[uint16]float64{0x3c00: 1, 0xc000: -2, 0x3555: 0.333251953125, 0x7bff: 65504,
		0x0400: 0x1p-14, 0x03ff: 1023 * 0x1p-24, 0x0001: 0x1p-24, 0x8001: -0x1p-24, 0: 0, 0x7c00: math.Inf(1),
		0xfc00: math.Inf(-1)} {
		if got := float64(Half(bits)); got != want {
			t.Errorf("float16 %#04x is %v, want %v", bits, got, want)
		}
	}
	if v := Half(0x7e00); v == v {
		t.Errorf("float16 NaN is %v", v)
	}
	for v := range uint16(0x7c00) - 1 { // neighbours differ, in order
		if !(Half(v) < Half(v+1)) {
			t.Fatalf("float16 %#04x is not below its neighbour", v)
		}
	}
	for bits, want := range map[uint16]float32{0x3f80: 1, 0xbf80: -1, 0x4049: 3.140625} {
		if got := Brain(bits); got != want {
			t.Errorf("bfloat16 %#04x is %v, want %v", bits, got, want)
		}
	}
}
