package cert

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Report tells what a check found.
type Report struct {
	Lower  []float64 // proven lower bounds of the margins in the order of the certificate (their least leaf's)
	Leaves int       // leaves of all trees
}

// ErrRefused marks a certificate that does not prove what it says.
var ErrRefused = errors.New("refused")

func refused(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrRefused}, args...)...)
}

// Check confirms a certificate: nil means that it proves its verdict about the network, in exact arithmetic on the given
// weights. All computation is in float64 with every rounding error accounted for. An error that wraps [ErrRefused] means that
// the proof does not hold; other errors, the context's among them, that it could not be looked at.
func Check(ctx context.Context, n *Network, c *Certificate) (*Report, error) {
	if err := c.validate(n); err != nil {
		return nil, err
	}
	switch c.Verdict {
	case Certified:
		return checkCertified(ctx, n, c)
	case Falsified:
		return &Report{}, checkFalsified(ctx, n, c)
	}
	return nil, fmt.Errorf("verdict %q: certificates know %q and %q", c.Verdict, Certified, Falsified)
}

func checkCertified(ctx context.Context, n *Network, c *Certificate) (*Report, error) {
	r, err := NewRegion(n, c.Ball, c.Input)
	if err != nil {
		return nil, err
	}
	b, err := r.Bounds(ctx, c.Rules...)
	if err != nil {
		return nil, err
	}
	k := &checker{Certificate: c, region: r, bounds: b}
	if err := k.complete(n.Classes()); err != nil {
		return nil, err
	}
	if err := k.tighten(ctx); err != nil {
		return nil, err
	}
	report := &Report{}
	for i := range c.Margins {
		lower, err := k.margin(ctx, &c.Margins[i])
		if err != nil {
			return nil, err
		}
		report.Lower = append(report.Lower, lower)
	}
	report.Leaves = k.leaves
	return report, nil
}

// checker checks one certificate.
type checker struct {
	*Certificate
	region       *Region
	bounds       *Bounds
	prover       *Prover   // nil until needed
	lower, upper []float64 // of the condensed units
	at           []int     // condensed unit -> index of Certificate.Units, -1: none
	unitOf       []int     // index of Certificate.Units -> condensed unit, -1: stable
	leaves       int
}

// complete checks that every class but the label has its proof.
func (k *checker) complete(classes int) error {
	seen := make([]bool, classes)
	seen[k.Label] = true
	for _, m := range k.Margins {
		if m.Class < 0 || m.Class >= classes || seen[m.Class] {
			return refused("class %d is the label, is proved twice or does not exist", m.Class)
		}
		seen[m.Class] = true
	}
	for class, ok := range seen {
		if !ok {
			return refused("class %d has no proof", class)
		}
	}
	return nil
}

// condense prepares proofs by multipliers.
func (k *checker) condense(ctx context.Context) error {
	if k.prover != nil {
		return nil
	}
	c, err := k.region.Condense(ctx, k.bounds, k.Label)
	if err != nil {
		return err
	}
	k.prover = c.NewProver()
	k.lower, k.upper = append([]float64(nil), c.Lower...), append([]float64(nil), c.Upper...)
	place := map[Unit]int{}
	k.at, k.unitOf = make([]int, len(c.Units)), make([]int, len(k.Units))
	for i, u := range c.Units {
		place[u], k.at[i] = i, -1
	}
	for j, u := range k.Units {
		if u.Relu < 0 || u.Relu >= len(k.bounds.Lower) || u.Unit < 0 || u.Unit >= len(k.bounds.Lower[u.Relu]) {
			return refused("unit %+v does not exist", u)
		}
		i, ok := place[u]
		if !ok {
			k.unitOf[j] = -1
			continue
		}
		if k.at[i] >= 0 {
			return refused("unit %+v is listed twice", u)
		}
		k.at[i], k.unitOf[j] = j, i
	}
	return nil
}

// given is the choice of multipliers that a list holds; units without one go by CROWN's rule.
func (k *checker) given(nu []float64) Multiplier {
	return func(unit int, h, l, u float64) float64 {
		if j := k.at[unit]; j >= 0 && j < len(nu) {
			return nu[j]
		}
		return CROWN.multiplier(h, l, u)
	}
}

