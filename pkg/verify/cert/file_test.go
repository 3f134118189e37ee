package cert

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// TestEachLine: every line comes once and whole, also one longer than the buffer, and one that is too long is an error
// before it is held.
func TestEachLine(t *testing.T) {
	long := strings.Repeat("x", 300)
	for name, c := range map[string]struct {
		text string
		want []string
		err  string
	}{
		"nothing":            {"", nil, ""},
		"two":                {"a\nb\n", []string{"a", "b"}, ""},
		"without an end":     {"a\nb", []string{"a", "b"}, ""},
		"an empty one":       {"a\n\nb\n", []string{"a", "", "b"}, ""},
		"longer than buffer": {long + "\n" + long + "\nb", []string{long, long, "b"}, ""},
		"too long":           {"a\n" + long + long, []string{"a"}, "line 1 is longer than 500 bytes"},
	} {
		var got []string
		err := eachLine(strings.NewReader(c.text), 500, func(number int, line []byte) error {
			if number != len(got) {
				t.Errorf("%s: line %d has the number %d", name, len(got), number)
			}
			got = append(got, strings.TrimSuffix(string(line), "\n"))
			return nil
		})
		if !slices.Equal(got, c.want) || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if err := eachLine(strings.NewReader("a\nb\n"), 500,
		func(int, []byte) error { return io.ErrClosedPipe }); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}
