package vnnlib

import (
	"fmt"
	"math"

	"tightrope/pkg/internal/gzfile"
)

// Rounding says which float64 replaces a decimal number of the file.
type Rounding int

// The roundings.
const (
	Nearest Rounding = iota // the nearest float64, as the competition's tools and its judge read them
	// Outward rounds lower bounds down and upper bounds up, to the nearest float64 in that direction. Boxes then
	// contain the file's decimal boxes, and the solutions of the rows contain the file's, so "no counterexample" also
	// holds for the decimal property.
	Outward
)

// Options say how a property is read; the zero value is what the command line uses. Limits are checked before memory is
// allocated; 0 is the default.
type Options struct {
	Rounding  Rounding
	MaxBytes  int64 // size of the unpacked file; default 128 MiB; never more than 2 GiB
	MaxInputs int   // of inputs, and of outputs; default 2^20
	MaxDepth  int   // nesting of "and" and "or"; default 200
	MaxCases  int   // cases after disjunctions are expanded; default 2^17
	MaxValues int   // numbers in all cases: bounds of boxes, and rows; default 2^25
}

func (o Options) complete() Options {
	o.MaxBytes = min(or(o.MaxBytes, 128<<20), math.MaxInt32)
	o.MaxInputs = or(o.MaxInputs, 1<<20)
	o.MaxDepth = or(o.MaxDepth, 200)
	o.MaxCases = or(o.MaxCases, 1<<17)
	o.MaxValues = or(o.MaxValues, 1<<25)
	return o
}

func or[T int | int64](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// Read reads a property from a file, which may be gzipped; if the file does not exist, the name with .gz appended is
// tried. For errors see [Parse].
func Read(path string, o Options) (*Property, error) {
	text, err := gzfile.Read(path, o.complete().MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("property: %w", err)
	}
	p, err := Parse(text, o)
	if err != nil {
		return nil, fmt.Errorf("property %s: %w", path, err)
	}
	return p, nil
}

// Parse reads a property in one pass. It returns an error, usually an [*Error] with line and column, for text that is
// not VNN-LIB 1.0, for inputs without a lower or an upper bound, for constraints that are neither bounds of inputs nor
// comparisons of outputs, for strict comparisons, and for sizes beyond the limits. If the bounds leave no input, the
// property has no cases, see [Property.Contradiction].
func Parse(text []byte, o Options) (*Property, error) {
	o = o.complete()
	if int64(len(text)) > o.MaxBytes {
		return nil, fmt.Errorf("it contains more than %d bytes: raise MaxBytes, or split the property", o.MaxBytes)
	}
	p := &parser{scanner: scanner{text: text}, options: o}
	if err := p.file(); err != nil {
		return nil, err
	}
	return p.property()
}
