package exact

import (
	"errors"
	"fmt"
	"math"

	"tightrope/pkg/verify/highs"
)

// NodeID names a node of a Net. Input is the network's input.
type NodeID int

// Input is the node that every Net begins with.
const Input NodeID = 0

// kind of a node.
type kind int

const (
	inputNode kind = iota
	affineNode
	reluNode
	addNode
)

// node is one operation; it reads nodes with smaller numbers only.
type node struct {
	kind   kind
	from   []NodeID
	size   int          // number of outputs
	weight highs.Matrix // affine: [size, inputs]
	bias   []float64    // affine: [size]
	relu   int          // relu: its number among the relus
}

// Net is a feed-forward network of affine maps, relus and sums. Nodes are added in
// the order of computation, and the last one is the output. Flattening needs no
// node: values are flat, in the order channel, row, column.
//
// The adding methods do not return errors; the first one is kept, and Err and every
// function that takes the Net return it.
type Net struct {
	nodes []node
	relus []NodeID
	err   error
}

// NewNet returns a network of the given number of inputs and no operation.
func NewNet(inputs int) *Net {
	n := &Net{nodes: []node{{kind: inputNode, size: inputs}}}
	if inputs < 1 {
		n.err = fmt.Errorf("a network with %d inputs: it needs at least one", inputs)
	}
	return n
}

// Err returns the first error made in adding nodes.
func (n *Net) Err() error { return n.err }

// Inputs returns the number of inputs.
func (n *Net) Inputs() int { return n.nodes[0].size }

// Output returns the last node.
func (n *Net) Output() NodeID { return NodeID(len(n.nodes) - 1) }

// Outputs returns the number of outputs of the last node.
func (n *Net) Outputs() int { return n.nodes[n.Output()].size }

// ReLUs returns the nodes that are relus, in the order of Bounds.
func (n *Net) ReLUs() []NodeID { return append([]NodeID(nil), n.relus...) }

// Affine adds w a + b, w [out, in] sparse and b [out]; nil b is zero. Both are kept,
// not copied.
func (n *Net) Affine(from NodeID, w highs.Matrix, b []float64) NodeID {
	if b == nil {
		b = make([]float64, w.Rows())
	}
	if size := n.size(from); len(b) != w.Rows() || len(b) == 0 {
		n.fail("an affine map has %d rows and %d biases: give one each, and at least one", w.Rows(), len(b))
	} else if err := checkWeight(&w, b, size); err != nil {
		n.fail("node %d: %w", len(n.nodes), err)
	}
	return n.add(node{kind: affineNode, from: []NodeID{from}, size: w.Rows(), weight: w, bias: b})
}

// Dense adds w a + b, with w [out, in] flat by rows and b [out].
func (n *Net) Dense(from NodeID, w, b []float64) NodeID {
	in := n.size(from)
	if len(w) != len(b)*in {
		n.fail("a dense layer has %d weights for %d outputs of %d inputs: give outputs x inputs", len(w), len(b), in)
		return from
	}
	return n.Affine(from, denseMatrix(w, in), b)
}

// Conv adds a convolution; w is [out, in, kernel height, kernel width] flat and b
// [out channels].
func (n *Net) Conv(from NodeID, c Conv, w, b []float64) NodeID {
	matrix, bias, err := c.matrix(w, b)
	if err != nil {
		n.fail("node %d: %w", len(n.nodes), err)
		return from
	}
	return n.Affine(from, matrix, bias)
}

// ReLU adds max(a, 0).
func (n *Net) ReLU(from NodeID) NodeID {
	id := n.add(node{kind: reluNode, from: []NodeID{from}, size: n.size(from), relu: len(n.relus)})
	n.relus = append(n.relus, id)
	return id
}

