package vnnlib

import (
	"fmt"
	"math"

	"tightrope/pkg/internal/gzfile"
)

// Rounding says which float64 a decimal number of the file becomes.
type Rounding int

// The roundings.
const (
	Nearest Rounding = iota // the nearest float64, as the competition's tools and its judge read them
	// Outward: lower bounds become the largest float64 that is not above the decimal, upper bounds the smallest that is
	// not below it. Boxes contain the file's decimal boxes, and the rows' solutions contain the file's: "no
	// counterexample" then holds for the decimal property too.
	Outward
)

// Options are how a property is read; the zero value is what the command line uses. Limits are checked before memory is
// taken; 0 is the default.
type Options struct {
	Rounding  Rounding
	MaxBytes  int64 // of the file, unpacked; default 128 MiB; never more than 2 GiB
	MaxInputs int   // inputs, and outputs; default 2^20
	MaxDepth  int   // nesting of "and" and "or"; default 200
	MaxCases  int   // cases, after "or"s are distributed; default 2^17
	MaxValues int   // numbers that all cases hold: bounds of boxes and rows; default 2^25
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

// Read reads a property from a file, which may be gzipped; one that does not exist is also tried with .gz appended. For
// errors see [Parse].
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

// Parse reads a property in one pass. It returns an error, mostly an [*Error] with line and column, for text that is
// not VNN-LIB 1.0, inputs without a lower or an upper bound, constraints that are neither bounds of inputs nor
// comparisons of outputs, strict ones, and a size beyond the limits. Bounds that leave no input are a property without
// cases, see [Property.Contradiction].
func Parse(text []byte, o Options) (*Property, error) {
	o = o.complete()
	if int64(len(text)) > o.MaxBytes {
		return nil, fmt.Errorf("it holds more than %d bytes: raise MaxBytes, or split the property", o.MaxBytes)
	}
	p := &parser{scanner: scanner{text: text}, options: o}
	if err := p.file(); err != nil {
		return nil, err
	}
	return p.property()
}
