package vnnlib

import (
	"encoding/binary"
	"math"
	"slices"
)

// cases collects the cases of a property.
type cases struct {
	*parser
	property *Property
	base     []int32         // constraints that all cases share
	box      *Box            // bounds from the constraints that all cases share
	rows     []Row           // from the same constraints
	boxes    map[string]*Box // by the constraints on inputs that a case adds; nil if empty
	key      []byte
	empty    int // offset of a constraint that empties a box
}

func newCases(p *parser, base []int32) *cases {
	c := &cases{parser: p, base: base, box: unbounded(len(p.inputs)), boxes: map[string]*Box{}}
	c.property = &Property{Inputs: len(p.inputs), Outputs: len(p.outputs)}
	for _, id := range base {
		n := &p.constraints[id]
		if !n.tighten(c.box) {
			c.rows = append(c.rows, n.row())
		}
	}
	return c
}

// tighten intersects a box with a bound of an input, and reports whether the constraint is such a bound.
func (n *constraint) tighten(b *Box) bool {
	switch n.kind {
	case 'l':
		b.Lower[n.a] = max(b.Lower[n.a], n.bound)
	case 'u':
		b.Upper[n.a] = min(b.Upper[n.a], n.bound)
	default:
		return false
	}
	return true
}

// row returns the inequality of a constraint on outputs.
func (n *constraint) row() Row {
	switch {
	case n.kind == '<':
		return Row{Terms: []Term{{int(n.a), 1}}, Bound: n.bound}
	case n.kind == '>':
		return Row{Terms: []Term{{int(n.a), -1}}, Bound: -n.bound}
	case n.a == n.b:
		return Row{}
	}
	return Row{Terms: []Term{{int(n.a), 1}, {int(n.b), -1}}}
}

// add makes a case of the shared constraints and the given ones, unless its box is empty.
func (c *cases) add(own []int32) error {
	box, err := c.boxOf(own)
	if err != nil {
		return err
	}
	if box == nil {
		c.property.Empty++
		return nil
	}
	rows := slices.Clip(c.rows)
	for _, id := range own {
		if n := &c.constraints[id]; !n.input() {
			rows = append(rows, n.row())
		}
	}
	c.property.Cases = append(c.property.Cases, Case{Box: box, Rows: rows})
	return nil
}

// boxOf returns the box of a case, which cases with the same constraints on inputs share; nil if it is empty.
func (c *cases) boxOf(own []int32) (*Box, error) {
	c.key = c.key[:0]
	var bounds []int32
	for _, id := range own {
		if n := &c.constraints[id]; n.input() {
			bounds = append(bounds, id)
			c.key = binary.LittleEndian.AppendUint32(c.key, uint32(id))
		}
	}
	if box, known := c.boxes[string(c.key)]; known {
		return box, nil
	}
	box := c.box
	if len(bounds) > 0 {
		box = &Box{Lower: slices.Clone(box.Lower), Upper: slices.Clone(box.Upper)}
		for _, id := range bounds {
			c.constraints[id].tighten(box)
		}
	}
	box, err := c.check(box, bounds)
	c.boxes[string(c.key)] = box
	return box, err
}

// check returns an error for a box without all bounds, and nil for an empty one.
func (c *cases) check(b *Box, bounds []int32) (*Box, error) {
	for i := range b.Lower {
		side := ""
		if math.IsInf(b.Upper[i], 1) {
			side = "upper"
		}
		if math.IsInf(b.Lower[i], -1) {
			side = "lower"
		}
		if side != "" {
			return nil, c.errorAt(c.place(bounds, i), "X_%d has no %s bound: assert one in every case", i, side)
		}
		if b.Lower[i] > b.Upper[i] {
			c.empty = c.place(bounds, i)
			return nil, nil
		}
	}
	return b, nil
}

// place returns the place in the file of a case's bound of an input: in the case itself, or among the constraints that
// all cases share. If there is none, it is the case's first bound, or the declaration.
func (c *cases) place(bounds []int32, input int) int {
	for _, list := range [][]int32{bounds, c.base} {
		for _, id := range slices.Backward(list) {
			if n := &c.constraints[id]; n.input() && int(n.a) == input {
				return int(n.at)
			}
		}
	}
	if len(bounds) > 0 {
		return int(c.constraints[bounds[0]].at)
	}
	return c.inputs[input] - 1
}
