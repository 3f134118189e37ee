package bound

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// assumedMemory is taken where the machine does not tell what is free.
const assumedMemory = 4 << 30

// DefaultMemory is half of the memory that is available now, in bytes: the rest is for the process itself, for what the cost
// model misses and for other programs. Where the machine does not tell, it is 4 GiB.
func DefaultMemory() int64 {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return assumedMemory
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) > 1 && words[0] == "MemAvailable:" {
			if kib, err := strconv.ParseInt(words[1], 10, 64); err == nil && kib > 0 {
				return kib << 10 / 2
			}
		}
	}
	return assumedMemory
}

var (
	byteSize  = regexp.MustCompile(`^(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?$`)
	exponents = map[string]int{"": 0, "K": 1, "M": 2, "G": 3, "T": 4}
)

// ParseBytes reads a size such as 8GiB, 500MB or 1.5G (G is GiB); "" is 0, the default.
func ParseBytes(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	m := byteSize.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return 0, fmt.Errorf("memory %q: give a number with a unit, such as 8GiB or 500MiB", text)
	}
	size, err := strconv.ParseFloat(m[1], 64)
	base := 1024.0
	if m[3] == "" && strings.HasSuffix(text, "B") {
		base = 1000
	}
	for range exponents[m[2]] {
		size *= base
	}
	if err != nil || size < 1 || size > 1<<60 {
		return 0, fmt.Errorf("memory %q: give a positive number with a unit, such as 8GiB", text)
	}
	return int64(size), nil
}

// FormatBytes writes a size with its unit, e.g. 1.5 GiB.
func FormatBytes(n int64) string {
	size, unit := float64(n), "B"
	for _, next := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if size < 1024 {
			break
		}
		size, unit = size/1024, next
	}
	return fmt.Sprintf("%.3g %s", size, unit)
}
