package train

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	engine "tightrope/pkg/backend"
	"tightrope/pkg/bound"
	"tightrope/pkg/internal/floats"
	arch "tightrope/pkg/model"
	"tightrope/pkg/net"
)

// screens reports whether steps look first which units may be unstable, and bound only those by rows: exact CP. RS
// needs the exact bounds of all. On a GPU no step screens: a dozen graphs, one for each number of units, take minutes
// to compile there, and the rows that they save little time.
func (c Config) screens(n *net.Network) bool {
	return c.method().rows && c.Projections == 0 && c.RS == 0 && bound.Screens(n, c.Norm)
}

// needed finds, relu by relu, the units that need rows, as arguments of the step: [rows] each.
func (s *stepper) needed(x, eps any) (args []any, err error) {
	var all [][]float64
	relus := len(s.network.Relus())
	for k := 1; k < relus; k++ {
		scores, err := s.scores(k, append([]any{x, eps}, args...))
		if err != nil {
			return nil, err
		}
		for _, t := range args {
			t.(*tensors.Tensor).MustFinalizeAll()
		}
		args, all = nil, append(all, scores)
		level := bound.ScreenLevel(s.network, all)
		if k == relus-1 {
			level = s.levels.Choose(level, s.levelFLOPs(len(scores)), s.compileFLOPs())
		} else {
			level = s.levels.compiled(level)
		}
		for _, picked := range bound.NeededUnits(s.network, all, level) {
			args = append(args, tensors.FromFlatDataAndDimensions(picked, len(picked)))
		}
	}
	return args, nil
}

// levelFLOPs are a step's operations for rows at each level; scores is the number of all samples' last relu's.
func (s *stepper) levelFLOPs(scores int) []float64 {
	flops := make([]float64, bound.ScreenLevels)
	last := s.network.Relus()[len(s.network.Relus())-1]
	samples := scores / arch.Size(s.network.ShapeOf(last))
	for level := range flops {
		flops[level] = bound.GradientCost * float64(samples) * bound.ScreenedFLOPs(s.network, level)
	}
	return flops
}

// compileFLOPs are about as many operations of rows as XLA performs on a CPU in the time in which it compiles a step.
func (s *stepper) compileFLOPs() float64 {
	if engine.IsXLA(s.backend) {
		return 4e11
	}
	return 0
}

// scores of relu k's units; args are x, eps, and the units of the relus before.
func (s *stepper) scores(k int, args []any) ([]float64, error) {
	for len(s.screeners) <= k {
		s.screeners = append(s.screeners, nil)
	}
	if s.screeners[k] == nil {
		exec, err := model.NewExec(s.backend, s.store,
			func(_ *model.Scope, args []*Node) *Node { return s.screenGraph(k, args) })
		if err != nil {
			return nil, err
		}
		s.screeners[k] = exec
	}
	out, err := s.screeners[k].Call(args...)
	if err != nil {
		return nil, fmt.Errorf("units of relu %d that need exact bounds: %w", k+1, err)
	}
	defer out[0].MustFinalizeAll()
	scores := make([]float64, out[0].Size())
	return scores, floats.Read(scores, out[0])
}

func (s *stepper) screenGraph(k int, args []*Node) *Node {
	g := args[0].Graph()
	s.store.SetTraining(g, true) // the weights change between calls: they must not become constants
	b := &batch{config: s.config, net: s.network.On(s.values(g)), x: args[0], eps: args[1]}
	p := &bound.Problem{Net: b.net, Region: b.region(), Needed: append([]*Node{nil}, args[2:]...)}
	return bound.FastLin{}.Screen(p, k)
}
