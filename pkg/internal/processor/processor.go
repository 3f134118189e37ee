// Package processor tells what a process took of the machine: times of a busy machine mean little without it.
package processor

import (
	"os"
	"strconv"
	"strings"
)

// Load is the machine's load average of the last minute: processes that run or wait for a processor. It is 0 where it
// is not known.
func Load() float64 {
	content, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(content), " ")
	load, _ := strconv.ParseFloat(first, 64)
	return load
}
