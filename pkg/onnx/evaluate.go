package onnx

import (
	"fmt"
	"slices"
)

// Evaluator computes a graph's output in one precision, node after node as the file has them.
type Evaluator[T Real] struct {
	graph     *Graph
	constants []*array[T] // by value; nil if it depends on the input
	steps     []*Node     // nodes that depend on the input
	last      []int       // by value: the last step that reads it; -1 if it is kept
}

// NewEvaluator prepares an evaluator: it converts the weights, and computes everything that does not depend on the
// input.
func NewEvaluator[T Real](g *Graph) *Evaluator[T] {
	e := &Evaluator[T]{graph: g, constants: make([]*array[T], len(g.Values)), last: slices.Repeat([]int{-1},
		len(g.Values))}
	for i, v := range g.Values {
		if v.Const != nil && (v.stored || !v.Type.Float()) {
			e.constants[i] = arrayOf[T](v.Const)
		}
	}
	for _, n := range g.Nodes {
		switch {
		case g.Values[n.Out[0]].Const == nil:
			e.add(n)
		case e.constants[n.Out[0]] == nil:
			e.step(n, e.constants)
		}
	}
	e.last[g.Output] = -1
	return e
}

func (e *Evaluator[T]) add(n *Node) {
	for _, in := range append(slices.Clone(n.In), n.Out...) {
		if in >= 0 && e.constants[in] == nil {
			e.last[in] = len(e.steps)
		}
	}
	e.steps = append(e.steps, n)
}

// step computes the results of a node.
func (e *Evaluator[T]) step(n *Node, values []*array[T]) {
	in := make([]*array[T], len(n.In))
	for k, at := range n.In {
		if at >= 0 {
			in[k] = values[at]
		}
	}
	out := make([]*array[T], len(n.Out))
	for k, at := range n.Out {
		if at >= 0 {
			out[k] = newArray[T](e.graph.Values[at])
			values[at] = out[k]
		}
	}
	run(n.run, in, out)
}

// Run returns the network's output at x, the values of the input in row-major order. It returns an error if x has the
// wrong number of values.
func (e *Evaluator[T]) Run(x []T) ([]T, error) {
	all, err := e.run(x, false)
	if err != nil {
		return nil, err
	}
	return all[e.graph.Output].floats, nil
}

// RunAll is like Run, but returns every value of the graph, by index; integers are nil.
func (e *Evaluator[T]) RunAll(x []T) ([][]T, error) {
	all, err := e.run(x, true)
	if err != nil {
		return nil, err
	}
	values := make([][]T, len(all))
	for i, a := range all {
		if a != nil {
			values[i] = a.floats
		}
	}
	return values, nil
}

// run computes all values. Without keep, it frees a value once no later step reads it.
func (e *Evaluator[T]) run(x []T, keep bool) ([]*array[T], error) {
	input := e.graph.Values[e.graph.Input]
	if len(x) != input.Size() {
		return nil, fmt.Errorf("the input has %d values, but the network reads %d, in shape %v", len(x), input.Size(),
			input.Shape)
	}
	all := slices.Clone(e.constants)
	all[e.graph.Input] = &array[T]{shape: input.Shape, floats: x}
	for i, n := range e.steps {
		e.step(n, all)
		for _, at := range append(slices.Clone(n.In), n.Out...) {
			if at >= 0 && e.last[at] == i && !keep {
				all[at] = nil
			}
		}
	}
	return all, nil
}
