package bound

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/internal/engine"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// unitwise is a technique that bounds the units of one relu's input from the bounds of the relus before, share by
// share.
type unitwise interface {
	Technique
	// unitBounds gives [batch, rows of the share], given p.Intermediate[:k].
	unitBounds(p *Problem, k int, s *share) (lower, upper *Node)
}

// stagesOf is the technique that bounds the relus in calls of their own, or nil where one call gives all of them.
func stagesOf(t Technique) unitwise {
	switch own := t.(type) {
	case FastLin:
		if own.Intermediate == nil {
			return own
		}
		return stagesOf(own.Intermediate)
	case CROWN:
		if own.Intermediate == nil {
			return own
		}
		return stagesOf(own.Intermediate)
	}
	return nil
}

// canStage tells whether a technique's rows can be cut into calls of their own.
func canStage(t Named) bool {
	switch t.(type) {
	case FastLin, CROWN:
		return true
	}
	return false
}

// staged runs a technique relu by relu, each in as many calls as its [Schedule] says, on one sample at a time.
type staged struct {
	*Evaluator
	stages []stage // of the relus; one that bounds all of them where the technique's are found in one call
	last   stage   // of the spec rows
}

// stage is one compiled share of rows.
type stage struct {
	graph       *engine.Compiled
	rows, count int // in all, and of a share
}

func newStaged(e *Evaluator, schedule *Schedule) (*staged, error) {
	s := &staged{Evaluator: e}
	if err := s.addRelus(schedule); err != nil {
		return nil, err
	}
	classes, last := e.program.Network().Classes(), schedule.Parts[len(schedule.Parts)-1] // the margins
	graph, err := e.program.Compile(s.marginsGraph)
	s.last = stage{graph, classes, over(classes, last.Calls)}
	return s, err
}

func over(a, b int) int { return (a + b - 1) / b }

func (s *staged) addRelus(schedule *Schedule) error {
	technique, relus := stagesOf(s.options.Technique), s.program.Network().Relus()
	if len(relus) == 0 {
		return nil // a graph without results does not compile
	}
	if technique == nil {
		graph, err := s.program.Compile(s.allRelus)
		s.stages = []stage{{graph, 1, 1}}
		return err
	}
	for k := range relus {
		parts, calls := partsOf(schedule, k)
		one := stage{rows: parts, count: over(parts, calls)}
		var err error
		one.graph, err = s.program.Compile(func(n *net.Symbolic, args []*Node) []*Node {
			return s.reluGraph(technique, k, one.count, n, args)
		})
		if err != nil {
			return err
		}
		s.stages = append(s.stages, one)
	}
	return nil
}

// partsOf finds how relu k's rows are cut.
func partsOf(schedule *Schedule, k int) (parts, calls int) {
	for _, p := range schedule.Parts {
		if p.relu == k {
			return p.Parts, p.Calls
		}
	}
	panic(fmt.Errorf("%s has no work for relu %d", schedule.Technique, k))
}

// problem takes x, eps and the intervals known so far (l, u in turn).
func (s *staged) problem(n *net.Symbolic, args []*Node) *Problem {
	p := &Problem{Net: n, Region: region.AtEps(s.options.Ball, args[0], args[1])}
	for i := 2; i < len(args); i += 2 {
		p.Intermediate = append(p.Intermediate, Interval{args[i], args[i+1]})
	}
	return p
}

// allRelus bounds every relu's input in one call; its first argument is not used.
func (s *staged) allRelus(n *net.Symbolic, args []*Node) (out []*Node) {
	for _, i := range s.options.Technique.Layers(s.problem(n, args[1:])) {
		out = append(out, i.Lower, i.Upper)
	}
	return out
}

// reluGraph takes the first row of the share, then what problem takes.
func (s *staged) reluGraph(t unitwise, k, count int, n *net.Symbolic, args []*Node) []*Node {
	lower, upper := t.unitBounds(s.problem(n, args[1:]), k, &share{args[0], count})
	return []*Node{lower, upper}
}

// marginsGraph takes the first spec row of the share and the labels, then what problem takes.
func (s *staged) marginsGraph(n *net.Symbolic, args []*Node) []*Node {
	p := s.problem(n, args[2:])
	x := args[2]
	part, classes := &share{args[0], s.last.count}, n.Classes()
	p.Spec = Reshape(part.of(Margins(args[1], classes, x), classes), x.Shape().Dimensions[0], part.count, classes)
	return s.results(p, s.options.Technique.Bound(p))
}

// call bounds one sample, as the compiled graph of an [Evaluator] in one call does: the same results in the same order.
func (s *staged) call(x, labels, eps any) ([][]float64, error) {
	network := s.program.Network()
	known, layers := []any{x, eps}, [][]float64(nil)
	defer func() {
		for _, t := range known[2:] {
			t.(*tensors.Tensor).MustFinalizeAll()
		}
	}()
	for k := range s.stages {
		bounds, err := s.shares(s.stages[k], known, 0)
		if err != nil {
			return nil, err
		}
		for _, b := range bounds {
			relu := network.Relus()[(len(known)-2)/2]
			layers = append(layers, b)
			known = append(known, s.program.Floats(b, append([]int{1}, network.ShapeOf(relu)...)...))
		}
	}
	results, err := s.shares(s.last, append([]any{labels}, known...), 1)
	if s.options.Layers {
		results = append(results, layers...)
	}
	return results, err
}

// shares calls a stage for every share of its rows and joins the results, but for the first ones, which do not depend
// on the share.
func (s *staged) shares(one stage, args []any, same int) (joined [][]float64, err error) {
	for from := 0; from < one.rows; from += one.count {
		first := min(from, one.rows-one.count)
		results, err := one.graph.Values(append([]any{tensors.FromScalar(int32(first))}, args...)...)
		if err != nil {
			return nil, err
		}
		if joined == nil {
			joined = make([][]float64, len(results))
		}
		for i, values := range results {
			if i >= same {
				values = values[(from-first)*len(values)/one.count:] // the share before had those
			} else if from > 0 {
				continue
			}
			joined[i] = append(joined[i], values...)
		}
	}
	return joined, nil
}
