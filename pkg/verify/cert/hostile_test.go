package cert

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tightrope/pkg/ball"
)

// splitProof is a certificate that is confirmed, with a tree that splits units of a tanh or a sigmoid.
func splitProof(t *testing.T) (*Network, *Certificate) {
	t.Helper()
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 42))
		m := drawn(t, "fc3 tanh fc2 sigmoid fc2", 1, 2, rng)
		m.Layers[len(m.Layers)-1].Params[1].Data[0] += 0.02 - leastOnGrid(t, m, 0.3, 0.8)
		n, err := NewNetwork(m)
		if err != nil {
			t.Fatal(err)
		}
		s := newSplitting(t, n, ball.Ball{Eps: 0.8}, []float64{0.3}, rng)
		c := s.certificate(s.grow(30))
		report, err := Check(t.Context(), n, clone(t, c))
		if err == nil && report.Leaves > 3 {
			return n, c
		}
	}
	t.Fatal("no tree is large enough for these tests")
	return nil, nil
}

// TestHostileSplits: trees of a wrong form are refused, each for its reason.
func TestHostileSplits(t *testing.T) {
	n, good := splitProof(t)
	chain := func(c *Certificate, splits, leaves int) { // each first child splits again
		c.Margins[0].Tree = &Tree{Splits: append(make([]int, splits), slices.Repeat([]int{Leaf}, leaves)...),
			At: slices.Repeat(Floats{0.1}, (splits+leaves)/2)}
	}
	for want, change := range map[string]func(c *Certificate, tree *Tree){
		"unit 99 of":                 func(_ *Certificate, t *Tree) { t.Splits[0] = 99 },
		"unit -2 of":                 func(_ *Certificate, t *Tree) { t.Splits[0] = -2 },
		"that is no number":          func(_ *Certificate, t *Tree) { t.At[0] = math.NaN() },
		"place that is no number":    func(_ *Certificate, t *Tree) { t.At[0] = math.Inf(1) },
		"a place that is no number":  func(_ *Certificate, t *Tree) { t.At[len(t.At)-1] = math.Inf(-1) },
		"number of at most 1e+100":   func(_ *Certificate, t *Tree) { t.At[0] = 1e101 },
		"needs schema 3":             func(c *Certificate, _ *Tree) { c.Schema = 2 },
		"nodes splits at":            func(_ *Certificate, t *Tree) { t.At = t.At[1:] },
		"splits at 1 places":         func(_ *Certificate, t *Tree) { t.At = t.At[:1] },
		"splits more often than 16":  func(c *Certificate, _ *Tree) { chain(c, mostSplits+1, mostSplits+2) },
		"splits more often than it":  func(c *Certificate, _ *Tree) { chain(c, 3, 0) },
		"splits more often than 5 t": func(c *Certificate, _ *Tree) { chain(c, 20, 21); c.Margins[0].Tree.At = nil },
		"bound of unit": func(c *Certificate, _ *Tree) {
			c.Tighter = []UnitProof{{Tree: &Tree{Splits: []int{99, Leaf, Leaf}, At: Floats{0}}}}
		},
		"at 2 places": func(c *Certificate, _ *Tree) {
			c.Tighter = []UnitProof{{Tree: &Tree{Splits: []int{0, Leaf, Leaf}, At: Floats{0, 0}}}}
		},
	} {
		c := clone(t, good)
		change(c, c.Margins[0].Tree)
		if _, err := Check(t.Context(), n, c); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestPlacesOutside: a split outside a unit's interval leaves one child without an input, and proves nothing.
func TestPlacesOutside(t *testing.T) {
	n, good := splitProof(t)
	for _, at := range []float64{-1e100, -50, 50, 1e100} {
		for unit := range good.Units {
			c := clone(t, good)
			tree := c.Margins[0].Tree // below a split that no input passes on one side
			empty := slices.Repeat(Floats{0}, len(c.Units))
			all := append(append(Floats(nil), tree.Multipliers...), empty...)
			splits := append(append([]int{unit}, tree.Splits...), Leaf)
			if at > 0 {
				all, splits = append(append(Floats(nil), empty...), tree.Multipliers...),
					append([]int{unit, Leaf}, tree.Splits...)
			}
			c.Margins[0].Tree = &Tree{Splits: splits, At: append(Floats{at}, tree.At...), Multipliers: all}
			if _, err := Check(t.Context(), n, c); err != nil {
				t.Errorf("unit %d at %v: %v", unit, at, err)
			}
			c.Margins[0].Tree = &Tree{Splits: []int{unit, Leaf, Leaf}, At: Floats{at},
				Multipliers: append(empty, empty...)}
			if _, err := Check(t.Context(), n, c); !errors.Is(err, ErrRefused) {
				t.Errorf("unit %d at %v, without the tree: %v", unit, at, err)
			}
		}
	}
}

// TestSplitMemory: the rows of a smooth network's units count against the limit of memory, whatever the signs of their
// inputs: such a unit is never linear.
func TestSplitMemory(t *testing.T) {
	n, c := splitProof(t)
	far := clone(t, c)
	far.Input[0] = 50 // where each unit's input has one sign
	if _, err := CheckWithin(t.Context(), n, far, Limits{Memory: rowMemory(4, 1, 2)}); err == nil ||
		!strings.Contains(err.Error(), "allow more memory") {
		t.Errorf("the rows of %d units far from 0: %v", len(c.Units), err)
	}
	if _, err := CheckWithin(t.Context(), n, c, Limits{Memory: rowMemory(4, 1, 2)}); err == nil ||
		!strings.Contains(err.Error(), "allow more memory") {
		t.Errorf("the rows of %d units: %v", len(c.Units), err)
	}
	if _, err := CheckWithin(t.Context(), n, c, Limits{Memory: rowMemory(5, 1, 2)}); err != nil {
		t.Error(err)
	}
}

// TestSplitsOfStableRelus: a split of a unit that is stable leaves both children the whole of what it splits.
func TestSplitsOfStableRelus(t *testing.T) {
	n := plain(t, tent(t, 0.3))
	for _, at := range []float64{0, -5, 5} {
		c := tentProof(t, n)
		c.Input = Floats{3} // the units are stable, and the margin is 0.3 - 0.25 + 0 there
		c.Margins[0].Tree = &Tree{Splits: []int{0, Leaf, Leaf}, At: Floats{at}}
		c.Split()
		if r, err := Check(t.Context(), n, c); err != nil || math.Abs(r.Lower[0]-0.05) > 1e-12 {
			t.Errorf("at %v: %+v, %v", at, r, err)
		}
		c.Network = plain(t, tent(t, 0.2)).Hash
		if _, err := Check(t.Context(), plain(t, tent(t, 0.2)), c); !errors.Is(err, ErrRefused) {
			t.Errorf("at %v, of a margin of -0.05: %v", at, err)
		}
	}
}
