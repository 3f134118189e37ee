package vnnlib

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"strconv"
)

// maxDigits is the length of the longest number that is accepted; no float64 needs more than 767 digits.
const maxDigits = 1000

// number is a decimal number in a file.
type number struct {
	text  []byte  // decimal notation, without "(- ...)"
	minus bool    // the file has (- text)
	value float64 // the nearest float64 of the number with its sign
}

// parseNumber reads decimal notation: digits, an optional point, an optional exponent. Other numbers of Go's syntax
// ("inf", "0x1p3", "1_000") are errors.
func parseNumber(text []byte) (number, error) {
	if !isDecimal(text) {
		return number{}, fmt.Errorf("%.40q is neither a declared kind of variable nor a decimal number: use X_i, Y_i, "+
			"or a number such as -1.5e-3", text)
	}
	if len(text) > maxDigits {
		return number{}, fmt.Errorf("a number of %d characters: shorten it to at most %d", len(text), maxDigits)
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return number{}, fmt.Errorf("the number %.40s is too large for float64: use one below 1.8e308", text)
	}
	return number{text: text, value: v}, nil
}

// isDecimal reports whether the text is [+-] digits [. digits] [e [+-] digits], with a digit before or after the point.
func isDecimal(text []byte) bool {
	rest := sign(text)
	whole := digits(rest)
	rest = rest[whole:]
	fraction := 0
	if len(rest) > 0 && rest[0] == '.' {
		fraction = digits(rest[1:])
		rest = rest[1+fraction:]
	}
	if whole+fraction == 0 {
		return false
	}
	if len(rest) > 0 && (rest[0] == 'e' || rest[0] == 'E') {
		rest = sign(rest[1:])
		n := digits(rest)
		return n > 0 && n == len(rest)
	}
	return len(rest) == 0
}

func sign(text []byte) []byte {
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		return text[1:]
	}
	return text
}

func digits(text []byte) int {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}

// round returns the float64 that the number becomes; upwards is true for an upper bound.
func (n number) round(r Rounding, upwards bool) float64 {
	if r == Nearest {
		return n.value
	}
	sign := n.compare()
	switch {
	case upwards && sign > 0:
		return math.Nextafter(n.value, math.Inf(1))
	case !upwards && sign < 0:
		return math.Nextafter(n.value, math.Inf(-1))
	}
	return n.value
}

// compare returns the sign of the decimal number minus its float64, computed exactly.
func (n number) compare() int {
	negative := n.minus
	if n.text[0] == '-' {
		negative = !negative
	}
	if n.value == 0 { // the number is zero, or below half the smallest float64
		if !bytes.ContainsAny(mantissa(n.text), "123456789") {
			return 0
		}
		return signOf(negative)
	}
	// The number is neither zero nor too large. It has at most maxDigits digits, so its exponent is small, and so is
	// the fraction.
	exact, ok := new(big.Rat).SetString(string(n.text))
	if !ok {
		panic("vnnlib: isDecimal accepted a text that is not a decimal number")
	}
	if n.minus {
		exact.Neg(exact)
	}
	return exact.Cmp(new(big.Rat).SetFloat64(n.value))
}

func mantissa(text []byte) []byte {
	if e := bytes.IndexAny(text, "eE"); e >= 0 {
		return text[:e]
	}
	return text
}

func signOf(negative bool) int {
	if negative {
		return -1
	}
	return 1
}
