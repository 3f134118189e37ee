package rational

import (
	"math/big"

	"tightrope/pkg/verify/cert"
)

// certified carries out the proof and fills in the margins, [classes].
func (k *checker) certified(c *cert.Certificate, margins []*big.Rat) {
	k.intervals(c.Rules)
	seen := map[int]bool{c.Label: true}
	for _, m := range c.Margins {
		require(m.Class >= 0 && m.Class < len(margins) && !seen[m.Class], "class %d: twice, or not to prove", m.Class)
		if seen[m.Class] = true; m.Tree == nil {
			margins[m.Class] = k.positive(c.Label, m.Class, k.rule(m.Rule))
		}
	}
	require(len(seen) == len(margins), "%d of %d classes have a proof or are the label", len(seen), len(margins))
	k.slot = map[unit]int{}
	for j, u := range c.Units {
		x := k.unit(u)
		_, twice := k.slot[x]
		require(!twice, "unit %v is listed twice", u)
		if k.units, k.slot[x] = append(k.units, x), -1; k.z[x.op].open(x.at) {
			k.slot[x] = j
		}
	}
	for _, p := range c.Tighter {
		sign := int64(1)
		if p.Upper {
			sign = -1
		}
		require(len(p.Multipliers) <= len(c.Units), "%d multipliers for %d units", len(p.Multipliers), len(c.Units))
		k.tighten(k.unit(p.Unit), k.given(rats(p.Multipliers)), sign)
	}
	for _, m := range c.Margins {
		if m.Tree != nil {
			margins[m.Class] = k.tree(m.Tree, c.Label, m.Class)
		}
	}
}

// unit is a certificate's unit.
func (k *checker) unit(u cert.Unit) unit {
	require(u.Relu >= 0 && u.Relu < len(k.relus), "relu %d of %d", u.Relu, len(k.relus))
	size := k.ops[k.relus[u.Relu]].size
	require(u.Unit >= 0 && u.Unit < size, "unit %d of %d in relu %d", u.Unit, size, u.Relu)
	return unit{k.relus[u.Relu], u.Unit}
}

// positive is the lower bound of a margin, which must be positive.
func (k *checker) positive(label, class int, nu multiplier) *big.Rat {
	at := len(k.ops) - 1
	row := make(vector, k.ops[at].size)
	row[label], row[class] = big.NewRat(1, 1), big.NewRat(-1, 1)
	v := k.minimum(at, row, nu)
	require(v.Sign() > 0, "class %d: the margin's lower bound %s is not positive", class, v.FloatString(20))
	return v
}

// walk goes through a tree in preorder.
type walk struct {
	*checker
	label, class int
	splits       []int    // nodes to come
	nus          vector   // multipliers of leaves to come
	least        *big.Rat // margin so far
}

// tree proves a margin on every leaf.
func (k *checker) tree(t *cert.Tree, label, class int) *big.Rat {
	limit("nodes", float64(len(t.Splits)), MaxNodes)
	w := &walk{checker: k, label: label, class: class, splits: t.Splits, nus: rats(t.Multipliers)}
	w.node()
	require(len(w.splits)+len(w.nus) == 0, "%d nodes, %d multipliers are left at the end", len(w.splits), len(w.nus))
	return w.least
}

// node takes one node and all below it.
func (w *walk) node() {
	require(len(w.splits) > 0, "the tree ends early")
	s := w.splits[0]
	if w.splits = w.splits[1:]; s == cert.Leaf {
		w.leaf()
		return
	}
	require(s >= 0 && s < len(w.units), "the tree splits unit %d of %d", s, len(w.units))
	x := w.units[s]
	b := w.z[x.op]
	l, u := b.lower[x.at], b.upper[x.at]
	b.lower[x.at] = larger(l, zero)
	w.node()
	b.lower[x.at], b.upper[x.at] = l, smaller(u, zero)
	w.node()
	b.upper[x.at] = u
}

// leaf proves the margin where the splits hold, unless they hold nowhere.
func (w *walk) leaf() {
	units := len(w.units)
	require(len(w.nus) >= units, "a leaf has %d multipliers for %d units", len(w.nus), units)
	nus := w.nus[:units]
	w.nus = w.nus[units:]
	w.spend(0)
	for _, x := range w.units {
		if w.z[x.op].lower[x.at].Cmp(w.z[x.op].upper[x.at]) > 0 {
			return
		}
	}
	if v := w.positive(w.label, w.class, w.given(nus)); w.least == nil || v.Cmp(w.least) < 0 {
		w.least = v
	}
}
