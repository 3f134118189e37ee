package train

import (
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// TestScreenedStep compares a step that bounds only the units needed by rows, in micro-batches too, with one that
// bounds all: the same measures, and the same gradient (Adam's first step hides it, so its moments are compared).
func TestScreenedStep(t *testing.T) {
	for _, c := range []struct {
		arch  string
		input []int
		micro int
	}{{"fc40 fc30 fc10", []int{1, 12, 12}, 1}, {"fc40 fc30 fc10", []int{1, 12, 12}, 2},
		{"conv(3,4,2,1) conv(4,4,2,1) fc20 fc10", []int{1, 12, 12}, 2}} {
		radii := []float64{0.01, 0.1}
		if strings.HasPrefix(os.Getenv("GOMLX_BACKEND"), "xla") { // each graph takes seconds to compile
			if radii = radii[:1]; c.micro == 1 {
				continue
			}
		}
		for _, eps := range radii {
			network, err := net.Named(c.arch, c.input, 10)
			if err != nil {
				t.Fatal(err)
			}
			network.Init(1).DType = dtypes.Float64
			config := Config{Epochs: 1, Batch: 8, Eps: eps, Box: ball.Unit, Lambda: 0.5, Gamma: 2}.withDefaults()
			want, wantMoments := oneStep(t, network, config, c.micro, false)
			got, moments := oneStep(t, network, config, c.micro, true)
			a, b := got.fields(), want.fields()
			for i := range a {
				if math.Abs(*a[i]-*b[i]) > 1e-9*max(1, math.Abs(*b[i])) {
					t.Errorf("%s, eps %v, %d micro-batches: measure %d is %v, want %v", c.arch, eps, c.micro, i, *a[i],
						*b[i])
				}
			}
			for path, values := range wantMoments {
				for i, v := range values {
					if math.Abs(moments[path][i]-v) > 1e-9 {
						t.Fatalf("%s, eps %v, %d micro-batches: %s[%d] is %v, want %v", c.arch, eps, c.micro, path, i,
							moments[path][i], v)
					}
				}
			}
		}
	}
}

// oneStep runs one step and gives all float variables after it, but for the weights.
func oneStep(t *testing.T, network *net.Network, config Config, micro int, screening bool) (Measures,
	map[string][]float64) {
	t.Helper()
	s, err := newStepper(testbackend.Open(t), nil, network, config, micro)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	s.screening = screening
	rng := rand.New(rand.NewPCG(3, 4))
	x, y := make([]float32, config.Batch*network.InputSize()), make([]int32, config.Batch)
	for i := range x {
		x[i] = rng.Float32()
	}
	for i := range y {
		y[i] = rng.Int32N(10)
	}
	m, err := s.run(data.Batch{X: x, Y: y, Count: len(y)}, config.At(0, 0, 1), position{})
	if err != nil {
		t.Fatal(err)
	}
	if screening && config.Eps < 0.05 {
		someLeftOut(t, s, data.Batch{X: x, Y: y, Count: len(y)}, config.Eps)
	}
	return m, variables(t, s)
}

// someLeftOut checks that not every unit is bounded by rows, or nothing would be tested.
func someLeftOut(t *testing.T, s *stepper, b data.Batch, eps float64) {
	t.Helper()
	one := s.microbatch(b, 0)
	needed, err := s.needed(s.inputs(one)[0], s.scalars(eps)[0])
	if err != nil {
		t.Fatal(err)
	}
	picked, all := 0, 0
	for k, index := range needed {
		picked += index.(*tensors.Tensor).Size()
		units := one.Count
		for _, d := range s.network.ShapeOf(s.network.Relus()[k+1]) {
			units *= d
		}
		all += units
	}
	if picked >= all {
		t.Errorf("%d of %d units are bounded by rows: nothing is left out", picked, all)
	}
}

// variables are the optimizer's moments, by path.
func variables(t *testing.T, s *stepper) map[string][]float64 {
	t.Helper()
	all := map[string][]float64{}
	for v := range s.store.IterVariables() {
		if strings.HasPrefix(v.Path(), weightPath("")) || !v.DType().IsFloat() {
			continue
		}
		value, err := v.Value()
		if err != nil {
			t.Fatal(err)
		}
		all[v.Path()] = make([]float64, value.Size())
		if err := floats.Read(all[v.Path()], value); err != nil {
			t.Fatal(err)
		}
	}
	if len(all) == 0 {
		t.Fatal("the optimizer has no state")
	}
	return all
}
