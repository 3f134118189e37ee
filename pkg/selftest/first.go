package selftest

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/internal/floats"
)

// firstSize is the number of rows and columns of the first program's matrix.
const firstSize = 64

// How far an engine may be from Go: a product relative to the sum of its terms' sizes, by the rounding errors of
// firstSize terms; exp and log, which losses need and no bound does, relative to the larger of 1 and the value, as
// engines approximate them to some digits less.
var (
	productTolerance = map[dtypes.DType]float64{dtypes.Float32: firstSize * 0x1p-24,
		dtypes.Float64: firstSize * 0x1p-53}
	functionTolerance = map[dtypes.DType]float64{dtypes.Float32: 1e-5, dtypes.Float64: 1e-12}
)

// firstProgram computes exp, log and a product in both precisions and compares them with Go's.
func (s *session) firstProgram() (string, error) {
	worst := ""
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
		off, err := s.functions(dtype)
		if err != nil {
			return "", fmt.Errorf("%s: %w", dtype, err)
		}
		worst += fmt.Sprintf("%s off by %.1e at most, ", dtype, off)
		kept, err := s.keepsDenormals(dtype)
		if err != nil {
			return "", fmt.Errorf("%s: %w", dtype, err)
		}
		worst += map[bool]string{true: "denormals kept; ", false: "denormals taken for 0; "}[kept]
	}
	return worst + s.info.String(), nil
}

// keepsDenormals reports whether the engine computes with numbers below the smallest normal one.
func (s *session) keepsDenormals(dtype dtypes.DType) (bool, error) {
	exec, err := NewExec(s.backend, func(x *Node) *Node { return MulScalar(Mul(x, x), 2) })
	if err != nil {
		return false, err
	}
	defer exec.Finalize()
	root := map[dtypes.DType]float64{dtypes.Float32: 0x1p-65, dtypes.Float64: 0x1p-515}[dtype]
	out, err := exec.Call(asTensor(dtype, []float64{root}, 1))
	if err != nil {
		return false, err
	}
	got := make([]float64, 1)
	err = floats.Read(got, out[0])
	return got[0] != 0, err
}

// functions is the largest relative difference to Go.
func (s *session) functions(dtype dtypes.DType) (worst float64, err error) {
	exec, err := NewExec(s.backend, func(x *Node) []*Node { return []*Node{Exp(x), Log(x), Dot(x, x).Product()} })
	if err != nil {
		return 0, err
	}
	defer exec.Finalize()
	x := make([]float64, firstSize*firstSize)
	for i := range x {
		x[i] = float64(float32(0.1 + 8*float64(i*7919%4096)/4096)) // the same in both precisions
	}
	out, err := exec.Call(asTensor(dtype, x, firstSize, firstSize))
	if err != nil {
		return 0, err
	}
	want, scale := expected(x)
	for k, name := range []string{"exp", "log", "product"} {
		got := make([]float64, len(x))
		if err := floats.Read(got, out[k]); err != nil {
			return 0, err
		}
		tolerance := functionTolerance[dtype]
		if name == "product" {
			tolerance = productTolerance[dtype]
		}
		for i := range got {
			off := math.Abs(got[i]-want[k][i]) / scale[k][i]
			if !(off <= tolerance) {
				return 0, fmt.Errorf("%s: entry %d is %.17g, Go says %.17g", name, i, got[i], want[k][i])
			}
			worst = max(worst, off)
		}
	}
	return worst, nil
}

// expected are exp, log and the product of x [firstSize, firstSize] with itself by Go, and the size that errors are
// relative to.
func expected(x []float64) (want, scale [3][]float64) {
	for k := range want {
		want[k], scale[k] = make([]float64, len(x)), make([]float64, len(x))
	}
	for i, v := range x {
		want[0][i], want[1][i] = math.Exp(v), math.Log(v)
		scale[0][i], scale[1][i] = max(1, want[0][i]), max(1, math.Abs(want[1][i]))
		for k := range firstSize {
			want[2][i] += x[i/firstSize*firstSize+k] * x[k*firstSize+i%firstSize]
		}
		scale[2][i] = want[2][i] // all terms are positive
	}
	return want, scale
}

// asTensor is a tensor of a precision.
func asTensor(dtype dtypes.DType, values []float64, dims ...int) *tensors.Tensor {
	if dtype == dtypes.Float64 {
		return tensors.FromFlatDataAndDimensions(values, dims...)
	}
	single := make([]float32, len(values))
	for i, v := range values {
		single[i] = float32(v)
	}
	return tensors.FromFlatDataAndDimensions(single, dims...)
}
