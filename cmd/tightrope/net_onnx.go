package main

import (
	"fmt"
	"io"
	"strings"

	"tightrope/pkg/onnx"
)

// isONNX reports whether a name is that of an ONNX file.
func isONNX(name string) bool {
	return strings.HasSuffix(name, ".onnx") || strings.HasSuffix(name, ".onnx.gz")
}

// showONNX prints what was read of a graph, and the layers that bounds are computed of.
func showONNX(w io.Writer, path string) error {
	g, err := onnx.Read(path, onnx.Options{})
	if err != nil {
		return err
	}
	fmt.Fprint(w, g.Describe())
	f, err := onnx.Fold(g)
	if err != nil {
		return fmt.Errorf("the graph can be evaluated, but not verified: %w", err)
	}
	fmt.Fprintf(w, "\nlayers  %s (hash %.12s)\n", f.Model.Arch().Text(), f.Model.Hash())
	if f.Input != nil {
		fmt.Fprintln(w, "the layers read the input in another order than the graph: channels first")
	}
	for _, node := range f.Rounded {
		fmt.Fprintf(w, "%s: constants were combined by rounding\n", node)
	}
	return nil
}
