package onnx

import (
	"fmt"
	"slices"
)

// operation is what is known of an operation.
type operation struct {
	min, max int // inputs
	// infer reads the attributes, sets the results' shapes and returns what computes them. It runs before any memory is
	// taken for results. Errors of attributes are found by the caller.
	infer func(c *call) (kernels, error)
}

// kernels compute an operation's results, whose memory is there, in either precision. Inputs that are missing are nil,
// and so are results that nobody wants.
type kernels struct {
	plan any // what the shape inference found out
	f32  func(in, out []*array[float32])
	f64  func(in, out []*array[float64])
}

// kernel joins a plan with the code that follows it.
func kernel[P any](plan P, f32 func(P, []*array[float32], []*array[float32]),
	f64 func(P, []*array[float64], []*array[float64])) kernels {
	return kernels{
		plan,
		func(in, out []*array[float32]) { f32(plan, in, out) },
		func(in, out []*array[float64]) { f64(plan, in, out) },
	}
}

// call is a node while its results' shapes are inferred.
type call struct {
	attributes
	g    *Graph
	node *Node
	in   []*Value // nil: missing
	work int      // multiplications and additions; 0: one a result
}

// infer infers a node: shapes, kernels and, where all inputs are constant, values.
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

// unboundedConstants are operations whose constants may be infinite: bounds, and what bounds are made of.
var unboundedConstants = []string{"Clip", "Max", "Min", "Constant", "Identity", "Cast", "Reshape", "Squeeze",
	"Unsqueeze",
	"Gather"}

// checkInputs refuses infinite weights.
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

// count adds a node's work to the graph's.
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

// maxConstantWork is the most work that computing all constants may take.
const maxConstantWork = 1 << 28

// fold computes the results of a node that does not depend on the input, in float64.
func (g *Graph) fold(n *Node, work int) error {
	if n.run.f64 == nil { // the shape inference made the value
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

// refuseIntegers refuses integers that depend on the input.
func (g *Graph) refuseIntegers(n *Node) error {
	for _, at := range n.Out {
		if at >= 0 && !g.Values[at].Type.Float() {
			return fmt.Errorf("it makes integers from the network's input: only shapes and indices may be integers")
		}
	}
	return nil
}

// results takes memory for a node's results.
func (g *Graph) results(n *Node) []*array[float64] {
	out := make([]*array[float64], len(n.Out))
	for k, at := range n.Out {
		if at >= 0 {
			out[k] = newArray[float64](g.Values[at])
		}
	}
	return out
}

// set gives result k its shape and type.
func (c *call) set(k int, t Type, shape ...int) error {
	if len(c.node.Out) <= k || c.node.Out[k] < 0 {
		return nil // nobody wants it
	}
	if err := c.g.take(shape); err != nil {
		return err
	}
	if t.Float() && slices.Contains(shape, 0) {
		return fmt.Errorf("its result would have shape %v, without values: correct the model", shape)
	}
	v := c.g.Values[c.node.Out[k]]
	v.Shape, v.Type = slices.Clone(shape), t
	return nil
}

// same gives the result the shape and type of the first input, which must be of floating-point numbers.
func (c *call) same() error {
	if err := c.floats(); err != nil {
		return err
	}
	return c.set(0, c.in[0].Type, c.in[0].Shape...)
}

// floats refuses inputs that are integers, or of different types.
func (c *call) floats() error {
	for k, v := range c.in {
		if v != nil && !v.Type.Float() {
			return fmt.Errorf("its input %d is of type %v: it is read for floating-point numbers only", k, v.Type)
		}
	}
	return c.oneType()
}

// oneType refuses inputs of different types.
func (c *call) oneType() error {
	for k, v := range c.in {
		if v != nil && v.Type != c.in[0].Type {
			return fmt.Errorf("its input %d is of type %v, and input 0 of type %v: put a Cast between them", k, v.Type,
				c.in[0].Type)
		}
	}
	return nil
}

// dropOutputs refuses results after the first that something reads; what says why.
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

// optional is an input that may be missing.
func (c *call) optional(k int) *Value {
	if k < len(c.in) {
		return c.in[k]
	}
	return nil
}

// constant is an input that must be there and not depend on the network's input.
func (c *call) constant(k int, what string) (*Tensor, error) {
	v := c.optional(k)
	if v == nil || v.Const == nil {
		return nil, fmt.Errorf("its input %d, %s, is missing or depends on the network's input: make it a constant", k,
			what)
	}
	return v.Const, nil
}

// integers is a constant input of integers, a vector or one number.
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

// axis brings an axis that may count from the end into 0 to rank-1.
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
