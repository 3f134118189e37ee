package onnx

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"
)

// Graph is a network exactly as its file describes it.
type Graph struct {
	Name, Producer string
	IR, Opset      int
	Input, Output  int      // indices of values
	Values         []*Value // initialisers, the input, results of nodes
	Nodes          []*Node  // in an order of evaluation
	options        Options
	size, work     int // numbers and operations counted so far
	constantWork   int // the part of work for constants
	byName         map[string]int
}

// Value is an array in the graph.
type Value struct {
	Name  string
	Shape []int
	Type  Type
	// Const is the value if it does not depend on the input, either stored in the file or computed in float64; nil if
	// it depends.
	Const   *Tensor
	readers int  // the number of nodes that read it, plus 1 for the graph's output
	stored  bool // in the file; otherwise it is a node's result or the input
}

// Size returns the number of values in the array.
func (v *Value) Size() int {
	n := 1
	for _, d := range v.Shape {
		n *= d
	}
	return n
}

// Node is an operation.
type Node struct {
	Index      int    // position in the file, from 0
	Name, Op   string // name may be empty
	In, Out    []int  // indices of values; -1 for an optional one that is missing
	Attributes []*protos.AttributeProto
	// Select says where the values of each result come from, for operations that only move values (Reshape, Transpose,
	// Slice, Concat, ...). It contains indices into the values of all inputs that are moved, one input after the other,
	// and -1 for padding. It is nil for other operations.
	Select []Selection
	Pad    float64 // the value of padding
	run    kernels
}

// Selection is the origin of each value of a result. If Same is set, all values are in order, and Index is nil.
type Selection struct {
	Same  bool
	Index []int32
}

// String names the node in messages.
func (n *Node) String() string {
	if n.Name == "" {
		return fmt.Sprintf("node %d (%s)", n.Index, n.Op)
	}
	return fmt.Sprintf("node %d (%s, named %.60q)", n.Index, n.Op, n.Name)
}

// build makes the graph from its description in the file.
func (g *Graph) build(p *protos.GraphProto) error {
	g.byName = map[string]int{}
	if err := g.addInitialisers(p.Initializer); err != nil {
		return err
	}
	if err := g.addInput(p.Input); err != nil {
		return err
	}
	if err := g.addNodes(p.Node); err != nil {
		return err
	}
	if err := g.findOutput(p.Output); err != nil {
		return err
	}
	if err := g.sort(); err != nil {
		return err
	}
	for _, n := range g.Nodes {
		if err := g.infer(n); err != nil {
			return fmt.Errorf("%v: %w", n, err)
		}
	}
	return g.checkOutput(p.Output[0])
}

// add gives a value its index, and returns an error for a name that already exists.
func (g *Graph) add(v *Value) (int, error) {
	if v.Name == "" {
		return 0, fmt.Errorf("a value without a name: export the model again")
	}
	if _, there := g.byName[v.Name]; there {
		return 0, fmt.Errorf("the value %.60q is defined twice: export the model again", v.Name)
	}
	g.byName[v.Name] = len(g.Values)
	g.Values = append(g.Values, v)
	return len(g.Values) - 1, nil
}

// take counts the values of an array before memory is allocated for them, and returns an error above the limit.
func (g *Graph) take(shape []int) error {
	n, err := sizeOf(shape, g.options.MaxValues-g.size)
	g.size += n
	return err
}

func (g *Graph) addInitialisers(list []*protos.TensorProto) error {
	for _, p := range list {
		t, err := decode(p, g.options.MaxValues-g.size)
		if err != nil {
			return fmt.Errorf("initialiser %.60q: %w", p.Name, err)
		}
		g.size += t.Size()
		if _, err := g.add(&Value{Name: p.Name, Shape: t.Shape, Type: t.Type, Const: t, stored: true}); err != nil {
			return err
		}
	}
	return nil
}

// addInput finds the graph's input, the only one that is not an initialiser.
func (g *Graph) addInput(list []*protos.ValueInfoProto) error {
	var inputs []*protos.ValueInfoProto
	names := map[string]bool{}
	for _, p := range list {
		if names[p.Name] {
			return fmt.Errorf("the input %.60q is declared twice: export the model again", p.Name)
		}
		names[p.Name] = true
		if _, initialised := g.byName[p.Name]; !initialised {
			inputs = append(inputs, p)
		}
	}
	if len(inputs) != 1 {
		return fmt.Errorf("the graph has %d inputs besides its weights, but only networks with 1 are read: export it "+
			"with one", len(inputs))
	}
	v, err := inputValue(inputs[0])
	if err != nil {
		return fmt.Errorf("input %.60q: %w", inputs[0].Name, err)
	}
	if err := g.take(v.Shape); err != nil {
		return fmt.Errorf("input %.60q: %w", v.Name, err)
	}
	g.Input, err = g.add(v)
	return err
}

// inputValue reads the declaration of the input. If the first axis has an unknown size, it is a batch of 1.
func inputValue(p *protos.ValueInfoProto) (*Value, error) {
	tensor := p.GetType().GetTensorType()
	if tensor == nil || tensor.Shape == nil || !Type(tensor.ElemType).Float() {
		return nil, fmt.Errorf("it is not a tensor of floating-point numbers with a known shape: export the model " +
			"with one")
	}
	v := &Value{Name: p.Name, Type: Type(tensor.ElemType), Shape: make([]int, len(tensor.Shape.Dim))}
	for i, d := range tensor.Shape.Dim {
		size := d.GetDimValue()
		if i == 0 && size <= 0 {
			size = 1
		}
		if size < 1 || size > 1<<31-1 {
			return nil, fmt.Errorf("the size of axis %d is %q (%d): only the first axis, the batch, may be of unknown "+
				"size; export the model with fixed sizes", i, d.GetDimParam(), size)
		}
		v.Shape[i] = int(size)
	}
	return v, nil
}

// findOutput finds the value that is the output of the graph.
func (g *Graph) findOutput(list []*protos.ValueInfoProto) error {
	if len(list) != 1 {
		return fmt.Errorf("the graph has %d outputs, but only networks with 1 are read: export it with one", len(list))
	}
	at, ok := g.byName[list[0].Name]
	if !ok {
		return fmt.Errorf("no node makes the output %.60q: export the model again", list[0].Name)
	}
	g.Output = at
	g.Values[at].readers++
	return nil
}

// checkOutput compares the shape of the output with its declaration, where the declaration has fixed sizes.
func (g *Graph) checkOutput(p *protos.ValueInfoProto) error {
	out := g.Values[g.Output]
	if out.Const != nil || !out.Type.Float() {
		return fmt.Errorf("the output %.60q does not depend on the input, or is an integer: export the network's real "+
			"output", out.Name)
	}
	tensor := p.GetType().GetTensorType()
	if tensor == nil || tensor.Shape == nil {
		return nil
	}
	var declared []int
	for i, d := range tensor.Shape.Dim {
		size := int(d.GetDimValue())
		if i < len(out.Shape) && size <= 0 {
			size = out.Shape[i]
		}
		declared = append(declared, size)
	}
	if !slices.Equal(declared, out.Shape) {
		return fmt.Errorf("the output %.60q is declared with shape %v, but is of shape %v: export the model again "+
			"(for a batch of 1)", out.Name, declared, out.Shape)
	}
	return nil
}
