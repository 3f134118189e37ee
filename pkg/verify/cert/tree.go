package cert

import "context"

// walk goes over a tree in preorder.
type walk struct {
	*check
	ctx          context.Context
	class        int
	tree         *Tree
	row          *Row
	lower, upper []float64 // of the condensed units, with the phases of the path
	next         int       // node
	depth        int       // splits above it
	leaf         int
	least        float64
}

// node proves the margin on the inputs whose units lie within the bounds.
func (w *walk) node() error {
	if w.next >= len(w.tree.Splits) {
		return Refused("class %d: the tree ends before its last leaf", w.class)
	}
	split := w.tree.Splits[w.next]
	w.next++
	if split == Leaf {
		return w.proof()
	}
	if split < 0 || split >= len(w.unitOf) {
		return Refused("class %d: a node splits unit %d of %d", w.class, split, len(w.unitOf))
	}
	if w.depth == len(w.Units) {
		return Refused("class %d: a path splits more often than there are %d units", w.class, w.depth)
	}
	w.depth++
	defer func() { w.depth-- }()
	i := w.unitOf[split]
	for _, active := range []bool{true, false} {
		if err := w.child(i, active); err != nil {
			return err
		}
	}
	return nil
}

// child goes on with one phase of unit i; a unit that is stable already (i < 0) leaves the bounds as they are.
func (w *walk) child(i int, active bool) error {
	if i < 0 {
		return w.node()
	}
	l, u := w.lower[i], w.upper[i]
	if active {
		w.lower[i] = max(l, 0)
	} else {
		w.upper[i] = min(u, 0)
	}
	err := w.node()
	w.lower[i], w.upper[i] = l, u
	return err
}

// proof checks a leaf.
func (w *walk) proof() error {
	nu := w.tree.Multipliers[w.leaf*len(w.Units) : (w.leaf+1)*len(w.Units)]
	w.leaf++
	for i, l := range w.lower {
		if l > w.upper[i] {
			return nil // no input satisfies all phases
		}
	}
	if err := w.ctx.Err(); err != nil {
		return err
	}
	bound := w.prover.Lower(w.row, 1, w.lower, w.upper, w.given(nu))
	if !(bound > 0) {
		return Refused("class %d: leaf %d of %d: the bound %.3g is not positive",
			w.class, w.leaf, w.tree.Leaves(), bound)
	}
	w.least = min(w.least, bound)
	return nil
}
