package memory

import (
	"fmt"
	"strings"

	"github.com/dustin/go-humanize"
)

// Parse reads a size such as 8GiB, 500MB or 1.5G (G is GiB, as in Slurm's --mem); "" is 0, the default. It returns an
// error for any other text, and for sizes below 1 byte and above 1 EiB.
func Parse(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	exact := strings.TrimSpace(text)
	if last := len(exact) - 1; last >= 0 && strings.ContainsRune("KMGT", rune(exact[last])) {
		exact += "iB"
	}
	size, err := humanize.ParseBytes(exact)
	if err != nil || size > 1<<60 {
		return 0, fmt.Errorf("memory %q: give a number with a unit, such as 8GiB or 500MiB", text)
	}
	if size < 1 {
		return 0, fmt.Errorf("memory %q: give a positive number with a unit, such as 8GiB", text)
	}
	return int64(size), nil
}

// Format writes a size with its unit and up to three digits, e.g. 1.5 GiB.
func Format(n int64) string {
	number, unit, _ := strings.Cut(humanize.IBytesN(uint64(max(n, 0)), 3), " ")
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return number + " " + unit
}
