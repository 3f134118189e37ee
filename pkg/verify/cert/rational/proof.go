package rational

import (
	"math/big"

	"tightrope/pkg/verify/cert"
)

// certified carries out the proof and fills in the margins, [classes].
func (k *checker) certified(c *cert.Certificate, margins []*big.Rat) {
	k.intervals(c.Rules)
	k.list(c.Units)
	for _, p := range c.Tighter {
		b, sign := k.of(p.Unit), int64(1)
		if p.Upper {
			sign = -1
		}
		require(len(p.Multipliers) <= len(c.Units), "%d multipliers for %d units", len(p.Multipliers), len(c.Units))
		k.tighten(b, k.relus[p.Unit.Relu], p.Unit.Unit, k.given(rats(p.Multipliers)), sign)
	}
	seen := map[int]bool{c.Label: true}
	for _, m := range c.Margins {
		require(m.Class >= 0 && m.Class < len(margins) && !seen[m.Class], "class %d needs no proof, or has two", m.Class)
		row := make(vector, len(margins))
		row[c.Label], row[m.Class], seen[m.Class] = big.NewRat(1, 1), big.NewRat(-1, 1), true
		if m.Tree == nil {
			margins[m.Class] = k.positive(row, k.rule(m.Rule))
			continue
		}
		limit("nodes", float64(len(m.Tree.Splits)), MaxNodes)
		w := &walk{checker: k, row: row, splits: m.Tree.Splits, nus: rats(m.Tree.Multipliers)}
		w.node()
		require(len(w.splits)+len(w.nus) == 0, "%d nodes and %d multipliers are left after the tree", len(w.splits), len(w.nus))
		margins[m.Class] = w.least
	}
	require(len(seen) == len(margins), "%d of %d classes have a proof: give one for each but the label", len(seen)-1, len(margins))
}

// of are the bounds of a unit's relu.
func (k *checker) of(u cert.Unit) box {
	require(u.Relu >= 0 && u.Relu < len(k.bounds), "relu %d of %d", u.Relu, len(k.bounds))
	b := k.bounds[u.Relu]
	require(u.Unit >= 0 && u.Unit < len(b.lower), "unit %d of %d in relu %d", u.Unit, len(b.lower), u.Relu)
	return b
}

// list takes the units that multipliers are for; they get none where the rules have made them stable.
func (k *checker) list(units []cert.Unit) {
	k.units, k.slot = units, map[cert.Unit]int{}
	seen := map[cert.Unit]bool{}
	for j, u := range units {
		b := k.of(u)
		require(!seen[u], "unit %v is listed twice", u)
		if seen[u] = true; b.unstable(u.Unit) {
			k.slot[u] = j
		}
	}
}

// positive is a margin's lower bound, which must be positive.
func (k *checker) positive(row vector, nu multiplier) *big.Rat {
	v := k.minimum(len(k.ops)-1, row, nu)
	require(v.Sign() > 0, "a margin's lower bound, %s, is not positive", v.FloatString(20))
	return v
}

// walk goes through a tree in preorder.
type walk struct {
	*checker
	row    vector   // of the margin
	splits []int    // nodes to come
	nus    vector   // multipliers of leaves to come
	least  *big.Rat // margin so far
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
	u := w.units[s]
	b, j := w.of(u), u.Unit
	l, most := b.lower[j], b.upper[j]
	_, open := w.slot[u]
	if open {
		b.lower[j] = larger(l, zero)
	}
	w.node()
	if b.lower[j] = l; open {
		b.upper[j] = smaller(most, zero)
	}
	w.node()
	b.upper[j] = most
}

// leaf proves the margin where the splits hold, unless they hold nowhere.
func (w *walk) leaf() {
	require(len(w.nus) >= len(w.units), "a leaf has %d multipliers for %d units", len(w.nus), len(w.units))
	nus := w.nus[:len(w.units)]
	w.nus = w.nus[len(w.units):]
	w.spend(0)
	for _, b := range w.bounds {
		for j, l := range b.lower {
			if l.Cmp(b.upper[j]) > 0 {
				return
			}
		}
	}
	if v := w.positive(w.row, w.given(nus)); w.least == nil || v.Cmp(w.least) < 0 {
		w.least = v
	}
}
