package onnx

import (
	"fmt"

	"github.com/gomlx/compute-onnx/support/protos"
)

// addNodes adds the nodes and their results to the graph, and connects them.
func (g *Graph) addNodes(list []*protos.NodeProto) error {
	for i, p := range list {
		n := &Node{Index: i, Name: p.Name, Op: p.OpType, Attributes: p.Attribute}
		if err := known(n, p); err != nil {
			return fmt.Errorf("%v: %w", n, err)
		}
		for _, name := range p.Output {
			out := -1
			if name != "" {
				var err error
				if out, err = g.add(&Value{Name: name}); err != nil {
					return fmt.Errorf("%v: %w", n, err)
				}
			}
			n.Out = append(n.Out, out)
		}
		g.Nodes = append(g.Nodes, n)
	}
	for i, p := range list {
		if err := g.connect(g.Nodes[i], p.Input); err != nil {
			return fmt.Errorf("%v: %w", g.Nodes[i], err)
		}
	}
	return nil
}

// known returns an error for operations that are not supported, and for wrong numbers of inputs and outputs.
func known(n *Node, p *protos.NodeProto) error {
	if !standard(p.Domain) {
		return fmt.Errorf("its domain is %.60q: only ONNX's own operations are read; export the model without it",
			p.Domain)
	}
	if p.Overload != "" {
		return fmt.Errorf("it calls an overloaded function: inline the model's functions")
	}
	o, ok := operations[p.OpType]
	if !ok {
		return fmt.Errorf("this operation is not supported: replace it, or split the network before it (supported: %s)",
			supported())
	}
	if len(p.Input) < o.min || len(p.Input) > o.max {
		return fmt.Errorf("it has %d inputs, but must have %s: export the model again", len(p.Input), o.inputs())
	}
	if len(p.Output) == 0 || p.Output[0] == "" {
		return fmt.Errorf("it has no output: export the model again")
	}
	return nil
}

// connect finds the values that a node reads.
func (g *Graph) connect(n *Node, names []string) error {
	for k, name := range names {
		in := -1
		if name != "" {
			at, ok := g.byName[name]
			if !ok {
				return fmt.Errorf("its input %d, %.60q, is neither a node's result nor an initialiser: export the "+
					"model again", k, name)
			}
			g.Values[at].readers++
			in = at
		} else if o := operations[n.Op]; k < o.min || o.max == many {
			return fmt.Errorf("its input %d is missing: export the model again", k)
		}
		n.In = append(n.In, in)
	}
	return nil
}

// sort sorts the nodes into an order of evaluation.
func (g *Graph) sort() error {
	maker := make([]*Node, len(g.Values))
	for _, n := range g.Nodes {
		for _, out := range n.Out {
			if out >= 0 {
				maker[out] = n
			}
		}
	}
	missing := map[*Node]int{} // number of inputs that are not computed yet
	users := map[*Node][]*Node{}
	var ready []*Node
	for _, n := range g.Nodes {
		for _, in := range n.In {
			if in >= 0 && maker[in] != nil {
				missing[n]++
				users[maker[in]] = append(users[maker[in]], n)
			}
		}
		if missing[n] == 0 {
			ready = append(ready, n)
		}
	}
	return g.order(ready, users, missing)
}

// order appends each node as soon as everything that it reads is available.
func (g *Graph) order(ready []*Node, users map[*Node][]*Node, missing map[*Node]int) error {
	var sorted []*Node
	for len(ready) > 0 {
		n := ready[0]
		ready = ready[1:]
		sorted = append(sorted, n)
		for _, u := range users[n] {
			if missing[u]--; missing[u] == 0 {
				ready = append(ready, u)
			}
		}
	}
	if len(sorted) < len(g.Nodes) {
		for _, n := range g.Nodes {
			if missing[n] > 0 {
				return fmt.Errorf("%v: it is part of a cycle, or depends on one: export the model again", n)
			}
		}
	}
	g.Nodes = sorted
	return nil
}
