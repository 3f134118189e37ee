package ball

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// String describes the ball: norm, radius, box and radii per feature, in pixel units.
func (b Ball) String() string {
	text := fmt.Sprintf("%v, eps %s (pixel units)", b.Norm, Decimal(b.Eps))
	if parts := b.Channels(); len(parts) > 1 && len(parts) <= 4 {
		text = fmt.Sprintf("%v, eps %v (pixel units) in equal parts of the %d features, such as channels", b.Norm,
			strings.Trim(fmt.Sprint(parts), "[]"), len(b.Radii))
	} else if b.Radii != nil {
		text += fmt.Sprintf(" times radii from %g to %g of %d features",
			slices.Min(b.Radii), slices.Max(b.Radii), len(b.Radii))
	}
	if b.Box == nil {
		return text + ", no box"
	}
	return text + fmt.Sprintf(", box [%g, %g]", b.Box.Lower, b.Box.Upper)
}

// Decimal is a float64 as the shortest decimal that reads as it. If the float64 is less than that decimal it says so,
// because a proof for the one is not a proof for the other: 0.3 reads as 0.29999999999999998890.
func Decimal(eps float64) string {
	text := strconv.FormatFloat(eps, 'g', -1, 64)
	decimal, ok := new(big.Rat).SetString(text)
	value := new(big.Rat).SetFloat64(eps)
	if !ok || value == nil || value.Cmp(decimal) >= 0 {
		return text
	}
	return fmt.Sprintf("%s, read as the float64 %.20g, which is less", text, eps)
}

// Equal reports whether two balls are the same set around every input.
func (b Ball) Equal(other Ball) bool {
	box := b.Box == nil && other.Box == nil || b.Box != nil && other.Box != nil && *b.Box == *other.Box
	return box && b.Norm == other.Norm && b.Eps == other.Eps && slices.Equal(b.Radii, other.Radii) &&
		(b.Radii == nil) == (other.Radii == nil)
}
