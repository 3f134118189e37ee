package net

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/model"
)

// linearCase is one linear layer on inputs of a shape.
type linearCase struct {
	layer Linear
	in    []int
}

func linearCases() []linearCase {
	return []linearCase{
		{Dense{Units: 4}, []int{6}},
		{Flatten{}, []int{2, 3, 2}},
		{Conv{3, [2]int{4, 4}, [2]int{2, 2}, [2]int{1, 1}}, []int{2, 7, 6}},
		{Conv{2, [2]int{3, 2}, [2]int{1, 3}, [2]int{2, 0}}, []int{3, 4, 5}},
		{BatchNorm{Mean: []float64{1, -2}, Variance: []float64{.5, 0}, Epsilon: .1}, []int{2, 3, 2}},
		{BatchNorm{}, []int{5}},
		{Normalize{Mean: []float64{.4, -.3}, Std: []float64{.2, 3}}, []int{2, 2, 3}},
		{Conv{2, [2]int{1, 3}, [2]int{2, 3}, [2]int{2, 2}}, []int{1, 3, 5}},
		{AvgPool{[2]int{2, 3}, [2]int{2, 1}, [2]int{1, 0}}, []int{2, 5, 4}},
	}
}

// values draws a case's parameters, a batch of 2 inputs and 3 rows over the output of each.
func (c linearCase) values(t *testing.T) (out []int, args []any) {
	spec, err := c.layer.Spec().Complete()
	if err != nil {
		t.Fatal(err)
	}
	out, params, err := spec.Shapes(c.in)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for _, p := range params {
		args = append(args, random(rng, p.Shape...))
	}
	args = append(args, random(rng, append([]int{2}, c.in...)...), random(rng, append([]int{2, 3}, out...)...))
	return out, args
}

// TestKinds checks that every type of layer of package model can be built, and that every linear one is tested here.
func TestKinds(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range linearCases() {
		tested[c.layer.Spec().Type] = true
	}
	for _, kind := range model.Kinds() {
		build, found := builders[kind]
		if !found {
			t.Errorf("no graph code for layers of type %s: add a builder", kind)
			continue
		}
		if _, linear := build(LayerSpec{Type: kind, Kernel: []int{1, 1}, Stride: []int{1, 1},
			Padding: []int{0, 0}}).(Linear); linear && !tested[kind] {
			t.Errorf("layers of type %s are not among linearCases: add one", kind)
		}
	}
	if len(builders) != len(model.Kinds()) {
		t.Errorf("%d builders for %d types of layers", len(builders), len(model.Kinds()))
	}
}

// TestLinearLayers checks every method of a layer against W and b, found by sending the identity and 0 through it.
func TestLinearLayers(t *testing.T) {
	for _, c := range linearCases() {
		t.Run(fmt.Sprintf("%T", c.layer), func(t *testing.T) {
			out, args := c.values(t)
			got := MustExecOnceN(testbackend.Open(t), func(args []*Node) []*Node { return c.everything(out, args) },
				args...)
			x, rows := flat64(t, args[len(args)-2].(*tensors.Tensor)), flat64(t, args[len(args)-1].(*tensors.Tensor))
			w, b := flat64(t, got[0]), flat64(t, got[1])
			near(t, "W x", flat64(t, got[2]), times(x, w, size(c.in), size(out)))
			near(t, "|W| r", flat64(t, got[3]), times(absolute(x), absolute(w), size(c.in), size(out)))
			near(t, "W^T g", flat64(t, got[4]), times(rows, transposed(w, size(c.in)), size(out), size(c.in)))
			near(t, "|W|^T g", flat64(t, got[6]),
				times(absolute(rows), absolute(transposed(w, size(c.in))), size(out), size(c.in)))
			near(t, "b^T g", flat64(t, got[5]), times(rows, b, size(out), 1))
			if m, ok := c.layer.(Explicit); ok {
				p := MustExecOnce(testbackend.Open(t),
					func(args []*Node) *Node { return m.Matrix(c.params(out, args)) }, args...)
				near(t, "the matrix", flat64(t, p), transposed(w, size(c.in)))
			}
		})
	}
}

func (c linearCase) params(out []int, args []*Node) Params {
	return Params{Values: args[:len(args)-2], In: c.in, Out: out}
}

