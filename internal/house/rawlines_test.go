package house

import (
	"maps"
	"slices"
	"testing"
)

// TestRawLines: backticks within other strings and comments begin no raw string.
func TestRawLines(t *testing.T) {
	text := "package p\n\nvar a = \"one `tick\"\n\n// and `one more\nvar b = `on\ntwo lines` + `one`\n\nvar c = 1\n"
	if got := slices.Sorted(maps.Keys(rawLines([]byte(text)))); !slices.Equal(got, []int{6, 7}) {
		t.Errorf("raw strings on lines %v, want 6 and 7", got)
	}
}
