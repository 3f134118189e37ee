package model

import (
	"fmt"
	"strings"
)

func isJSON(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "{") }

// short is an architecture found in a file, as text for a message.
func short(own string) string {
	if a, err := ReadArch(own); err == nil {
		return a.Text()
	}
	text, _, _ := strings.Cut(own, ";")
	return fmt.Sprintf("%.200q", text)
}

// fileArch reads the architecture of a file's metadata, JSON or prose.
func fileArch(own string, values []Tensor, o WeightOptions) (*Arch, error) {
	if strings.TrimSpace(own) == "" {
		return nil, fmt.Errorf("the file names no architecture: give one, such as 784-100-100-10, with --arch")
	}
	if isJSON(own) {
		a, err := ReadArch(own)
		if err != nil {
			return nil, fmt.Errorf("the file's architecture cannot be used: %w: give the right one with --arch", err)
		}
		return &a, nil
	}
	a, err := ParseArch(own, guessInput(own, values, o), 0)
	if err != nil {
		return nil, fmt.Errorf("the file's architecture %s: %w; give one with --arch", short(own), err)
	}
	return &a, nil
}

// guessInput finds the input shape that a prose architecture leaves out: channels from the first convolution's weight,
// the side of a square image from the first dense layer's. nil if the text is of dense layers only.
func guessInput(text string, values []Tensor, o WeightOptions) []int {
	groups := groupsOf(values)
	first := firstOf(groups, "conv")
	if dense := firstOf(groups, "dense"); first == nil && dense != nil {
		return []int{dense[1]}
	}
	if first == nil {
		return nil
	}
	sides := []int{28, 32, 8, 64, 96, 224} // of usual data sets first, as several sides can fit
	for side := 1; side <= 256; side++ {
		sides = append(sides, side)
	}
	for _, side := range sides {
		input := []int{first[1], side, side}
		a, err := ParseArch(text, input, 0)
		if err != nil {
			continue
		}
		if m, err := New(a); err == nil && m.SetWeights(values, o) == nil {
			return input
		}
	}
	return nil
}

// firstOf is the shape of the first weight of a kind of layer; nil: there is none.
func firstOf(groups []*group, kind string) []int {
	for _, g := range groups {
		if g.kind() == kind {
			return g.values["weight"].Shape
		}
	}
	return nil
}
