package train

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/internal/floats"
	"tightrope/pkg/internal/graphgen"
	"tightrope/pkg/internal/testbackend"
)

// randomGraphs is how many random networks are tried, 3 on a backend that compiles for seconds.
const randomGraphs = 250

// TestRandomGraphs takes one step's loss and gradient of random networks by one method after the other: whatever reads
// the input, and whether there are relus at all, both are finite.
func TestRandomGraphs(t *testing.T) {
	methods := []func(*Config){
		func(c *Config) {},
		func(c *Config) { c.Projections, c.RS = 2, 0.5 },
		func(c *Config) { c.Method, c.Kappa, c.Beta, c.RS = CROWNIBP, Range{1, 0.5}, Range{1, 0.4}, 0.5 },
		func(c *Config) { c.Method, c.Kappa, c.RS = IBP, Range{1, 0.3}, 0.5 },
		func(c *Config) { c.Method, c.CrossLipschitz = Natural, 0.5 },
		func(c *Config) { c.Method, c.Attack = PGD, Attack{Steps: 2, StepSize: 0.05} },
	}
	graphs := uint64(randomGraphs)
	if strings.HasPrefix(os.Getenv(compute.ConfigEnvVar), "xla") {
		graphs = 3
	}
	for seed := range graphs {
		c := graphgen.New(seed, graphgen.Options{})
		config := short()
		config.Norm, config.Box, config.Eps = c.Ball.Norm, c.Ball.Box, c.Ball.Eps
		methods[seed%uint64(len(methods))](&config)
		checkFinite(t, c, config)
	}
}

// checkFinite computes the loss of a case's samples and its gradient.
func checkFinite(t *testing.T, c *graphgen.Case, config Config) {
	t.Helper()
	n, w := c.Network, config.At(config.Epochs-1, 0, 1)
	exec, err := NewExec(testbackend.Open(t), func(params []*Node) []*Node {
		g := params[0].Graph()
		x := Reshape(Const(g, c.X), append([]int{len(c.Labels)}, n.Input...)...)
		scalar := func(v float64) *Node { return Scalar(g, n.DType, v) }
		m := objective(robustStage, &batch{
			config: config, net: n.On(params), params: params, x: x, labels: Const(g, c.Labels),
			random: RNGStateFromSeedForGraph(g, 5), eps: scalar(w.Eps), lambda: scalar(w.Lambda),
			gamma: scalar(w.Gamma), kappa: scalar(w.Kappa), beta: scalar(w.Beta),
		})
		return append(m.nodes(), Gradient(m.loss, params...)...)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	var args []any
	for _, p := range n.Tensors() {
		args = append(args, p)
	}
	results, err := exec.Call(args...)
	if err != nil {
		t.Fatalf("%v, %v: %v", config.Method, c, err)
	}
	for i, r := range results {
		v := make([]float64, r.Size())
		if err := floats.Read(v, r); err != nil {
			t.Fatal(err)
		}
		for _, x := range v {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				t.Errorf("%v, %v: result %d is %v", config.Method, c, i, v)
				break
			}
		}
	}
}
