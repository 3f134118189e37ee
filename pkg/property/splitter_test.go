package property

import (
	"encoding/binary"
	"slices"
	"testing"

	"tightrope/pkg/verify/cert"
)

// splitter grows a tree.
type splitter struct {
	t       *testing.T
	problem *Problem
	group   *Group
	tree    *Tree
	nodes   int
}

func (s *splitter) node(lower, upper []float64, open []int) bool {
	if s.nodes--; s.nodes < 0 {
		return false
	}
	r, err := cert.NewBox(s.problem.Net, lower, upper)
	if err != nil {
		s.t.Fatal(err)
	}
	b, err := r.Zonotope(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	var left []int
	for _, i := range open {
		if !s.close(r, b, i) {
			left = append(left, i)
		}
	}
	return len(left) == 0 || s.split(lower, upper, left)
}

// close refutes a case by one row, by either rule.
func (s *splitter) close(r *cert.Region, b *cert.Bounds, i int) bool {
	c := &s.group.Cases[i]
	for k := range c.Rows {
		lambda := make(cert.Floats, len(c.Rows))
		lambda[k] = 1
		for _, rule := range []Rule{FastLin, CROWN, Adapted} {
			if rule.bound(r, b, cert.Combination{Lambda: lambda, Rows: c.Rows, Bounds: c.Bounds}) > 0 {
				s.tree.Nodes = binary.AppendUvarint(s.tree.Nodes, uint64(2*len(s.tree.Closings)+1))
				s.tree.Closings = append(s.tree.Closings, Closing{i, rule, lambda})
				return true
			}
		}
	}
	return false
}

func (s *splitter) split(lower, upper []float64, open []int) bool {
	at := 0
	for k := range lower {
		if upper[k]-lower[k] > upper[at]-lower[at] {
			at = k
		}
	}
	m, ok := Middle(lower[at], upper[at])
	if !ok {
		return false
	}
	s.tree.Nodes = binary.AppendUvarint(s.tree.Nodes, uint64(2*at))
	below, above := slices.Clone(upper), slices.Clone(lower)
	below[at], above[at] = m, m
	return s.node(lower, below, open) && s.node(above, upper, open)
}
