package cert

import (
	"context"
	"math"
)

// walk goes over a tree in preorder.
type walk struct {
	*check
	ctx          context.Context
	name         string // of what is proved
	tree         *Tree
	row          *Row
	sign         float64   // of the row
	margin       bool      // which must be positive
	width        int       // multipliers of a leaf
	placed       []int     // condensed unit -> place among them, -1: none
	lower, upper []float64 // of the condensed units, with the splits of the path
	next         int       // node
	cut          int       // node that splits
	depth        int       // splits above it
	leaf         int
	least        float64
}

// newWalk prepares to walk over a tree that bounds a row.
func (k *check) newWalk(ctx context.Context, t *Tree, row *Row, name string) *walk {
	return &walk{check: k, ctx: ctx, name: name, tree: t, row: row, sign: 1, least: math.Inf(1),
		placed: k.placed(t.Of),
		width:  len(t.Multipliers) / max(t.Leaves(), 1), lower: append([]float64(nil), k.lower...),
		upper: append([]float64(nil), k.upper...)}
}

// placed are the places of condensed units in the lists of a tree.
func (k *check) placed(of []int) []int {
	if len(of) == 0 {
		return k.at
	}
	at := make([]int, len(k.at))
	for i := range at {
		at[i] = -1
	}
	for place, j := range of {
		if i := k.unitOf[j]; i >= 0 {
			at[i] = place
		}
	}
	return at
}

// all walks over the whole tree, and refuses what follows it.
func (w *walk) all() error {
	if err := w.node(); err != nil {
		return err
	}
	if w.next != len(w.tree.Splits) {
		return Refused("%s: the tree goes on behind its last node", w.name)
	}
	w.leaves += w.tree.Leaves()
	return nil
}

// node bounds the row on the inputs whose units lie within the bounds.
func (w *walk) node() error {
	if w.next >= len(w.tree.Splits) {
		return Refused("%s: the tree ends before its last leaf", w.name)
	}
	split := w.tree.Splits[w.next]
	w.next++
	if split == Leaf {
		return w.proof()
	}
	if split < 0 || split >= len(w.unitOf) {
		return Refused("%s: a node splits unit %d of %d", w.name, split, len(w.unitOf))
	}
	if w.depth >= w.deepest() {
		return Refused("%s: a path splits more often than %d times", w.name, w.depth)
	}
	s, err := w.place()
	if err != nil {
		return err
	}
	w.depth++
	defer func() { w.depth-- }()
	i := w.unitOf[split]
	for _, above := range []bool{true, false} {
		if err := w.child(i, above, s); err != nil {
			return err
		}
	}
	return nil
}

// mostSplits is how often a path may split: a unit can be split again and again, and every split takes memory.
const mostSplits = 1 << 14

// deepest is how often a path of the tree may split: each unit once where every split is at 0.
func (w *walk) deepest() int {
	if len(w.tree.At) == 0 {
		return len(w.Units)
	}
	return mostSplits
}

// place is where the next node that splits does so.
func (w *walk) place() (float64, error) {
	if len(w.tree.At) == 0 {
		return 0, nil
	}
	if w.cut >= len(w.tree.At) {
		return 0, Refused("%s: the tree splits more often than it says where", w.name)
	}
	w.cut++
	return w.tree.At[w.cut-1], nil
}

// child continues with the inputs where z of unit i is at least s, or at most; a unit that is stable already (i < 0)
// leaves the bounds as they are. Any number s is sound: the children cover the node, and one of them may be empty.
func (w *walk) child(i int, above bool, s float64) error {
	if i < 0 {
		return w.node()
	}
	l, u := w.lower[i], w.upper[i]
	if above {
		w.lower[i] = max(l, s)
	} else {
		w.upper[i] = min(u, s)
	}
	err := w.node()
	w.lower[i], w.upper[i] = l, u
	return err
}

// proof checks a leaf.
func (w *walk) proof() error {
	nu := w.tree.Multipliers[w.leaf*w.width : (w.leaf+1)*w.width]
	w.leaf++
	for i, l := range w.lower {
		if l > w.upper[i] {
			return nil // no input satisfies all splits
		}
	}
	if err := w.ctx.Err(); err != nil {
		return err
	}
	bound := w.prover.Lower(w.row, w.sign, w.lower, w.upper, w.prover.given(w.placed, nu))
	if w.margin && !(bound > 0) {
		return Refused("%s: leaf %d of %d: the bound %.3g is not positive",
			w.name, w.leaf, w.tree.Leaves(), bound)
	}
	w.least = min(w.least, bound)
	return nil
}
