package data

import (
	"fmt"
	"slices"
)

// Splits are the parts of one data set. Train and Validation are disjoint; Validation may be empty, never nil.
type Splits struct {
	Name                    string
	Train, Validation, Test *Set

	Seed uint64 // what drew the held-out samples
	// Notes say how a user's own data were read, if there were several ways.
	Notes []string

	Hash string // SHA-256, hexadecimal, of the data that the splits were taken from
}

// SplitOptions says how many samples Split holds out. The zero value holds out a tenth for validation and a fifth for
// test.
type SplitOptions struct {
	Seed       uint64
	Validation int // 0: a tenth; -1: none
	Test       int // 0: a fifth; -1: none
}

// Split draws validation and test samples from a user's own set at random; the rest is for training. The order of the
// samples is kept in each part. Evaluate a network with the Seed of its training; with any other seed it has seen most
// of its test samples. The error says so if too few samples are left.
func Split(set *Set, opts SplitOptions) (*Splits, error) {
	if err := set.Validate(); err != nil {
		return nil, err
	}
	n := set.Len()
	test, validation := holdout(opts.Test, n/5), holdout(opts.Validation, n/10)
	parts, err := partition(set.Name, n, opts.Seed, test, validation)
	if err != nil {
		return nil, err
	}
	return &Splits{
		Name: set.Name, Test: set.Subset(parts[0]), Validation: set.Subset(parts[1]), Train: set.Subset(parts[2]),
		Seed: opts.Seed, Hash: set.Hash(),
	}, nil
}

// holdout reads an option: 0 is the default, negative is none.
func holdout(asked, byDefault int) int {
	if asked == 0 {
		return byDefault
	}
	return max(0, asked)
}

// partition draws disjoint index lists of the given sizes, and a last one with what is left; each ascending. What a
// later list takes never changes an earlier one.
func partition(name string, n int, seed uint64, sizes ...int) ([][]int, error) {
	order := permutation(n, seed, forSplit, uint64(n))
	parts := make([][]int, 0, len(sizes)+1)
	for _, size := range sizes {
		if size >= len(order) {
			return nil, fmt.Errorf("%s: cannot hold out %d of %d samples and leave any to train on: ask for fewer",
				name, size, len(order))
		}
		parts = append(parts, order[:size])
		order = order[size:]
	}
	parts = append(parts, order)
	for _, part := range parts {
		slices.Sort(part)
	}
	return parts, nil
}
