package vnnlib

import (
	"fmt"
	"math"
)

// size is what a node becomes: cases, and constraints of all cases together. Both saturate.
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

// size counts what distributing a node gives.
func (p *parser) size(id int32) size {
	n := &p.nodes[id]
	switch n.op {
	case 'c':
		return size{1, 1}
	case '&':
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

// flatten separates what every counterexample meets from the "or"s.
func (p *parser) flatten(ids, base, ors []int32) (b, o []int32) {
	for _, id := range ids {
		switch n := &p.nodes[id]; n.op {
		case 'c':
			base = append(base, id)
		case '&':
			base, ors = p.flatten(n.children, base, ors)
		default:
			ors = append(ors, id)
		}
	}
	return base, ors
}

// checkSize refuses a property whose cases are too many or too large.
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
		return fmt.Errorf("its disjunctions distribute into more than %d cases: split the property into several "+
			"files, or raise MaxCases", p.options.MaxCases)
	}
	rows := 1
	for _, id := range base {
		if !p.boundsInputs(id) {
			rows++
		}
	}
	values := min(saturated, capped(boxes, 2*len(p.inputs))+total.constraints+capped(total.cases, rows))
	if values > p.options.MaxValues {
		return fmt.Errorf("its %d cases hold more than %d numbers: split the property into several files, or raise "+
			"MaxValues", total.cases, p.options.MaxValues)
	}
	return nil
}

// boundsInputs reports whether a node holds a bound of an input.
func (p *parser) boundsInputs(id int32) bool {
	n := &p.nodes[id]
	if n.op == 'c' {
		return n.kind == 'l' || n.kind == 'u'
	}
	for _, c := range n.children {
		if p.boundsInputs(c) {
			return true
		}
	}
	return false
}

// distribute lists the conjunctions of constraints whose disjunction a node is.
func (p *parser) distribute(id int32) [][]int32 {
	n := &p.nodes[id]
	switch n.op {
	case 'c':
		return [][]int32{{id}}
	case '&':
		return p.distributeAll(n.children)
	}
	var all [][]int32
	for _, c := range n.children {
		all = append(all, p.distribute(c)...)
	}
	return all
}

// distributeAll is the same for nodes that are met together: every combination, the first node's changing slowest.
func (p *parser) distributeAll(ids []int32) [][]int32 {
	all := [][]int32{nil}
	for _, id := range ids {
		own := p.distribute(id)
		if len(own) == 1 { // the usual "and" of comparisons: no copies
			for i := range all {
				all[i] = append(all[i], own[0]...)
			}
			continue
		}
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
		return nil, p.errorAt(c.empty, "%w: an upper bound is below the lower one here, and in every case; swap the "+
			"two (as it is written the property is unsat for any network)", ErrEmpty)
	}
	return c.property, nil
}

// unbounded is a box without bounds.
func unbounded(inputs int) *Box {
	b := &Box{Lower: make([]float64, inputs), Upper: make([]float64, inputs)}
	for i := range b.Lower {
		b.Lower[i], b.Upper[i] = math.Inf(-1), math.Inf(1)
	}
	return b
}
