package onnx

import (
	"fmt"
	"strings"
)

// Describe returns lines about what was read: where the model comes from, its input, every node with the shapes of its
// inputs and results, and the output.
func (g *Graph) Describe() string {
	var b strings.Builder
	in, out := g.Values[g.Input], g.Values[g.Output]
	fmt.Fprintf(&b, "ONNX graph %.60q (IR version %d, opset %d, written by %.60q)\n", g.Name, g.IR, g.Opset, g.Producer)
	fmt.Fprintf(&b, "input   %.60q %v, %v\n", in.Name, in.Shape, in.Type)
	for _, n := range g.Nodes {
		var from, to []string
		for _, at := range n.In {
			from = append(from, g.describe(at))
		}
		for _, at := range n.Out {
			to = append(to, g.describe(at))
		}
		fmt.Fprintf(&b, "%5d   %-18s %s -> %s\n", n.Index, n.Op, strings.Join(from, ", "), strings.Join(to, ", "))
	}
	fmt.Fprintf(&b, "output  %.60q %v, %v\n", out.Name, out.Shape, out.Type)
	fmt.Fprintf(&b, "%d weights, %d multiplications an evaluation\n", g.Weights(), g.work)
	return b.String()
}

// describe returns the shape of a value, and marks constants.
func (g *Graph) describe(at int) string {
	switch {
	case at < 0:
		return "-"
	case g.Values[at].Const != nil:
		return fmt.Sprintf("constant %v", g.Values[at].Shape)
	}
	return fmt.Sprint(g.Values[at].Shape)
}

// Weights returns the number of floating-point numbers that the file stores.
func (g *Graph) Weights() (n int) {
	for _, v := range g.Values {
		if v.stored && v.Type.Float() {
			n += v.Const.Size()
		}
	}
	return n
}
