package exact

import (
	"fmt"

	"tightrope/pkg/verify/cert"
)

// Net is a network as a list of operations, of which the last is the output, with the places of its relus.
type Net struct {
	ops   []cert.Op
	relus []int // in the order of their bounds
	layer []int // of each operation: its number among the relus, -1: none
}

// NewNet takes over a network's operations, such as those of [cert.Network.Ops]. They are kept, not copied.
func NewNet(ops []cert.Op) *Net {
	n := &Net{}
	for _, op := range ops {
		n.add(op)
	}
	return n
}

// add appends an operation and returns its number.
func (n *Net) add(op cert.Op) int {
	id, layer := len(n.ops), -1
	if op.Smooth != "" {
		panic(fmt.Errorf("linear and integer programs know relus only, not %s: ask bounds instead", op.Smooth))
	}
	if op.Relu {
		layer = len(n.relus)
		n.relus = append(n.relus, id)
	}
	n.ops, n.layer = append(n.ops, op), append(n.layer, layer)
	return id
}

// Inputs is the number of inputs.
func (n *Net) Inputs() int { return n.ops[0].Size }

// Outputs is the number of outputs.
func (n *Net) Outputs() int { return n.ops[n.output()].Size }

// output is the last operation.
func (n *Net) output() int { return len(n.ops) - 1 }

// before is the operation whose values relu number k reads.
func (n *Net) before(k int) int { return n.ops[n.relus[k]].From[0] }

// row is row i of an affine operation without its zeros: columns and values.
func row(op *cert.Op, i int) ([]int32, []float64) {
	from, to := op.Start[i], op.Start[i+1]
	return op.Index[from:to], op.Value[from:to]
}

// values are those of every operation at x [inputs].
func (n *Net) values(x []float64) [][]float64 {
	values := make([][]float64, len(n.ops))
	values[0] = x
	for i := 1; i < len(n.ops); i++ {
		values[i] = apply(&n.ops[i], values)
	}
	return values
}

// apply computes one operation from the values of those before it.
func apply(op *cert.Op, values [][]float64) []float64 {
	out := make([]float64, op.Size)
	switch {
	case op.Relu:
		for i, z := range values[op.From[0]] {
			out[i] = max(z, 0)
		}
	case op.Bias != nil:
		in := values[op.From[0]]
		for i := range out {
			out[i] = op.Bias[i]
			index, weight := row(op, i)
			for k, j := range index {
				out[i] += weight[k] * in[j]
			}
		}
	case len(op.From) > 1:
		for _, from := range op.From {
			for i, value := range values[from] {
				out[i] += value
			}
		}
	default:
		panic(unknown(op))
	}
	return out
}

// unknown is what is said of an operation that is neither affine nor a relu nor a sum.
func unknown(op *cert.Op) string {
	return fmt.Sprintf("no program is written for an operation of %d values that is neither affine nor a relu nor a "+
		"sum", op.Size)
}

// forward is the outputs at x [inputs].
func (n *Net) forward(x []float64) []float64 { return n.values(x)[n.output()] }

// ancestors marks the operations that one depends on, and itself.
func (n *Net) ancestors(id int) []bool {
	needed := make([]bool, len(n.ops))
	needed[id] = true
	for i := id; i >= 0; i-- {
		if needed[i] {
			for _, from := range n.ops[i].From {
				needed[from] = true
			}
		}
	}
	return needed
}
