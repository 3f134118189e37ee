package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tightrope/pkg/technique"
)

// evaluated finds PGD error, certified error and technique at the end of eval's table.
var evaluated = regexp.MustCompile(`(\d+\.\d\d) \([^)]*\)\s+(\d+\.\d\d)\s+(\S.*)$`)

// TestEvalTechniques: eval takes every technique of the table that bounds in a graph, by its key and by the spellings
// of before; each certified error is at least the PGD error, and best-of and alpha-CROWN are as tight as what they
// begin with.
func TestEvalTechniques(t *testing.T) {
	path := imported{text: "fc32 fc32 fc10", names: []string{"0", "2", "4"}}.write(t, 3)
	certified := map[string]float64{}
	for _, key := range append(technique.Keys(certifies), "fastlin", "fastlin-ibp") {
		text := must(t, tightrope(t, "eval", path, "--arch", "fc32 fc32 fc10", "--data", "digits", "--eps", "0.01",
			"--samples", "60", "--pgd-steps", "20", "--technique", key))
		found := evaluated.FindStringSubmatch(strings.TrimSpace(text))
		id, ok := technique.Find(key)
		if found == nil || !ok || found[3] != id.String() {
			t.Fatalf("%s: %s", key, text)
		}
		pgd, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		if certified[key], err = strconv.ParseFloat(found[2], 64); err != nil || certified[key] < pgd {
			t.Errorf("%s: certified error %.2f, PGD error %.2f %% (%v)", key, certified[key], pgd, err)
		}
	}
	for _, pair := range [][2]string{{"best-of", "crown"}, {"best-of", "fast-lin"}, {"best-of", "ibp"},
		{"alpha-crown", "crown"}, {"alpha-crown-joint", "crown"}, {"fastlin", "fast-lin"}, {"fast-lin", "fastlin"}} {
		if certified[pair[0]] > certified[pair[1]] {
			t.Errorf("%s certifies less than %s: %.2f and %.2f %%", pair[0], pair[1], certified[pair[0]],
				certified[pair[1]])
		}
	}
}
