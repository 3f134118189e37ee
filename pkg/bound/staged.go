package bound

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/internal/engine"
	"tightrope/pkg/net"
	"tightrope/pkg/region"
)

// rowwise is a technique whose margins can be found by a call for every few spec rows.
type rowwise interface {
	Technique
	// units is the technique that bounds the relus' inputs in calls of their own, or nil if one call gives all.
	units() unitwise
}

// unitwise is a technique that bounds the units of one relu's input from the bounds of the relus before, a range of
// units at a time.
type unitwise interface {
	Technique
	// unitBounds gives [batch, rows of the range], given p.Intermediate[:k].
	unitBounds(p *Problem, k int, only *unitRange) (lower, upper *Node)
}

// unitsOf is the technique that bounds the relus of t in calls of their own, or nil if one call gives all of them.
func unitsOf(t Technique) unitwise {
	if t, ok := t.(rowwise); ok {
		return t.units()
	}
	return nil
}

// units implements rowwise.
func (f FastLin) units() unitwise {
	if f.Intermediate == nil {
		return f
	}
	return unitsOf(f.Intermediate)
}

// units implements rowwise.
func (c CROWN) units() unitwise {
	if c.Intermediate == nil {
		return c
	}
	return unitsOf(c.Intermediate)
}

// staged runs a technique relu by relu, each in as many calls as its [Schedule] says, on one sample at a time.
type staged struct {
	*Evaluator
	relus   []rowCalls // one that bounds all of them where the technique's are found in one call
	margins rowCalls
}

// rowCalls is a compiled graph that is called for a few rows at a time.
type rowCalls struct {
	graph       *engine.Compiled
	rows, count int // in all, and of one call
}

func newStaged(e *Evaluator, schedule *Schedule) (*staged, error) {
	s := &staged{Evaluator: e}
	if err := s.addRelus(schedule); err != nil {
		return nil, err
	}
	classes, last := e.program.Network().Classes(), schedule.Parts[len(schedule.Parts)-1] // the margins
	graph, err := e.program.Compile(s.marginsGraph)
	s.margins = rowCalls{graph, classes, over(classes, last.Calls)}
	return s, err
}

func over(a, b int) int { return (a + b - 1) / b }

func (s *staged) addRelus(schedule *Schedule) error {
	technique, relus := unitsOf(s.options.Technique), s.program.Network().Activations()
	if len(relus) == 0 {
		return nil // a graph without results does not compile
	}
	if technique == nil {
		graph, err := s.program.Compile(s.allRelus)
		s.relus = []rowCalls{{graph, 1, 1}}
		return err
	}
	for k := range relus {
		rows, calls := rowsOf(schedule, k)
		one := rowCalls{rows: rows, count: over(rows, calls)}
		var err error
		one.graph, err = s.program.Compile(func(n *net.Symbolic, args []*Node) []*Node {
			return s.reluGraph(technique, k, one.count, n, args)
		})
		if err != nil {
			return err
		}
		s.relus = append(s.relus, one)
	}
	return nil
}

// rowsOf finds how relu k's rows are cut.
func rowsOf(schedule *Schedule, k int) (rows, calls int) {
	for _, p := range schedule.Parts {
		if p.relu == k {
			return p.Pieces, p.Calls
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

// reluGraph takes the first row of the call, then what problem takes.
func (s *staged) reluGraph(t unitwise, k, count int, n *net.Symbolic, args []*Node) []*Node {
	lower, upper := t.unitBounds(s.problem(n, args[1:]), k, &unitRange{args[0], count})
	return []*Node{lower, upper}
}

// marginsGraph takes the first spec row of the call and the labels, then what problem takes.
func (s *staged) marginsGraph(n *net.Symbolic, args []*Node) []*Node {
	p := s.problem(n, args[2:])
	x := args[2]
	only, classes := &unitRange{args[0], s.margins.count}, n.Classes()
	p.Spec = Reshape(only.of(Margins(args[1], classes, x), classes), x.Shape().Dimensions[0], only.count, classes)
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
	for k := range s.relus {
		bounds, err := s.relus[k].call(known, 0)
		if err != nil {
			return nil, err
		}
		for _, b := range bounds {
			relu := network.Activations()[(len(known)-2)/2]
			layers = append(layers, b)
			known = append(known, s.program.Floats(b, append([]int{1}, network.ShapeOf(relu)...)...))
		}
	}
	results, err := s.margins.call(append([]any{labels}, known...), 1)
	if s.options.Layers {
		results = append(results, layers...)
	}
	return results, err
}

// call calls the graph for all rows and joins the results, but for the first ones, same in number, which do not depend
// on the rows.
func (c rowCalls) call(args []any, same int) (joined [][]float64, err error) {
	for from := 0; from < c.rows; from += c.count {
		first := min(from, c.rows-c.count)
		results, err := c.graph.Values(append([]any{tensors.FromScalar(int32(first))}, args...)...)
		if err != nil {
			return nil, err
		}
		if joined == nil {
			joined = make([][]float64, len(results))
		}
		for i, values := range results {
			if i >= same {
				values = values[(from-first)*len(values)/c.count:] // the call before gave those
			} else if from > 0 {
				continue
			}
			joined[i] = append(joined[i], values...)
		}
	}
	return joined, nil
}
