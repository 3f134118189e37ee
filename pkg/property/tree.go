package property

import (
	"context"
	"encoding/binary"
	"math"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"tightrope/pkg/verify/cert"
)

// Middle returns the number at which a tree splits the interval [l, u]. It is a float64 that belongs to both halves, so
// they leave no gap. ok reports whether it lies inside the interval.
func Middle(l, u float64) (m float64, ok bool) {
	m = l + (u-l)/2
	return m, l < m && m < u
}

// maxDepth limits the depth of a tree.
const maxDepth = 10_000

// node is a box on which cases are refuted.
type node struct {
	lower, upper []float64
	closings     []int
}

// walk visits a tree in preorder and hands out what must be proved.
type walk struct {
	group        *Group
	tree         *Tree
	bytes        []byte // of the numbers that follow
	nodes        int    // how many may still follow
	lower, upper []float64
	closed       []bool // by case: refuted on this box
	open         int    // number of cases that are not refuted
	depth        int
	emit         func(node) error
}

// checkTree confirms that a tree refutes all cases of a group everywhere in its box.
func checkTree(ctx context.Context, n *cert.Network, g *Group, t *Tree, o Options) (*Report, error) {
	for i := range t.Closings {
		if err := g.checkClosing(&t.Closings[i]); err != nil {
			return nil, err
		}
	}
	group, inner := errgroup.WithContext(ctx)
	jobs := make(chan node, 4*o.Workers)
	c := &treeChecker{net: n, group: g, tree: t, report: Report{Least: math.Inf(1)}}
	for range o.Workers {
		group.Go(func() error { return c.work(inner, jobs) })
	}
	group.Go(func() error {
		defer close(jobs)
		w := &walk{group: g, tree: t, bytes: t.Nodes, nodes: o.Nodes, lower: slices.Clone(g.Lower),
			upper: slices.Clone(g.Upper), closed: make([]bool, len(g.Cases)), open: len(g.Cases)}
		w.emit = func(j node) error {
			select {
			case jobs <- j:
				return nil
			case <-inner.Done():
				return inner.Err()
			}
		}
		return w.all()
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return &c.report, nil
}

func (g *Group) checkClosing(c *Closing) error {
	switch {
	case c.Case < 0 || c.Case >= len(g.Cases):
		return cert.Refused("it refutes case %d of %d", c.Case, len(g.Cases))
	case c.Rule != FastLin && c.Rule != CROWN && c.Rule != Adapted:
		return cert.Refused("case %d: the rule %.20q is unknown", c.Case, c.Rule)
	}
	return g.Cases[c.Case].checkLambda(c.Lambda)
}

// all visits the whole tree, and returns an error if something follows it.
func (w *walk) all() error {
	if err := w.node(); err != nil {
		return err
	}
	if len(w.bytes) > 0 {
		return cert.Refused("the tree continues after its last node")
	}
	return nil
}

// number reads the next number.
func (w *walk) number() (uint64, error) {
	v, n := binary.Uvarint(w.bytes)
	if n <= 0 {
		return 0, cert.Refused("the tree ends before its last leaf")
	}
	w.bytes = w.bytes[n:]
	return v, nil
}

// node reads one node and everything below it.
func (w *walk) node() error {
	if w.nodes--; w.nodes < 0 || w.depth > maxDepth {
		return cert.Refused("its tree has too many nodes, or is deeper than %d", maxDepth)
	}
	w.depth++
	defer func() { w.depth-- }()
	var here []int
	defer func() { w.reopen(here) }()
	for w.open > 0 {
		v, err := w.number()
		if err != nil {
			return err
		}
		if v%2 == 0 {
			if err := w.prove(here); err != nil {
				return err
			}
			return w.split(v / 2)
		}
		if v/2 >= uint64(len(w.tree.Closings)) {
			return cert.Refused("a node uses refutation %d of %d", v/2, len(w.tree.Closings))
		}
		at := w.tree.Closings[v/2].Case
		if w.closed[at] {
			return cert.Refused("a node refutes case %d, which is already refuted", at)
		}
		w.closed[at] = true
		w.open--
		here = append(here, int(v/2))
	}
	return w.prove(here)
}

// reopen takes back the refutations of a node.
func (w *walk) reopen(closings []int) {
	for _, k := range closings {
		w.closed[w.tree.Closings[k].Case] = false
		w.open++
	}
}

// prove hands out the refutations of a node.
func (w *walk) prove(closings []int) error {
	if len(closings) == 0 {
		return nil
	}
	return w.emit(node{slices.Clone(w.lower), slices.Clone(w.upper), closings})
}

// split continues with both halves of the box.
func (w *walk) split(input uint64) error {
	if input >= uint64(len(w.lower)) {
		return cert.Refused("a node splits input %d of %d", input, len(w.lower))
	}
	k := int(input)
	l, u := w.lower[k], w.upper[k]
	m, ok := Middle(l, u)
	if !ok {
		return cert.Refused("a node splits input %d between %v and %v, but no float64 lies between them", k, l, u)
	}
	w.upper[k] = m
	if err := w.node(); err != nil {
		return err
	}
	w.lower[k], w.upper[k] = m, u
	err := w.node()
	w.lower[k] = l
	return err
}

// treeChecker proves what a walk hands out.
type treeChecker struct {
	net    *cert.Network
	group  *Group
	tree   *Tree
	mutex  sync.Mutex
	report Report
}

func (c *treeChecker) work(ctx context.Context, jobs <-chan node) error {
	for j := range jobs {
		least, err := c.prove(ctx, j)
		if err != nil {
			return err
		}
		c.mutex.Lock()
		c.report.Leaves += len(j.closings)
		c.report.Least = min(c.report.Least, least)
		c.mutex.Unlock()
	}
	return nil
}

// prove confirms the refutations of one node and returns the smallest bound.
func (c *treeChecker) prove(ctx context.Context, j node) (float64, error) {
	r, err := cert.NewBox(c.net, j.lower, j.upper)
	if err != nil {
		return 0, err
	}
	b, err := r.Zonotope(ctx)
	if err != nil {
		return 0, err
	}
	least := math.Inf(1)
	for _, k := range j.closings {
		cl := &c.tree.Closings[k]
		own := &c.group.Cases[cl.Case]
		bound := cl.Rule.bound(r, b, cert.Combination{Lambda: cl.Lambda, Rows: own.Rows, Bounds: own.Bounds})
		if !(bound > 0) {
			return 0, cert.Refused("case %d on the box %s: the bound %.3g is not positive", cl.Case, shortBox(j), bound)
		}
		least = min(least, bound)
	}
	return least, nil
}

// bound returns the rule's bound of a combination of rows.
func (r Rule) bound(region *cert.Region, b *cert.Bounds, c cert.Combination) float64 {
	switch r {
	case FastLin:
		return region.Combine(b, cert.FastLin, c)
	case CROWN:
		return region.Combine(b, cert.CROWN, c)
	}
	return region.Adapted(b, c)
}
