package selftest

import (
	"math"
	"slices"
	"time"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/backend"
)

// Product is the device's speed in plain float32 matrix products, which is what bounds consist of.
type Product struct {
	Size    int     `json:"size"`           // rows and columns of the factors
	First   float64 `json:"firstSeconds"`   // of the first call, which compiles
	Seconds float64 `json:"seconds"`        // median of a call
	Rate    float64 `json:"flopsPerSecond"` // FLOPs over that
}

// productChain is how many products one call does, each of the result of the one before, so that starting a call does
// not count.
const productChain = 8

// productSize is large enough to fill the device, and small enough to be done in seconds.
func (s *session) productSize() int {
	switch s.info.Name {
	case backend.CUDA:
		return 8192
	case backend.CPU:
		return 1024
	}
	return 384
}

// product times float32 products without TF32.
func (s *session) product() (*Product, error) {
	p := &Product{Size: s.productSize()}
	exec, err := NewExec(s.backend, func(a, b *Node) *Node {
		for range productChain {
			a = Dot(a, b).Product()
		}
		return ReduceAllSum(a)
	})
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	a, b := fine(p.Size*p.Size), make([]float64, p.Size*p.Size)
	for i := range b { // products keep their size
		b[i] = math.Mod(float64(i)*0.618, 1) * 2 / float64(p.Size)
	}
	x, y := asTensor(dtypes.Float32, a, p.Size, p.Size), asTensor(dtypes.Float32, b, p.Size, p.Size)
	var times []float64
	for begin := time.Now(); len(times) < 4 || time.Since(begin) < time.Second; {
		start := time.Now()
		out, err := exec.Call(x, y)
		if err != nil {
			return nil, err
		}
		out[0].MustConstFlatData(func(any) {}) // waits
		out[0].MustFinalizeAll()
		times = append(times, time.Since(start).Seconds())
	}
	p.First = times[0]
	sorted := slices.Sorted(slices.Values(times[1:]))
	p.Seconds = sorted[len(sorted)/2]
	n := float64(p.Size)
	p.Rate = productChain * 2 * n * n * n / p.Seconds
	return p, nil
}
