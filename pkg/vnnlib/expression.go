package vnnlib

import "fmt"

// expression reads (and ...), (or ...) or a comparison, and returns its id.
func (p *parser) expression(depth int) (int32, error) {
	t, err := p.expect('(', "an expression in parentheses")
	if err != nil {
		return 0, err
	}
	if depth > p.options.MaxDepth {
		return 0, p.errorAt(t.at, "expressions are nested more than %d deep: flatten them, or raise MaxDepth",
			p.options.MaxDepth)
	}
	if t, err = p.expect('a', "and, or, <= or >="); err != nil {
		return 0, err
	}
	switch op := string(t.text); op {
	case "and":
		return p.join(false, t, depth)
	case "or":
		return p.join(true, t, depth)
	case "<=", ">=":
		return p.comparison(t)
	default:
		return 0, p.errorAt(t.at, "%s", refusal(op))
	}
}

// refusal returns a message about an operator that is not supported.
func refusal(op string) string {
	switch op {
	case "<", ">":
		return fmt.Sprintf("%q: strict comparisons are not supported, because sets are closed here; write %s=", op, op)
	case "=", "==":
		return fmt.Sprintf("%q: write an equation as two comparisons, <= and >=", op)
	case "not", "=>", "xor", "distinct", "!=", "ite", "let":
		return fmt.Sprintf("%q is not supported: write the property with and, or, <= and >= only", op)
	case "+", "-", "*", "/":
		return fmt.Sprintf("%q: arithmetic is not supported; compare a variable with a number, or two outputs", op)
	}
	return fmt.Sprintf("the operator %.40q is not known: use and, or, <= and >=", op)
}

// join reads the operands of "and" and "or", up to the closing parenthesis.
func (p *parser) join(or bool, at token, depth int) (int32, error) {
	var children []int32
	for {
		start := p.at
		t := p.next()
		if t.kind == ')' {
			break
		}
		p.at = start
		child, err := p.expression(depth + 1)
		if err != nil {
			return 0, err
		}
		children = append(children, child)
	}
	if len(children) == 0 {
		return 0, p.errorAt(at.at, "%v without operands: give it at least one comparison, or remove it", at)
	}
	p.nodes = append(p.nodes, node{or: or, children: children})
	return int32(len(p.nodes) - 1), nil
}

// operand is a variable (kind 'X' or 'Y') or a number (kind '0').
type operand struct {
	kind  byte
	index int
	number
	token
}

// comparison reads the two operands of <= or >=.
func (p *parser) comparison(op token) (int32, error) {
	left, err := p.operand()
	if err != nil {
		return 0, err
	}
	right, err := p.operand()
	if err != nil {
		return 0, err
	}
	if t := p.next(); t.kind != ')' {
		return 0, p.errorAt(t.at, "%v after the two operands of %s: a comparison has two; write one comparison for "+
			"each pair", t,
			op.text)
	}
	if string(op.text) == ">=" {
		left, right = right, left
	}
	c, err := p.constraint(left, right)
	c.at = int32(op.at)
	p.constraints = append(p.constraints, c)
	return ^int32(len(p.constraints) - 1), err
}

// constraint returns the constraint left <= right.
func (p *parser) constraint(left, right operand) (c constraint, err error) {
	r := p.options.Rounding
	switch string([]byte{left.kind, right.kind}) {
	case "X0":
		return constraint{kind: 'u', a: int32(left.index), bound: right.round(r, true)}, nil
	case "0X":
		return constraint{kind: 'l', a: int32(right.index), bound: left.round(r, false)}, nil
	case "Y0":
		return constraint{kind: '<', a: int32(left.index), bound: right.round(r, true)}, nil
	case "0Y":
		return constraint{kind: '>', a: int32(right.index), bound: left.round(r, false)}, nil
	case "YY":
		return constraint{kind: 'y', a: int32(left.index), b: int32(right.index)}, nil
	case "00":
		return c, p.errorAt(left.at, "a comparison of two numbers: one operand must be a variable")
	}
	return c, p.errorAt(left.at, "a comparison of an input with another variable: the bounds of inputs must be "+
		"numbers; write (<= X_i number) and (>= X_i number)")
}

// operand reads a variable, a number, or (- number).
func (p *parser) operand() (o operand, err error) {
	t := p.next()
	switch t.kind {
	case '(':
		return p.negative()
	case 'a':
	default:
		return o, p.errorAt(t.at, "found %v instead of a variable or a number: correct the file", t)
	}
	kind, index, ok := variable(t.text)
	if !ok {
		n, err := parseNumber(t.text)
		if err != nil {
			return o, p.errorAt(t.at, "%w", err)
		}
		return operand{kind: '0', number: n, token: t}, nil
	}
	if list := *p.list(kind); index >= len(list) || list[index] == 0 {
		return o, p.errorAt(t.at, "%.40s is not declared: add (declare-const %.40s Real) above, or correct the name",
			t.text, t.text)
	}
	return operand{kind: kind, index: index, token: t}, nil
}

// negative reads the rest of (- number), which is how SMT-LIB writes negative numbers.
func (p *parser) negative() (operand, error) {
	t, err := p.expect('a', "a minus sign and a number")
	if err != nil {
		return operand{}, err
	}
	if string(t.text) != "-" {
		return operand{}, p.errorAt(t.at, "%v within a comparison: compare a variable with a number, or two outputs; "+
			"arithmetic is not supported", t)
	}
	if t, err = p.expect('a', "a number"); err != nil {
		return operand{}, err
	}
	n, err := parseNumber(t.text)
	if err != nil {
		return operand{}, p.errorAt(t.at, "%w", err)
	}
	n.minus, n.value = true, -n.value
	_, err = p.expect(')', "the number's closing parenthesis")
	return operand{kind: '0', number: n, token: t}, err
}
