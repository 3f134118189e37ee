package onnx

import (
	"fmt"
	"slices"
	"strconv"
)

// operation describes an operation of ONNX.
type operation struct {
	min, max int // inputs
	// infer reads the attributes, sets the shapes of the results and returns the kernels that compute them. It runs
	// before any memory is allocated for results. The caller reports errors of attributes.
	infer func(c *call) (kernels, error)
}

// inputs says how many inputs a node of the operation must have.
func (o operation) inputs() string {
	if o.min == o.max {
		return strconv.Itoa(o.min)
	}
	return fmt.Sprintf("%d to %d", o.min, o.max)
}

// kernels compute an operation's results in either precision, into memory that exists already. Missing inputs are nil,
// and so are results that nothing reads.
type kernels struct {
	plan any // made by the shape inference
	f32  func(in, out []*array[float32])
	f64  func(in, out []*array[float64])
}

// kernel joins a plan with the functions that carry it out.
func kernel[P any](plan P, f32 func(P, []*array[float32], []*array[float32]),
	f64 func(P, []*array[float64], []*array[float64])) kernels {
	return kernels{
		plan,
		func(in, out []*array[float32]) { f32(plan, in, out) },
		func(in, out []*array[float64]) { f64(plan, in, out) },
	}
}

// call is a node during the inference of its results' shapes.
type call struct {
	attributes
	g    *Graph
	node *Node
	in   []*Value // nil if missing
	work int      // multiplications and additions; 0: one per value of the results
}

// infer infers a node: the shapes, the kernels and, if all inputs are constant, the values.
func (g *Graph) infer(n *Node) error {
	attributes, err := readAttributes(n.Attributes)
	if err != nil {
		return err
	}
	c := &call{attributes: attributes, g: g, node: n}
	for _, in := range n.In {
		var v *Value
		if in >= 0 {
			v = g.Values[in]
		}
		c.in = append(c.in, v)
	}
	if err := c.checkInputs(); err != nil {
		return err
	}
	if n.run, err = operations[n.Op].infer(c); err != nil {
		return err
	}
	if err := c.finish(); err != nil {
		return err
	}
	work, err := g.count(c)
	if err != nil {
		return err
	}
	return g.fold(n, work)
}

// unboundedConstants lists the operations whose constants may be infinite: those that take bounds, and those from which
// bounds are made.
var unboundedConstants = []string{"Clip", "Max", "Min", "Constant", "Identity", "Cast", "Reshape", "Squeeze",
	"Unsqueeze",
	"Gather"}

// checkInputs returns an error for infinite weights.
func (c *call) checkInputs() error {
	for k, v := range c.in {
		if v == nil || v.Const == nil || slices.Contains(unboundedConstants, c.node.Op) {
			continue
		}
		if i := v.Const.infinite(); i >= 0 {
			return fmt.Errorf("its input %d, %.60q, is infinite at %d: weights must be finite; train or export again",
				k, v.Name, i)
		}
	}
	return nil
}

// count adds the work of a node to that of the graph.
func (g *Graph) count(c *call) (work int, err error) {
	work = c.work
	for _, out := range c.node.Out {
		if out >= 0 && c.work == 0 {
			work += g.Values[out].Size()
		}
	}
	if g.work += work; work > g.options.MaxWork || g.work > g.options.MaxWork {
		return 0, fmt.Errorf("one evaluation up to here takes more than %d multiplications: use a smaller network, or "+
			"raise MaxWork", g.options.MaxWork)
	}
	return work, nil
}

// maxConstantWork limits the work of computing all constants.
const maxConstantWork = 1 << 28

// fold computes the results of a node that does not depend on the input, in float64.
func (g *Graph) fold(n *Node, work int) error {
	if n.run.f64 == nil { // the shape inference has set the value
		return nil
	}
	for _, at := range n.In {
		if at >= 0 && g.Values[at].Const == nil {
			return g.refuseIntegers(n)
		}
	}
	if g.constantWork += work; g.constantWork > maxConstantWork {
		return fmt.Errorf("computing the model's constants takes more than %d multiplications: fold them first "+
			"(onnxsim)", maxConstantWork)
	}
	in := make([]*array[float64], len(n.In))
	for k, at := range n.In {
		if at >= 0 {
			in[k] = arrayOf[float64](g.Values[at].Const)
		}
	}
	out := g.results(n)
	n.run.f64(in, out)
	for k, at := range n.Out {
		if at < 0 {
			continue
		}
		v := g.Values[at]
		v.Const = &Tensor{Shape: v.Shape, Type: v.Type, F64: out[k].floats, Ints: out[k].ints}
		if i := v.Const.nan(); i >= 0 {
			return fmt.Errorf("its result is constant and NaN at %d: correct the model", i)
		}
	}
	return nil
}

