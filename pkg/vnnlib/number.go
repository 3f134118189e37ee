package vnnlib

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"strconv"
)

// maxDigits is the length of the longest number that is read: more digits than any float64 needs (767).
const maxDigits = 1000

// number is a decimal number of a file.
type number struct {
	text  []byte  // decimal notation, without "(- ...)"
	minus bool    // it is written (- text)
	value float64 // nearest float64, of the number with its sign
}

// parseNumber reads decimal notation: digits, an optional point, an optional exponent. Names that Go would read
// ("inf", "0x1p3", "1_000") are no numbers.
func parseNumber(text []byte) (number, error) {
	if !isDecimal(text) {
		return number{}, fmt.Errorf("%.40q is neither a declared kind of variable nor a decimal number: use X_i, Y_i, "+
			"or a number such as -1.5e-3", text)
	}
	if len(text) > maxDigits {
		return number{}, fmt.Errorf("a number of %d characters: at most %d are read; shorten it", len(text), maxDigits)
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return number{}, fmt.Errorf("the number %.40s is beyond float64: use one below 1.8e308", text)
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

// round is the float64 that the number becomes: upwards true for an upper bound.
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

// compare is the sign of the decimal number minus its float64, computed exactly.
func (n number) compare() int {
	negative := n.minus
	if n.text[0] == '-' {
		negative = !negative
	}
	if n.value == 0 { // either it is zero, or below half the smallest float64
		if !bytes.ContainsAny(mantissa(n.text), "123456789") {
			return 0
		}
		return signOf(negative)
	}
	// Not zero and not beyond float64: with at most maxDigits digits the exponent is small, and so is the fraction.
	exact, ok := new(big.Rat).SetString(string(n.text))
	if !ok {
		panic("vnnlib: isDecimal let pass what is no decimal number")
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
