// Package onnxgen draws small ONNX networks and VNN-LIB properties, for tests of what decides and proves them.
package onnxgen

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/gomlx/compute-onnx/support/protos"
)

// Options of [Network]; the zero value draws the sizes.
type Options struct {
	Inputs, Outputs int  // 0: 1 to 4
	Layers, Width   int  // hidden layers and their width; 0: 1 to 3, 2 to 9
	Smooth          bool // Sigmoid, Tanh and Softplus in the place of most hidden relus
}

// Network draws a network of matrix products, sums with constants, relus (also of the outputs), sums of branches and
// pairwise maxima, as an
// ONNX file.
func Network(r *rand.Rand, o Options) []byte {
	for _, f := range []struct {
		field       *int
		least, more int
	}{{&o.Inputs, 1, 4}, {&o.Outputs, 1, 4}, {&o.Layers, 1, 3}, {&o.Width, 2, 8}} {
		if *f.field == 0 {
			*f.field = f.least + r.IntN(f.more)
		}
	}
	b := &builder{r, &protos.GraphProto{Name: "drawn"}}
	b.graph.Input = []*protos.ValueInfoProto{value("x", o.Inputs)}
	last, width := "x", o.Inputs
	for range o.Layers {
		last = b.linear(last, width, o.Width)
		before := last
		activation := "Relu"
		if o.Smooth {
			activation = []string{"Relu", "Sigmoid", "Tanh", "Softplus"}[r.IntN(4)]
		}
		last = b.node(activation, last)
		switch r.IntN(4) {
		case 0:
			last = b.node("Add", last, b.linear(before, o.Width, o.Width))
		case 1:
			last = b.node("Max", last, b.linear(before, o.Width, o.Width))
		}
		width = o.Width
	}
	out := b.linear(last, width, o.Outputs)
	if r.IntN(5) == 0 {
		out = b.node("Relu", out)
	}
	b.graph.Output = []*protos.ValueInfoProto{value(out, o.Outputs)}
	return b.file()
}

// builder adds nodes to a graph.
type builder struct {
	*rand.Rand
	graph *protos.GraphProto
}

func value(name string, size int) *protos.ValueInfoProto {
	dims := []*protos.TensorShapeProto_Dimension{
		{Value: &protos.TensorShapeProto_Dimension_DimValue{DimValue: 1}},
		{Value: &protos.TensorShapeProto_Dimension_DimValue{DimValue: int64(size)}},
	}
	return &protos.ValueInfoProto{Name: name, Type: &protos.TypeProto{Value: &protos.TypeProto_TensorType{
		TensorType: &protos.TypeProto_Tensor{ElemType: 1, Shape: &protos.TensorShapeProto{Dim: dims}}}}}
}

// node adds an operation and returns its result's name.
func (b *builder) node(op string, inputs ...string) string {
	name := fmt.Sprintf("v%d", len(b.graph.Node))
	b.graph.Node = append(b.graph.Node, &protos.NodeProto{OpType: op, Input: inputs, Output: []string{name}})
	return name
}

// linear adds a matrix product and a sum with a constant.
func (b *builder) linear(from string, in, out int) string {
	return b.node("Add", b.node("MatMul", from, b.constant(1.4, in, out)), b.constant(0.5, out))
}

func (b *builder) constant(scale float64, shape ...int) string {
	size := 1
	for _, d := range shape {
		size *= d
	}
	data := make([]float32, size)
	for i := range data {
		data[i] = float32(scale * b.NormFloat64())
	}
	return b.tensor(data, shape...)
}

// tensor adds a constant and returns its name.
func (b *builder) tensor(data []float32, shape ...int) string {
	t := &protos.TensorProto{Name: fmt.Sprintf("c%d", len(b.graph.Initializer)), DataType: 1, FloatData: data}
	for _, d := range shape {
		t.Dims = append(t.Dims, int64(d))
	}
	b.graph.Initializer = append(b.graph.Initializer, t)
	return t.Name
}

// Property draws a property with numbers of inputs and outputs: boxes of one or two cases, some inputs fixed, and rows
// that bound outputs at a distance of about the level, or compare them.
func Property(r *rand.Rand, inputs, outputs int, level float64) string {
	var b strings.Builder
	for i := range inputs {
		fmt.Fprintf(&b, "(declare-const X_%d Real)\n", i)
	}
	for i := range outputs {
		fmt.Fprintf(&b, "(declare-const Y_%d Real)\n", i)
	}
	for i := range inputs {
		low, width := float64(r.IntN(7)-3)/2, float64(r.IntN(4))/4
		fmt.Fprintf(&b, "(assert (>= X_%d %g))\n(assert (<= X_%d %g))\n", i, low, i, low+width)
	}
	b.WriteString("(assert (or")
	for range 1 + r.IntN(3) {
		b.WriteString(" (and")
		for range 1 + r.IntN(3) {
			b.WriteString(" " + comparison(r, outputs, level))
		}
		b.WriteString(")")
	}
	b.WriteString("))\n")
	return b.String()
}

func comparison(r *rand.Rand, outputs int, level float64) string {
	i, j := r.IntN(outputs), r.IntN(outputs)
	switch {
	case i != j && r.IntN(2) == 0:
		return fmt.Sprintf("(<= Y_%d Y_%d)", i, j)
	case r.IntN(2) == 0:
		return fmt.Sprintf("(>= Y_%d %.3f)", i, level*r.Float64())
	}
	return fmt.Sprintf("(<= Y_%d %.3f)", i, -level*r.Float64())
}