// refuseIntegers returns an error for integers that depend on the input.
func (g *Graph) refuseIntegers(n *Node) error {
	for _, at := range n.Out {
		if at >= 0 && !g.Values[at].Type.Float() {
			return fmt.Errorf("it computes integers from the network's input: only shapes and indices may be integers")
		}
	}
	return nil
}

// results allocates memory for the results of a node.
func (g *Graph) results(n *Node) []*array[float64] {
	out := make([]*array[float64], len(n.Out))
	for k, at := range n.Out {
		if at >= 0 {
			out[k] = newArray[float64](g.Values[at])
		}
	}
	return out
}

// set sets the shape and type of result k.
func (c *call) set(k int, t Type, shape ...int) error {
	if len(c.node.Out) <= k || c.node.Out[k] < 0 {
		return nil // nothing reads it
	}
	if err := c.g.take(shape); err != nil {
		return err
	}
	if t.Float() && slices.Contains(shape, 0) {
		return fmt.Errorf("its result would have the shape %v and no values: correct the model", shape)
	}
	v := c.g.Values[c.node.Out[k]]
	v.Shape, v.Type = slices.Clone(shape), t
	return nil
}

// same gives the result the shape and type of the first input, which must hold floating-point numbers.
func (c *call) same() error {
	if err := c.floats(); err != nil {
		return err
	}
	return c.set(0, c.in[0].Type, c.in[0].Shape...)
}

// floats returns an error for inputs that are integers or of different types.
func (c *call) floats() error {
	for k, v := range c.in {
		if v != nil && !v.Type.Float() {
			return fmt.Errorf("its input %d is of type %v, but only floating-point numbers are supported: insert a "+
				"Cast", k, v.Type)
		}
	}
	return c.oneType()
}

// oneType returns an error for inputs of different types.
func (c *call) oneType() error {
	for k, v := range c.in {
		if v != nil && v.Type != c.in[0].Type {
			return fmt.Errorf("its input %d is of type %v, but input 0 is of type %v: insert a Cast", k, v.Type,
				c.in[0].Type)
		}
	}
	return nil
}

// dropOutputs returns an error if something reads a result after the first; what says why such results do not exist.
func (c *call) dropOutputs(what string) error {
	for k, at := range c.node.Out {
		if k == 0 || at < 0 {
			continue
		}
		if v := c.g.Values[at]; v.readers > 0 {
			return fmt.Errorf("its result %d, %.60q, is read: %s", k, v.Name, what)
		}
		c.node.Out[k] = -1
	}
	return nil
}

// optional returns an input that may be missing.
func (c *call) optional(k int) *Value {
	if k < len(c.in) {
		return c.in[k]
	}
	return nil
}

// constant returns an input that must exist and must not depend on the network's input.
func (c *call) constant(k int, what string) (*Tensor, error) {
	v := c.optional(k)
	if v == nil || v.Const == nil {
		return nil, fmt.Errorf("its input %d, %s, is missing or depends on the network's input: make it a constant", k,
			what)
	}
	return v.Const, nil
}

// integers returns a constant input of integers, a vector or a single number.
func (c *call) integers(k int, what string) ([]int64, error) {
	t, err := c.constant(k, what)
	if err != nil {
		return nil, err
	}
	if t.Type.Float() || len(t.Shape) > 1 {
		return nil, fmt.Errorf("its input %d, %s, must be a vector of integers, not of type %v and shape %v", k, what,
			t.Type, t.Shape)
	}
	return t.Ints, nil
}

// axis converts an axis that may count from the end into one from 0 to rank-1.
func axis(a int64, rank int) (int, error) {
	if a < -int64(rank) || a >= int64(rank) {
		return 0, fmt.Errorf("the axis %d does not exist: there are %d; correct the model", a, rank)
	}
	if a < 0 {
		a += int64(rank)
	}
	return int(a), nil
}

// run calls the kernel of a precision.
func run[T Real](k kernels, in, out []*array[T]) {
	switch in := any(in).(type) {
	case []*array[float32]:
		k.f32(in, any(out).([]*array[float32]))
	case []*array[float64]:
		k.f64(in, any(out).([]*array[float64]))
	}
}
