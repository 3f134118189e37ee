package vnnlib

import (
	"slices"
	"strconv"
)

// parser reads a file into declarations and a forest of assertions. An id is the index of a node or, if negative, the
// complement of the index of a constraint, because large files consist almost entirely of constraints.
type parser struct {
	scanner
	options         Options
	inputs, outputs []int // offset of each declaration plus 1; 0 if not declared
	nodes           []node
	constraints     []constraint
	asserts         []int32 // ids
}

// node is a conjunction or disjunction of other nodes and constraints.
type node struct {
	or       bool
	children []int32 // ids; at least one
}

// constraint is a comparison.
type constraint struct {
	bound float64
	at    int32
	a, b  int32 // index of variables
	kind  byte  // 'l': X_a >= bound; 'u': X_a <= bound; '<': Y_a <= bound; '>': Y_a >= bound; 'y': Y_a <= Y_b
}

// input reports whether the constraint is a bound of an input.
func (c *constraint) input() bool { return c.kind == 'l' || c.kind == 'u' }

// file reads all commands.
func (p *parser) file() error {
	for {
		t := p.next()
		if t.kind == 0 {
			return nil
		}
		if t.kind != '(' {
			return p.errorAt(t.at, "%v outside of a command: every line is (declare-const ...), (assert ...) or a "+
				"comment that begins with a semicolon", t)
		}
		if err := p.command(); err != nil {
			return err
		}
	}
}

// command reads the rest of a command after its opening parenthesis.
func (p *parser) command() error {
	t, err := p.expect('a', "declare-const or assert")
	if err != nil {
		return err
	}
	switch string(t.text) {
	case "declare-const":
		err = p.declare()
	case "assert":
		var n int32
		n, err = p.expression(0)
		p.asserts = append(p.asserts, n)
	case "vnnlib-version", "declare-network", "declare-input", "declare-output":
		return p.errorAt(t.at, "this is VNN-LIB 2.0: use the property's file of version 1.0")
	default:
		return p.errorAt(t.at, "the command %v is not one of VNN-LIB 1.0 (declare-const, assert): remove it", t)
	}
	if err != nil {
		return err
	}
	_, err = p.expect(')', "the command's closing parenthesis")
	return err
}

// declare reads the rest of (declare-const X_0 Real).
func (p *parser) declare() error {
	t, err := p.expect('a', "a variable")
	if err != nil {
		return err
	}
	kind, index, ok := variable(t.text)
	if !ok {
		return p.errorAt(t.at, "the variable %v: name inputs X_0, X_1, ... and outputs Y_0, Y_1, ...", t)
	}
	if index >= p.options.MaxInputs {
		return p.errorAt(t.at, "the variable %v: at most %d inputs and outputs are read; raise MaxInputs", t,
			p.options.MaxInputs)
	}
	list := p.list(kind)
	if missing := index + 1 - len(*list); missing > 0 {
		*list = append(*list, slices.Repeat([]int{0}, missing)...)
	}
	if (*list)[index] != 0 {
		return p.errorAt(t.at, "%s is declared twice: remove one declaration", t.text)
	}
	(*list)[index] = t.at + 1
	sort, err := p.expect('a', "the type Real")
	if err == nil && string(sort.text) != "Real" {
		err = p.errorAt(sort.at, "the type %v: variables are of type Real", sort)
	}
	return err
}

func (p *parser) list(kind byte) *[]int {
	if kind == 'X' {
		return &p.inputs
	}
	return &p.outputs
}

// variable reads X_i or Y_i.
func variable(text []byte) (kind byte, index int, ok bool) {
	if len(text) < 3 || text[0] != 'X' && text[0] != 'Y' || text[1] != '_' {
		return 0, 0, false
	}
	number := text[2:]
	if digits(number) != len(number) || len(number) > 9 || number[0] == '0' && len(number) > 1 {
		return 0, 0, false
	}
	index, err := strconv.Atoi(string(number))
	return text[0], index, err == nil
}

// declared checks that inputs and outputs are declared, and counted from 0 without gaps.
func (p *parser) declared() error {
	for _, kind := range []byte{'X', 'Y'} {
		list := *p.list(kind)
		if len(list) == 0 {
			return p.errorAt(len(p.text), "no %c_0 is declared: declare all inputs (X) and outputs (Y)", kind)
		}
		if gap := slices.Index(list, 0); gap >= 0 {
			return p.errorAt(list[len(list)-1]-1, "%c_%d is declared, but %c_%d is not: declare all inputs and "+
				"outputs from 0 on", kind, len(list)-1, kind, gap)
		}
	}
	return nil
}
