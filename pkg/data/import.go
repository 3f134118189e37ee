package data

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// ImportOptions describes a user's own data to LoadIDX, LoadNPY and LoadFolder. The zero value is right for 8-bit
// images and for numbers that are in [0, 1] already.
type ImportOptions struct {
	Name       string   // default: the name of the folder or of the file of images
	ClassNames []string // default: none; LoadFolder: the names of the subfolders, sorted
	Classes    int      // default: the number of ClassNames, else the largest label + 1

	Divide       float32 // every pixel is divided by it; default: 255 for 8-bit images, 1 for other numbers
	Lower, Upper float32 // the valid box after that; default: [0, 1]
	ChannelsLast bool    // 4-axis arrays are [samples, height, width, channels]
}

// importPair reads images and labels with one parser into a validated set.
func importPair(images, labels string, opts ImportOptions, parse func([]byte) (array, error)) (*Set, error) {
	x, err := parseFile(images, parse)
	if err != nil {
		return nil, err
	}
	y, err := parseFile(labels, parse)
	if err != nil {
		return nil, err
	}
	set, err := opts.newSet(images, x.shape)
	if err != nil {
		return nil, err
	}
	if set.Y, err = integers(labels, y); err != nil {
		return nil, err
	}
	set.X = opts.scaled(x)
	if opts.ChannelsLast && len(x.shape) == 4 {
		set.X = channelsFirst(set.X, set.Shape)
	}
	return opts.finish(set)
}

func parseFile(path string, parse func([]byte) (array, error)) (array, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return array{}, err
	}
	if strings.HasSuffix(path, ".gz") {
		if b, err = gunzip(b); err != nil {
			return array{}, fmt.Errorf("%s: %w", path, err)
		}
	}
	a, err := parse(b)
	if err != nil {
		return array{}, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

func gunzip(b []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// newSet names the set and finds the shape of a sample from that of all.
func (o ImportOptions) newSet(path string, shape []int) (*Set, error) {
	set := &Set{Name: o.Name, ClassNames: o.ClassNames}
	if set.Name == "" {
		set.Name, _, _ = strings.Cut(filepath.Base(path), ".")
	}
	switch len(shape) {
	case 2:
		set.Shape = []int{1, 1, shape[1]}
	case 3:
		set.Shape = []int{1, shape[1], shape[2]}
	case 4:
		set.Shape = []int{shape[1], shape[2], shape[3]}
		if o.ChannelsLast {
			set.Shape = []int{shape[3], shape[1], shape[2]}
		}
	default:
		return nil, fmt.Errorf("%s: images have shape %v, want [samples, inputs], [samples, height, width] or "+
			"[samples, channels, height, width]", path, shape)
	}
	return set, nil
}

func (o ImportOptions) scaled(x array) []float32 {
	divide := o.Divide
	if divide == 0 {
		divide = 1
		if x.kind == uint8s {
			divide = 255
		}
	}
	out := make([]float32, x.len())
	for i := range out {
		out[i] = float32(x.at(i)) / divide
	}
	return out
}

// channelsFirst turns [samples, height, width, channels] into [samples, channels, height, width]; shape is that of one
// sample after.
func channelsFirst(x []float32, shape []int) []float32 {
	channels, plane := shape[0], shape[1]*shape[2]
	out := make([]float32, len(x))
	for k, v := range x {
		sample, rest := k/(channels*plane), k%(channels*plane)
		out[sample*channels*plane+rest%channels*plane+rest/channels] = v
	}
	return out
}

// integers reads labels, [samples] or [samples, 1].
func integers(path string, y array) ([]int32, error) {
	if len(y.shape) == 0 || y.len() != y.shape[0] {
		return nil, fmt.Errorf("%s: labels have shape %v, want [samples], a class number each", path, y.shape)
	}
	out := make([]int32, y.len())
	for i := range out {
		v := y.at(i)
		if v != math.Trunc(v) || math.Abs(v) > math.MaxInt32 {
			return nil, fmt.Errorf("%s: label of sample %d is %g, want a whole class number", path, i, v)
		}
		out[i] = int32(v)
	}
	return out, nil
}

// finish fills in classes and box, and validates.
func (o ImportOptions) finish(set *Set) (*Set, error) {
	set.Lower, set.Upper = o.Lower, o.Upper
	if o.Lower == 0 && o.Upper == 0 {
		set.Upper = 1
	}
	set.Classes = o.Classes
	if set.Classes == 0 {
		set.Classes = len(set.ClassNames)
	}
	if set.Classes == 0 {
		for _, y := range set.Y {
			set.Classes = max(set.Classes, int(y)+1)
		}
	}
	if set.Len() == 0 {
		return nil, fmt.Errorf("%s: there are no samples in it", set.Name)
	}
	if err := set.Validate(); err != nil {
		return nil, err
	}
	return set, nil
}
