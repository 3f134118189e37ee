package vnnlib

import (
	"fmt"
	"math"
	"slices"
)

// size is what a node expands to: the number of cases, and of constraints in all cases together. Both saturate.
type size struct{ cases, constraints int }

const saturated = 1 << 40

func product(a, b size) size {
	return size{capped(a.cases, b.cases), min(saturated, capped(a.constraints, b.cases)+capped(b.constraints, a.cases))}
}

func capped(a, b int) int {
	if a > 0 && b > saturated/a {
		return saturated
	}
	return a * b
}

// size computes what distributing a node or constraint gives.
func (p *parser) size(id int32) size {
	if id < 0 {
		return size{1, 1}
	}
	n := &p.nodes[id]
	if !n.or {
		total := size{cases: 1}
		for _, c := range n.children {
			total = product(total, p.size(c))
		}
		return total
	}
	var total size
	for _, c := range n.children {
		s := p.size(c)
		total = size{min(saturated, total.cases+s.cases), min(saturated, total.constraints+s.constraints)}
	}
	return total
}

// flatten separates the constraints that every counterexample meets from the disjunctions.
func (p *parser) flatten(ids, base, ors []int32) (b, o []int32) {
	for _, id := range ids {
		switch {
		case id < 0:
			base = append(base, ^id)
		case p.nodes[id].or:
			ors = append(ors, id)
		default:
			base, ors = p.flatten(p.nodes[id].children, base, ors)
		}
	}
	return base, ors
}

// checkSize returns an error for a property with too many or too large cases.
func (p *parser) checkSize(base, ors []int32) error {
	total := size{cases: 1}
	boxes := 1
	for _, id := range ors {
		s := p.size(id)
		total = product(total, s)
		if p.boundsInputs(id) {
			boxes = capped(boxes, s.cases)
		}
	}
	if total.cases > p.options.MaxCases {
		return fmt.Errorf("its disjunctions expand to more than %d cases: split the property into several "+
			"files, or raise MaxCases", p.options.MaxCases)
	}
	rows := 1
	for _, id := range base {
		if !p.constraints[id].input() {
			rows++
		}
	}
	values := min(saturated, capped(boxes, 2*len(p.inputs))+total.constraints+capped(total.cases, rows))
	if values > p.options.MaxValues {
		return fmt.Errorf("its %d cases contain more than %d numbers: split the property into several files, or raise "+
			"MaxValues", total.cases, p.options.MaxValues)
	}
	return nil
}

// boundsInputs reports whether a node or constraint contains a bound of an input.
func (p *parser) boundsInputs(id int32) bool {
	if id < 0 {
		return p.constraints[^id].input()
	}
	return slices.ContainsFunc(p.nodes[id].children, p.boundsInputs)
}

// distribute returns the conjunctions of constraints (their indices) whose disjunction equals a node or constraint.
func (p *parser) distribute(id int32) [][]int32 {
	switch {
	case id < 0:
		return [][]int32{{^id}}
	case !p.nodes[id].or:
		return p.distributeAll(p.nodes[id].children)
	}
	var all [][]int32
	for _, c := range p.nodes[id].children {
		all = append(all, p.distribute(c)...)
	}
	return all
}

// distributeAll is like distribute for nodes that must be met together. It returns every combination; that of the first
// node changes slowest.
func (p *parser) distributeAll(ids []int32) [][]int32 {
	all := [][]int32{nil}
	for _, id := range ids {
		if id < 0 { // the common case, an "and" of comparisons, needs no copies
			for i := range all {
				all[i] = append(all[i], ^id)
			}
			continue
		}
		own := p.distribute(id)
		joined := make([][]int32, 0, len(all)*len(own))
		for _, a := range all {
			for _, o := range own {
				joined = append(joined, append(a[:len(a):len(a)], o...))
			}
		}
		all = joined
	}
	return all
}

// property distributes the assertions into cases.
func (p *parser) property() (*Property, error) {
	if err := p.declared(); err != nil {
		return nil, err
	}
	base, ors := p.flatten(p.asserts, nil, nil)
	if err := p.checkSize(base, ors); err != nil {
		return nil, err
	}
	c := newCases(p, base)
	for _, own := range p.distributeAll(ors) {
		if err := c.add(own); err != nil {
			return nil, err
		}
	}
	if len(c.property.Cases) == 0 {
		c.property.Contradiction = p.errorAt(c.empty, "an upper bound is below the lower one here, and in every case, "+
			"so that no input meets the bounds; were the two swapped?")
	}
	return c.property, nil
}

// unbounded returns a box without bounds.
func unbounded(inputs int) *Box {
	b := &Box{Lower: make([]float64, inputs), Upper: make([]float64, inputs)}
	for i := range b.Lower {
		b.Lower[i], b.Upper[i] = math.Inf(-1), math.Inf(1)
	}
	return b
}
