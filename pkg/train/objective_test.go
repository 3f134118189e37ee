package train

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// lossAndGradient compiles the objective of a configuration on a fixed batch, as a function of the weights.
func lossAndGradient(t *testing.T, n *net.Network, c Config) func(params []*tensors.Tensor) (loss float64,
	gradient [][]float64) {
	t.Helper()
	set, w := blobs(9), c.At(c.Epochs-1, 0, 1)
	exec, err := NewExec(testbackend.Open(t), func(params []*Node) []*Node {
		g := params[0].Graph()
		x := ConvertDType(Reshape(Const(g, set.X), 9, 1, 2, 3), n.DType)
		scalar := func(v float64) *Node { return Scalar(g, n.DType, v) }
		m := objective(robustStage, &batch{
			config: c, net: n.On(params), params: params, x: x, labels: Const(g, set.Y),
			random: RNGStateFromSeedForGraph(g, 5),
			eps:    scalar(w.Eps), lambda: scalar(w.Lambda), gamma: scalar(w.Gamma), kappa: scalar(w.Kappa),
			beta: scalar(w.Beta),
		})
		return append([]*Node{m.loss}, Gradient(m.loss, params...)...)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(exec.Finalize)
	return func(params []*tensors.Tensor) (float64, [][]float64) {
		args := make([]any, len(params))
		for i, p := range params {
			args[i] = p
		}
		var values [][]float64
		for _, out := range exec.MustCall(args...) {
			v := make([]float64, out.Size())
			if err := floats.Read(v, out); err != nil {
				t.Fatal(err)
			}
			values = append(values, v)
		}
		return values[0][0], values[1:]
	}
}

// TestGradient compares the gradient of the whole objective with central differences, in float64. In l_2 the input x*
// moves with the weights: there the gradient is whole only through the input.
func TestGradient(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"l_inf": func(*Config) {},
		"l_2": func(c *Config) {
			c.Norm, c.Box, c.Eps, c.Tight.ThroughInput = ball.L2, nil, 0.2, true
		},
		"natural":         func(c *Config) { c.Method = Natural },
		"cross-Lipschitz": func(c *Config) { c.Method, c.CrossLipschitz = Natural, 0.4 },
		"ibp":             func(c *Config) { c.Method, c.Kappa, c.RS, c.L1 = IBP, Range{1, 0.3}, 0.5, 0.01 },
		"crown-ibp":       func(c *Config) { c.Method, c.Kappa, c.Beta = CROWNIBP, Range{1, 0.5}, Range{1, 0.4} },
		"pgd":             func(c *Config) { c.Method, c.Attack = PGD, Attack{Steps: 3, StepSize: 0.05} },
		"sabr":            func(c *Config) { c.Method, c.Attack, c.Share = SABR, Attack{Steps: 2, StepSize: 0.05}, 0.3 },
		"mtl-ibp": func(c *Config) {
			c.Method, c.Attack, c.Share = MTLIBP, Attack{Steps: 2, StepSize: 0.05, Scale: 2},
				0.3
		},
		"cc-ibp":  func(c *Config) { c.Method, c.Attack, c.Share = CCIBP, Attack{Steps: 2, StepSize: 0.05}, 0.3 },
		"exp-ibp": func(c *Config) { c.Method, c.Attack, c.Share = EXPIBP, Attack{Steps: 2, StepSize: 0.05}, 0.3 },
	} {
		t.Run(name, func(t *testing.T) {
			c := short()
			c.Eps, c.Lambda, c.Gamma = 0.1, 0.7, 1.3
			change(&c)
			checkGradient(t, c)
		})
	}
}

func checkGradient(t *testing.T, c Config) {
	t.Helper()
	checkGradientOf(t, tiny(t, dtypes.Float64), c)
}

// checkGradientOf compares the objective's gradient with differences, for every weight of a network in float64.
func checkGradientOf(t *testing.T, n *net.Network, c Config) {
	t.Helper()
	f := lossAndGradient(t, n, c)
	_, gradient := f(n.Tensors())
	const h = 1e-6
	moved := 0
	for k, p := range n.Params {
		for i := range p.Data {
			at := func(dx float64) float64 {
				old := p.Data[i]
				p.Data[i] += dx
				loss, _ := f(n.Tensors())
				p.Data[i] = old
				return loss
			}
			want := (at(h) - at(-h)) / (2 * h)
			if math.Abs(gradient[k][i]-want) > 1e-7*max(1, math.Abs(want)) {
				t.Errorf("%s[%d]: gradient %.9g, differences %.9g", p.Name, i, gradient[k][i], want)
			}
			if math.Abs(want) > 1e-3 {
				moved++
			}
		}
	}
	if moved < 20 {
		t.Errorf("only %d partial derivatives are far from 0: the test shows little", moved)
	}
}

// TestObjectiveDecreases trains on digits at a fixed radius: the weights move, on every backend, and in the right
// direction.
func TestObjectiveDecreases(t *testing.T) {
	splits, err := data.Load("digits", data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	arch, err := net.ParseArch("fc20 fc10", splits.Train.Shape, 10)
	if err != nil {
		t.Fatal(err)
	}
	n, err := net.Build(arch)
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Epochs: 5, Batch: 50, Eps: 0.02, EpsStart: 0.02, Box: ball.Unit, LearningRate: 0.01, Lambda: 0.1,
		Gamma: 1}
	_, history := mustRun(t, n.Init(1), splits.Train, c, Options{})
	first, last := history[0], history[len(history)-1]
	if last.Loss > 0.7*first.Loss || last.Unproven > 0.8*first.Unproven {
		t.Errorf("loss %.3f -> %.3f, not certified %.2f -> %.2f: want a clear decrease", first.Loss, last.Loss,
			first.Unproven, last.Unproven)
	}
	if math.Abs(last.Loss-last.Robust-c.Lambda*last.D-c.Gamma*last.R) > 1e-5 {
		t.Errorf("loss %v is not CE %v + lambda d %v + gamma r %v", last.Loss, last.Robust, last.D, last.R)
	}
}
