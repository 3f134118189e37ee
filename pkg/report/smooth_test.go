package report

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"tightrope/pkg/record"
)

// robustness returns how many images a verification certified and falsified, and the processor seconds that it took.
func robustness(t *testing.T, name string) (samples, certified, falsified int, seconds float64) {
	t.Helper()
	r, err := record.Read(filepath.Join("..", "..", "benchmarks", "results", "smooth", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var low, high float64
	if _, err := fmt.Sscanf(r.Notes[0], "exact robust error between %g and %g", &low, &high); err != nil {
		t.Fatalf("%s: %v in %q", name, err, r.Notes[0])
	}
	for _, split := range r.Results {
		samples = split.Samples
	}
	count := func(percent float64) int { return int(math.Round(percent * float64(samples) / 100)) }
	return samples, samples - count(high), count(low), r.Work.ProcessorSeconds
}

// TestSmoothVerifications: the table of networks with smooth activations follows from the committed records; branch and
// bound certifies more images than the stages before it, and falsifies none of theirs.
func TestSmoothVerifications(t *testing.T) {
	page := readDocument(t, "verification.md")
	for file, network := range map[string]string{"tanh": "tanh", "sigmoid-tanh": "sigmoid, tanh"} {
		for _, eps := range []string{"0.1", "0.15"} {
			before, after := 0, 0
			for suffix, word := range map[string]string{"-without-bab": "no", "": "yes"} {
				samples, certified, falsified, seconds := robustness(t, file+"-"+eps+suffix)
				want := fmt.Sprintf("| %s | %s | %s | %d | %d | %d | %.0f |", network, eps, word, certified, falsified,
					samples-certified-falsified, seconds)
				if !strings.Contains(page, want) {
					t.Errorf("verification.md lacks %s", want)
				}
				if before = max(before, certified); suffix == "" {
					after = certified
				}
			}
			if after != before {
				t.Errorf("%s at %s: branch and bound certifies %d images, fewer than the %d without it", network, eps,
					after, before)
			}
		}
	}
}