// everything is W^T [in, out], b, W x, |W| |x|, W^T g, b^T g and |W|^T |g|.
func (c linearCase) everything(out []int, args []*Node) []*Node {
	p, x, rows := c.params(out, args), args[len(args)-2], args[len(args)-1]
	eye := Reshape(ConvertDType(Diagonal(x.Graph(), size(c.in)), x.DType()), append([]int{size(c.in)}, c.in...)...)
	zero := ZerosLike(Reshape(rows, append([]int{6}, out...)...))
	dots := c.layer.BiasDot(p, rows)
	if dots == nil {
		dots = ZerosLike(ReduceSum(Reshape(rows, 2, 3, -1), -1))
	}
	return []*Node{c.layer.Apply(p, eye), Slice(c.layer.AddBias(p, zero), AxisRange(0, 1)), c.layer.Apply(p, x),
		c.layer.AbsApply(p, Abs(x)), c.layer.Adjoint(p, rows), dots, c.layer.AbsAdjoint(p, Abs(rows))}
}

// TestLinearGradients compares gradients in the parameters, the input and the rows with central differences.
func TestLinearGradients(t *testing.T) {
	for _, c := range linearCases() {
		t.Run(fmt.Sprintf("%T", c.layer), func(t *testing.T) {
			out, args := c.values(t)
			graph := func(args []*Node) []*Node {
				p, x, rows := c.params(out, args), args[len(args)-2], args[len(args)-1]
				loss := weighted(c.layer.AddBias(p, c.layer.Apply(p, x)))
				loss = Add(loss, Add(weighted(c.layer.AbsApply(p, x)), weighted(c.layer.Adjoint(p, rows))))
				loss = Add(loss, weighted(c.layer.AbsAdjoint(p, rows)))
				if dots := c.layer.BiasDot(p, rows); dots != nil {
					loss = Add(loss, weighted(dots))
				}
				return append([]*Node{loss}, Gradient(loss, args...)...)
			}
			e := MustNewExec(testbackend.Open(t), graph)
			defer e.Finalize()
			got := e.MustCall(args...)
			for i := range args {
				difference(t, e, args, i, flat64(t, got[1+i]))
			}
		})
	}
}

// weighted is a smooth, not linear, function of every entry.
func weighted(x *Node) *Node {
	n := x.Shape().Size()
	return ReduceAllSum(Sin(Add(Reshape(x, n), MulScalar(Iota(x.Graph(), Reshape(x, n).Shape(), 0), 0.7))))
}

// difference compares a few entries of the gradient in argument i with central differences.
func difference(t *testing.T, e *Exec, args []any, i int, gradient []float64) {
	t.Helper()
	const h = 1e-5
	value := flat64(t, args[i].(*tensors.Tensor))
	for k := 0; k < len(value); k += 1 + len(value)/5 {
		var loss [2]float64
		for side, step := range []float64{h, -h} {
			moved := slices.Clone(value)
			moved[k] += step
			call := slices.Clone(args)
			call[i] = tensors.FromFlatDataAndDimensions(moved, args[i].(*tensors.Tensor).Shape().Dimensions...)
			loss[side] = flat64(t, e.MustCall(call...)[0])[0]
		}
		want := (loss[0] - loss[1]) / (2 * h)
		if math.Abs(gradient[k]-want) > 1e-6*max(1, math.Abs(want)) {
			t.Errorf("gradient in argument %d, entry %d: got %g, want %g", i, k, gradient[k], want)
		}
	}
}

func near(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if d := distance(got, want); d > 1e-11 {
		t.Errorf("%s is off by %g", what, d)
	}
}

// times is x m for rows x [?, inner] and m [inner, columns].
func times(x, m []float64, inner, columns int) []float64 {
	out := make([]float64, len(x)/inner*columns)
	for i := range len(x) / inner {
		for k := range inner {
			for j := range columns {
				out[i*columns+j] += x[i*inner+k] * m[k*columns+j]
			}
		}
	}
	return out
}

// transposed is m [rows, columns] as [columns, rows].
func transposed(m []float64, rows int) []float64 {
	columns := len(m) / rows
	out := make([]float64, len(m))
	for i := range rows {
		for j := range columns {
			out[j*rows+i] = m[i*columns+j]
		}
	}
	return out
}

func absolute(x []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = math.Abs(v)
	}
	return out
}
