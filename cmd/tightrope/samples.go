package main

import (
	"fmt"
	"io"

	"tightrope/pkg/data"
)

// firstSamples are the first n samples of a test set, all where n is 0; it says so where there are not so many.
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