// Add adds the sum of nodes of one size, such as a block and its skip connection.
func (n *Net) Add(from ...NodeID) NodeID {
	if len(from) == 0 {
		n.fail("a sum of no nodes")
		return Input
	}
	for _, other := range from {
		if n.size(other) != n.size(from[0]) {
			n.fail("a sum of nodes with %d and %d outputs: they must agree", n.size(from[0]), n.size(other))
		}
	}
	return n.add(node{kind: addNode, from: append([]NodeID(nil), from...), size: n.size(from[0])})
}

// add appends a node.
func (n *Net) add(added node) NodeID {
	n.nodes = append(n.nodes, added)
	return n.Output()
}

// size returns a node's number of outputs, 0 (and an error kept) for an unknown one.
func (n *Net) size(id NodeID) int {
	if id < 0 || int(id) >= len(n.nodes) {
		n.fail("a node reads node %d of %d: add that first", id, len(n.nodes))
		return 0
	}
	return n.nodes[id].size
}

// fail keeps the first error.
func (n *Net) fail(format string, args ...any) {
	if n.err == nil {
		n.err = fmt.Errorf("exact network: "+format, args...)
	}
}

// denseMatrix stores a flat [out, in] matrix by rows, without its zeros.
func denseMatrix(w []float64, in int) highs.Matrix {
	m := highs.NewMatrix()
	for row := 0; row+in <= len(w) && in > 0; row += in {
		for j, value := range w[row : row+in] {
			if value != 0 {
				m.Index, m.Value = append(m.Index, int32(j)), append(m.Value, value)
			}
		}
		m.Start = append(m.Start, int32(len(m.Index)))
	}
	return m
}

// checkWeight refuses entries out of range and numbers that are not finite.
func checkWeight(w *highs.Matrix, b []float64, in int) error {
	for _, column := range w.Index {
		if column < 0 || int(column) >= in {
			return fmt.Errorf("a weight for input %d of %d: the layer before has another size", column, in)
		}
	}
	for _, values := range [][]float64{w.Value, b} {
		for _, value := range values {
			if math.IsNaN(value) || math.IsInf(value, 0) {
				return errors.New("a weight that is not finite: the network file is damaged or training diverged")
			}
		}
	}
	return nil
}

// Forward returns the outputs at x [inputs].
func (n *Net) Forward(x []float64) ([]float64, error) {
	values, err := n.values(x)
	if err != nil {
		return nil, err
	}
	return values[n.Output()], nil
}

// values returns the values of every node at x.
func (n *Net) values(x []float64) ([][]float64, error) {
	if n.err != nil {
		return nil, n.err
	}
	if len(x) != n.Inputs() {
		return nil, fmt.Errorf("an input of %d values for a network of %d inputs", len(x), n.Inputs())
	}
	values := make([][]float64, len(n.nodes))
	values[0] = x
	for i := 1; i < len(n.nodes); i++ {
		values[i] = n.nodes[i].apply(values)
	}
	return values, nil
}

// apply computes one node from the values of the nodes before it.
func (d *node) apply(values [][]float64) []float64 {
	out := make([]float64, d.size)
	switch d.kind {
	case affineNode:
		in := values[d.from[0]]
		for i := range out {
			index, weight := d.weight.Row(i)
			out[i] = d.bias[i]
			for k, j := range index {
				out[i] += weight[k] * in[j]
			}
		}
	case reluNode:
		for i, z := range values[d.from[0]] {
			out[i] = max(z, 0)
		}
	case addNode:
		for _, from := range d.from {
			for i, value := range values[from] {
				out[i] += value
			}
		}
	default:
		panic(fmt.Sprintf("a node has the kind %d, which has no value", d.kind))
	}
	return out
}

// ancestors marks the nodes that id depends on, and id itself.
func (n *Net) ancestors(id NodeID) []bool {
	needed := make([]bool, len(n.nodes))
	needed[id] = true
	for i := id; i >= 0; i-- {
		if needed[i] {
			for _, from := range n.nodes[i].from {
				needed[from] = true
			}
		}
	}
	return needed
}
