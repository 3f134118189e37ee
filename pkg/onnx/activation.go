package onnx

import (
	"fmt"
	"math"
)

// unary returns the kernels of a function of one number; plan names the function.
func unary(c *call, plan any, f32 func(float32) float32, f64 func(float64) float64) (kernels, error) {
	if err := c.same(); err != nil {
		return kernels{}, err
	}
	return kernels{plan, each(f32), each(f64)}, nil
}

func each[T Real](f func(T) T) func(in, out []*array[T]) {
	return func(in, out []*array[T]) {
		for i, v := range in[0].floats {
			out[0].floats[i] = f(v)
		}
	}
}

func inferRelu(c *call) (kernels, error) { return unary(c, nil, relu[float32], relu[float64]) }

func relu[T Real](v T) T { return max(v, 0) }

func inferAbs(c *call) (kernels, error) { return unary(c, nil, abs[float32], abs[float64]) }

func abs[T Real](v T) T { return max(v, -v) }

func inferLeakyRelu(c *call) (kernels, error) {
	alpha := c.finite("alpha", 0.01)
	return unary(c, alpha, leaky(float32(alpha)), leaky(alpha))
}

func leaky[T Real](alpha T) func(T) T {
	return func(v T) T {
		if v < 0 {
			return alpha * v
		}
		return v
	}
}

// inferSmooth infers an activation that both precisions compute in float64.
func inferSmooth(f func(float64) float64) func(*call) (kernels, error) {
	return func(c *call) (kernels, error) {
		return unary(c, nil, func(v float32) float32 { return float32(f(float64(v))) }, f)
	}
}

// logistic returns 1/(1+e^-v). It only takes exponentials of numbers up to 0, which cannot overflow.
func logistic(v float64) float64 {
	e := math.Exp(-math.Abs(v))
	if v < 0 {
		return e / (1 + e)
	}
	return 1 / (1 + e)
}

// softplus returns log(1+e^v).
func softplus(v float64) float64 { return max(v, 0) + math.Log1p(math.Exp(-math.Abs(v))) }

// line holds the coefficients of alpha x + beta.
type line struct{ alpha, beta float64 }

// inferHardSigmoid infers max(0, min(1, alpha x + beta)).
func inferHardSigmoid(c *call) (kernels, error) {
	alpha, beta := c.finite("alpha", 0.2), c.finite("beta", 0.5)
	return unary(c, line{alpha, beta}, hardSigmoid(float32(alpha), float32(beta)), hardSigmoid(alpha, beta))
}

func hardSigmoid[T Real](alpha, beta T) func(T) T {
	return func(v T) T { return max(0, min(1, alpha*v+beta)) }
}

// inferPRelu infers x where it is at least 0, and slope x elsewhere; the slope is broadcast to the shape of x.
func inferPRelu(c *call) (kernels, error) {
	if err := c.same(); err != nil {
		return kernels{}, err
	}
	x, slope := c.in[0].Shape, c.in[1].Shape
	shape, err := broadcast(x, slope)
	if err != nil || len(shape) != len(x) || !sameShape(shape, x) {
		return kernels{}, fmt.Errorf("its slope of shape %v does not fit an input of shape %v: correct the model",
			slope, x)
	}
	if err := c.g.take(x); err != nil { // of the index
		return kernels{}, err
	}
	return kernel(spread(slope, x), prelu[float32], prelu[float64]), nil
}

func prelu[T Real](index []int32, in, out []*array[T]) {
	for i, v := range in[0].floats {
		if v < 0 {
			v *= pick(in[1].floats, index, i)
		}
		out[0].floats[i] = v
	}
}

// bounds holds the bounds of Clip; a missing bound is infinite.
type bounds struct{ low, high float64 }

// inferClip infers Clip. Its bounds are attributes before opset 11, and inputs from then on.
func inferClip(c *call) (kernels, error) {
	low, high := math.Inf(-1), math.Inf(1)
	if c.g.Opset < 11 {
		low, high = c.float("min", -math.MaxFloat32), c.float("max", math.MaxFloat32)
		if len(c.in) > 1 {
			return kernels{}, fmt.Errorf("its bounds are inputs, which needs opset 11 or later: correct the model's " +
				"opset")
		}
	}
	for k, bound := range map[int]*float64{1: &low, 2: &high} {
		if c.optional(k) == nil {
			continue
		}
		t, err := c.constant(k, "a bound")
		if err != nil {
			return kernels{}, err
		}
		if t.Size() != 1 || !t.Type.Float() {
			return kernels{}, fmt.Errorf("its input %d, a bound, must be one floating-point number: correct the model",
				k)
		}
		*bound = t.Float64s()[0]
	}
	if low > high {
		return kernels{}, fmt.Errorf("no number lies between its bounds %v and %v: swap them", low, high)
	}
	return unary(c, bounds{low, high}, clip(float32(low), float32(high)), clip(low, high))
}

func clip[T Real](low, high T) func(T) T {
	return func(v T) T { return min(max(v, low), high) }
}
