package main

import (
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"tightrope/pkg/ball"
)

// radiusValue is a flag's radius in pixel units: a decimal, or a fraction such as 2/255.
type radiusValue float64

// addRadius declares a flag for a radius of at least 0.
func addRadius(s *pflag.FlagSet, to *float64, name string, standard float64, usage string) {
	*to = standard
	s.Var((*radiusValue)(to), name, withExample(usage, "0.1 or 2/255"))
}

// withExample adds an example of a value to the first part of a flag's description.
func withExample(usage, example string) string {
	first, rest, found := strings.Cut(usage, ";")
	if found {
		rest = ";" + rest
	}
	return first + ", e.g. " + example + rest
}

// String implements pflag.Value; it reads as the same number.
func (v *radiusValue) String() string { return strconv.FormatFloat(float64(*v), 'g', -1, 64) }

// Type implements pflag.Value.
func (v *radiusValue) Type() string { return "radius" }

// Set implements pflag.Value.
func (v *radiusValue) Set(text string) error {
	x, err := parseRadius(text)
	if err == nil {
		*v = radiusValue(x)
	}
	return err
}

// channelsValue is a flag's radius, or one for each channel.
type channelsValue struct {
	largest  *float64
	channels *[]float64 // nil: one radius
}

// addChannels declares a flag for a radius, or for one for each channel, which commas separate.
func addChannels(s *pflag.FlagSet, largest *float64, channels *[]float64, name string, standard float64, usage string) {
	*largest, *channels = standard, nil
	s.Var(&channelsValue{largest, channels}, name, usage+", e.g. 0.1 or 2/255; one for each channel of images, or "+
		"feature of a table, in linf balls: 2/255,2/255,1/255")
}

// String implements pflag.Value; it reads as the same radii.
func (v *channelsValue) String() string {
	switch {
	case v.largest == nil:
		return ""
	case len(*v.channels) == 0:
		return listed([]float64{*v.largest})
	}
	return listed(*v.channels)
}

// Type implements pflag.Value.
func (v *channelsValue) Type() string { return "radii" }

// Set implements pflag.Value.
func (v *channelsValue) Set(text string) error {
	var all []float64
	for part := range strings.SplitSeq(text, ",") {
		x, err := parseRadius(part)
		if err != nil {
			return err
		}
		all = append(all, x)
	}
	if *v.largest, *v.channels = slices.Max(all), all; len(all) == 1 {
		*v.channels = nil
	}
	return nil
}

// withChannels gives a ball around inputs of a shape the radii of their channels, where there are any.
func withChannels(b ball.Ball, channels []float64, shape []int) (ball.Ball, error) {
	if len(channels) == 0 {
		return b, nil
	}
	p, err := ball.PerChannel(channels, shape)
	if err != nil {
		return b, fmt.Errorf("--eps: %w", err)
	}
	b.Eps, b.Radii = p.Eps, p.Radii
	return b, b.Validate()
}

// radiusText is a ball's radius, or those of its channels.
func radiusText(b ball.Ball) string {
	if parts := b.Channels(); parts != nil {
		return listed(parts)
	}
	return fmt.Sprintf("%g", b.Eps)
}

// proportions says how the radii of channels relate to the one that is named, where they differ.
func proportions(b ball.Ball) string {
	if b.Radii == nil {
		return ""
	}
	b.Eps = 1
	return fmt.Sprintf(", times %s for the channels", radiusText(b))
}

// parseRadius reads a decimal or a fraction as the nearest float64.
func parseRadius(text string) (float64, error) {
	text = strings.TrimSpace(text)
	x, err := strconv.ParseFloat(text, 64)
	if strings.Contains(text, "/") {
		if fraction, ok := new(big.Rat).SetString(strings.ReplaceAll(text, " ", "")); ok {
			x, _ = fraction.Float64()
			err = nil
		}
	}
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || x < 0 {
		return 0, fmt.Errorf("use a radius of at least 0 in pixel units, e.g. 0.1 or 2/255")
	}
	return x, nil
}

// warnRadius says so if a ball holds the whole box of valid pixels: its radius is probably meant in another unit.
func warnRadius(w io.Writer, b ball.Ball) {
	if b.Norm != ball.Linf || b.Box == nil || b.Eps <= b.Box.Upper-b.Box.Lower {
		return
	}
	fmt.Fprintf(w, "WARNING: eps %g is more than the width of the box [%g, %g]: every valid input lies in the "+
		"ball. Radii are in pixel units: did you mean %g/255 = %.4g?\n",
		b.Eps, b.Box.Lower, b.Box.Upper, b.Eps, b.Eps/255)
}

// countValue is a flag's whole number of at least some value.
type countValue struct {
	to    *int
	least int
}

// addCount declares a flag for a number of things; a value below least is an error.
func addCount(s *pflag.FlagSet, to *int, name string, standard, least int, usage string) {
	*to = standard
	s.Var(&countValue{to, least}, name, usage)
}

// String implements pflag.Value.
func (v *countValue) String() string {
	if v.to == nil {
		return "0"
	}
	return strconv.Itoa(*v.to)
}

// Type implements pflag.Value.
func (v *countValue) Type() string { return "int" }

// Set implements pflag.Value.
func (v *countValue) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < v.least {
		return fmt.Errorf("use a whole number of at least %d", v.least)
	}
	*v.to = n
	return nil
}
