package main

import (
	"fmt"
	"io"

	"tightrope/pkg/data"
)

// firstSamples returns the first n samples of a test set, or all if n is 0; if there are fewer, it prints a note.
func firstSamples(w io.Writer, set *data.Set, n int) *data.Set {
	if n == 0 {
		return set
	}
	if n > set.Len() {
		fmt.Fprintf(w, "note: --samples %d: the test set of %s has only %d images, all are taken\n", n, set.Name,
			set.Len())
	}
	return set.Head(n)
}
