package vnnlib

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

// bounds reads a decimal as the bounds of an input, with a rounding.
func bounds(t *testing.T, text string, r Rounding) (lower, upper float64, err error) {
	t.Helper()
	p, err := Parse([]byte(declarations(1, 1)+fmt.Sprintf("(assert (>= X_0 %s))(assert (<= X_0 %s))", text, text)),
		Options{Rounding: r})
	if err != nil {
		return 0, 0, err
	}
	return p.Cases[0].Box.Lower[0], p.Cases[0].Box.Upper[0], nil
}

// checkDecimal: the nearest float64 is taken, and outward bounds are the closest that contain the decimal.
func checkDecimal(t *testing.T, text string, exact *big.Rat) {
	t.Helper()
	want, _ := exact.Float64()
	if l, u, err := bounds(t, text, Nearest); err != nil || l != want || u != want {
		t.Fatalf("%s: %v, %v, %v, want %v", text, l, u, err, want)
	}
	l, u, err := bounds(t, text, Outward)
	if err != nil || exact.Cmp(new(big.Rat).SetFloat64(l)) < 0 || exact.Cmp(new(big.Rat).SetFloat64(u)) > 0 {
		t.Fatalf("%s: outward bounds %v and %v do not contain it (%v)", text, l, u, err)
	}
	isFloat := new(big.Rat).SetFloat64(want).Cmp(exact) == 0
	if isFloat && l != u || !isFloat && math.Nextafter(l, u) != u {
		t.Fatalf("%s: outward bounds %v and %v are not the closest ones (a float64: %v)", text, l, u, isFloat)
	}
}

// TestDecimals checks roundings of random decimals, of float64s and of their neighbourhood, against exact arithmetic.
func TestDecimals(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		text := fmt.Sprintf("%d.%de%d", r.IntN(2000)-1000, r.Uint64(), r.IntN(620)-320)
		switch r.IntN(4) {
		case 0:
			text = fmt.Sprint(math.Float64frombits(r.Uint64N(0x7fe << 52)))
		case 1:
			text = new(big.Rat).SetFrac64(r.Int64N(1<<40), 1<<(r.IntN(60)+1)).FloatString(60)
		case 2:
			text = fmt.Sprintf("-%d", r.Uint64())
		}
		exact, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("%s is no number", text)
		}
		if v, _ := exact.Float64(); math.IsInf(v, 0) {
			continue
		}
		checkDecimal(t, text, exact)
	}
}

// TestTinyAndZero: numbers below the smallest float64 are bounded by it, however large their exponent; zero is exact.
func TestTinyAndZero(t *testing.T) {
	small := math.SmallestNonzeroFloat64
	for text, want := range map[string][2]float64{"1e-400": {0, small}, "-1e-400": {-small, 0},
		"1e-999999999999999999999": {0, small}, "(- 1e-400)": {-small, 0}, "(- -1e-400)": {0, small},
		"0." + strings.Repeat("0", 500) + "1": {0, small}, "0e999999999999": {0, 0}, "-0.0": {0, 0}, "+.5": {0.5, 0.5},
		"5.": {5, 5}, "(- 0.25)": {-0.25, -0.25}, "1" + strings.Repeat("0", 300) + "e-300": {1, 1}} {
		l, u, err := bounds(t, text, Outward)
		if err != nil || l != want[0] || u != want[1] {
			t.Errorf("%.30s: %v, %v, %v, want %v", text, l, u, err, want)
		}
	}
}

// TestOutwardRows: outputs' rows are widened as bounds of inputs are.
func TestOutwardRows(t *testing.T) {
	text := declarations(1, 1) + "(assert (and (>= X_0 0) (<= X_0 0)))(assert (>= Y_0 0.1))(assert (<= Y_0 " +
		"0.3))(assert (>= Y_0 (- 0.3)))"
	p, err := Parse([]byte(text), Options{Rounding: Outward})
	if err != nil {
		t.Fatal(err)
	}
	// 0.1 is below its float64, 0.3 above it.
	want := []float64{-math.Nextafter(0.1, 0), math.Nextafter(0.3, 1), math.Nextafter(0.3, 1)}
	for i, row := range p.Cases[0].Rows {
		if row.Bound != want[i] {
			t.Errorf("row %d: bound %v, want %v", i, row.Bound, want[i])
		}
	}
}