// tighten proves further bounds of units.
func (k *checker) tighten(ctx context.Context) error {
	for _, p := range k.Tighter {
		if err := k.condense(ctx); err != nil {
			return err
		}
		i := k.find(p.Unit)
		if i < 0 {
			continue // stable already
		}
		row := &k.prover.Rows[i]
		if p.Upper {
			k.upper[i] = min(k.upper[i], -k.prover.Lower(row, -1, k.lower, k.upper, k.given(p.Multipliers)))
		} else {
			k.lower[i] = max(k.lower[i], k.prover.Lower(row, 1, k.lower, k.upper, k.given(p.Multipliers)))
		}
	}
	return nil
}

func (k *checker) find(u Unit) int {
	for i, other := range k.prover.Units {
		if u == other {
			return i
		}
	}
	return -1
}

// margin proves one margin positive and returns its bound.
func (k *checker) margin(ctx context.Context, m *MarginProof) (float64, error) {
	if m.Tree == nil {
		lower := k.region.Margin(k.bounds, m.Rule, k.Label, m.Class)
		if !(lower > 0) {
			return lower, refused("class %d: the %v bound %.3g is not positive", m.Class, m.Rule, lower)
		}
		return lower, nil
	}
	if err := k.condense(ctx); err != nil {
		return 0, err
	}
	w := &walk{checker: k, ctx: ctx, class: m.Class, tree: m.Tree, row: k.prover.Margin(m.Class), least: math.Inf(1)}
	if len(m.Tree.Multipliers) != m.Tree.Leaves()*len(k.Units) {
		return 0, refused("class %d: %d multipliers for %d leaves of %d units", m.Class, len(m.Tree.Multipliers), m.Tree.Leaves(), len(k.Units))
	}
	if err := w.node(k.lower, k.upper); err != nil {
		return 0, err
	}
	if w.next != len(m.Tree.Splits) {
		return 0, refused("class %d: the tree goes on behind its last node", m.Class)
	}
	k.leaves += m.Tree.Leaves()
	return w.least, nil
}

// walk goes over a tree in preorder.
type walk struct {
	*checker
	ctx   context.Context
	class int
	tree  *Tree
	row   *Row
	next  int // node
	depth int // splits above it
	leaf  int
	least float64
}

// node proves the margin on the inputs whose units lie within the bounds.
func (w *walk) node(lower, upper []float64) error {
	if w.next >= len(w.tree.Splits) {
		return refused("class %d: the tree ends before its last leaf", w.class)
	}
	split := w.tree.Splits[w.next]
	w.next++
	if split == Leaf {
		return w.proof(lower, upper)
	}
	if split < 0 || split >= len(w.unitOf) {
		return refused("class %d: a node splits unit %d of %d", w.class, split, len(w.unitOf))
	}
	if w.depth == len(w.Units) {
		return refused("class %d: a path splits more often than there are %d units", w.class, w.depth)
	}
	w.depth++
	defer func() { w.depth-- }()
	i := w.unitOf[split]
	for _, active := range []bool{true, false} {
		if err := w.child(i, active, lower, upper); err != nil {
			return err
		}
	}
	return nil
}

// child goes on with one phase of unit i; a unit that is stable already (i < 0) leaves the bounds as they are.
func (w *walk) child(i int, active bool, lower, upper []float64) error {
	if i < 0 {
		return w.node(lower, upper)
	}
	if active {
		lower = append([]float64(nil), lower...)
		lower[i] = max(lower[i], 0)
	} else {
		upper = append([]float64(nil), upper...)
		upper[i] = min(upper[i], 0)
	}
	return w.node(lower, upper)
}

// proof checks a leaf.
func (w *walk) proof(lower, upper []float64) error {
	nu := w.tree.Multipliers[w.leaf*len(w.Units) : (w.leaf+1)*len(w.Units)]
	w.leaf++
	for i, l := range lower {
		if l > upper[i] {
			return nil // no input satisfies all phases
		}
	}
	if err := w.ctx.Err(); err != nil {
		return err
	}
	bound := w.prover.Lower(w.row, 1, lower, upper, w.given(nu))
	if !(bound > 0) {
		return refused("class %d: leaf %d of %d: the bound %.3g is not positive", w.class, w.leaf, w.tree.Leaves(), bound)
	}
	w.least = min(w.least, bound)
	return nil
}
