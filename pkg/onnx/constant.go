package onnx

import (
	"fmt"
	"math"

	"github.com/gomlx/compute-onnx/support/protos"
)

// store sets a result to a constant that the shape inference has computed.
func (c *call) store(t *Tensor) (kernels, error) {
	v := c.g.Values[c.node.Out[0]]
	v.Shape, v.Type, v.Const, v.stored = t.Shape, t.Type, t, true
	return kernels{}, nil
}

// inferConstant infers Constant, whose value is in one of several attributes.
func inferConstant(c *call) (kernels, error) {
	if len(c.byName) != 1 {
		return kernels{}, fmt.Errorf("it has %d attributes, but must have exactly one, its value: export the model "+
			"again", len(c.byName))
	}
	t, err := c.constantValue()
	if err != nil {
		return kernels{}, err
	}
	if t == nil {
		return kernels{}, c.orWrong(fmt.Errorf("its value is neither a tensor nor a float nor an integer: replace " +
			"it by an initialiser"))
	}
	if err := c.g.take(t.Shape); err != nil {
		return kernels{}, err
	}
	return c.store(t)
}

// orWrong returns the error about an attribute's type if there is one, and err otherwise.
func (c *call) orWrong(err error) error {
	if c.wrong != nil {
		return c.wrong
	}
	return err
}

func (c *call) constantValue() (*Tensor, error) {
	if p := c.get("value", protos.AttributeProto_TENSOR); p != nil {
		return c.tensor(p)
	}
	if c.g.Opset < 12 {
		return nil, nil
	}
	if p := c.get("value_float", protos.AttributeProto_FLOAT); p != nil {
		return &Tensor{Type: Float32, F32: []float32{p.F}}, nanError(p.F)
	}
	if p := c.get("value_int", protos.AttributeProto_INT); p != nil {
		return &Tensor{Type: Int64, Ints: []int64{p.I}}, nil
	}
	if p := c.get("value_floats", protos.AttributeProto_FLOATS); p != nil {
		return &Tensor{Shape: []int{len(p.Floats)}, Type: Float32, F32: p.Floats}, nanError(p.Floats...)
	}
	if p := c.get("value_ints", protos.AttributeProto_INTS); p != nil {
		return &Tensor{Shape: []int{len(p.Ints)}, Type: Int64, Ints: p.Ints}, nil
	}
	return nil, nil
}

func nanError(values ...float32) error {
	for _, v := range values {
		if v != v {
			return fmt.Errorf("its value is NaN: correct the model")
		}
	}
	return nil
}

func (c *call) tensor(p *protos.AttributeProto) (*Tensor, error) {
	if p.T == nil {
		return nil, fmt.Errorf("its attribute %s contains no tensor: export the model again", p.Name)
	}
	return decode(p.T, c.g.options.MaxValues-c.g.size)
}

// inferConstantOfShape infers an array that repeats one value, 0 by default.
func inferConstantOfShape(c *call) (kernels, error) {
	t := &Tensor{Type: Float32, F32: []float32{0}}
	if p := c.get("value", protos.AttributeProto_TENSOR); p != nil {
		var err error
		if t, err = c.tensor(p); err != nil {
			return kernels{}, err
		}
	}
	if t.Size() != 1 {
		return kernels{}, fmt.Errorf("its value has %d numbers, but must have exactly one: correct the model", t.Size())
	}
	list, err := c.integers(0, "the shape")
	if err != nil {
		return kernels{}, err
	}
	shape := make([]int, len(list))
	for i, d := range list {
		if d < 0 || d > math.MaxInt32 {
			return kernels{}, fmt.Errorf("its shape is %v: sizes must be from 0 to 2^31-1", list)
		}
		shape[i] = int(d)
	}
	if err := c.set(0, t.Type, shape...); err != nil {
		return kernels{}, err
	}
	n := product(shape)
	return c.store(&Tensor{Shape: shape, Type: t.Type, F32: repeated(t.F32, n), F64: repeated(t.F64, n),
		Ints: repeated(t.Ints, n)})
}

// repeated returns n copies of the one value, or nil if there is none.
func repeated[E any](one []E, n int) []E {
	if len(one) == 0 {
		return nil
	}
	return made(n, func(int) E { return one[0] })
}

// inferShape infers the sizes of the input; since opset 15 those of a range of axes.
func inferShape(c *call) (kernels, error) {
	x := c.in[0].Shape
	from, to := 0, len(x)
	if c.g.Opset >= 15 {
		from = clamped(c.integer("start", 0), len(x))
		to = clamped(c.integer("end", int64(len(x))), len(x))
	}
	sizes := []int64{}
	for i := from; i < to; i++ {
		sizes = append(sizes, int64(x[i]))
	}
	if err := c.set(0, Int64, len(sizes)); err != nil {
		return kernels{}, err
	}
	return c.store(&Tensor{Shape: []int{len(sizes)}, Type: Int64, Ints: sizes})
}

// clamped brings an axis into the range from 0 to the rank. It may be negative, which counts from the end, or lie
// outside.
func clamped(a int64, rank int) int {
	if a < 0 {
		a += int64(rank)
	}
	return int(min(max(a, 0), int64(rank)))
}

// inferCast infers Cast. Casts between floating-point types change nothing, nor do casts between integers. Constants
// can be cast to integers if they fit.
func inferCast(c *call) (kernels, error) {
	to, x := Type(c.integer("to", 0)), c.in[0]
	if c.g.Opset >= 19 {
		c.ignore("saturate") // of types that are not read
	}
	if !to.Float() && to != Int64 && to != Int32 {
		return kernels{}, fmt.Errorf("it casts to %v: casts to float, double, float16, bfloat16, int64 and int32 are "+
			"read", to)
	}
	if x.Type.Float() && !to.Float() && x.Const == nil {
		return kernels{}, fmt.Errorf("it converts values of the network to integers: only shapes and indices may be " +
			"integers")
	}
	if err := checkCast(x.Const, to); err != nil {
		return kernels{}, err
	}
	return kernel(struct{}{}, cast[float32], cast[float64]), c.set(0, to, x.Shape...)
}

// checkCast returns an error for numbers that do not fit the integer type.
func checkCast(t *Tensor, to Type) error {
	if t == nil || to.Float() {
		return nil
	}
	limit := math.Ldexp(1, 63)
	if to == Int32 {
		limit = math.Ldexp(1, 31)
	}
	for i, v := range append(t.Float64s(), values[float64](floatsOf(t.Ints))...) {
		if !(math.Abs(v) < limit) {
			return fmt.Errorf("its value %d, %v, does not fit %v: correct the model", i, v, to)
		}
	}
	return nil
}

func floatsOf(ints []int64) []float64 {
	return made(len(ints), func(i int) float64 { return float64(ints[i]) })
}

func cast[T Real](_ struct{}, in, out []*array[T]) {
	from, to := in[0], out[0]
	switch {
	case to.floats != nil && from.floats != nil:
		copy(to.floats, from.floats)
	case to.floats != nil:
		for i, v := range from.ints {
			to.floats[i] = T(v)
		}
	case from.floats != nil:
		for i, v := range from.floats {
			to.ints[i] = int64(v)
		}
	default:
		copy(to.ints, from.ints)
	}
}
