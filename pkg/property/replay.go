package property

import (
	"fmt"
	"math"
	"strings"

	"tightrope/pkg/onnx"
	"tightrope/pkg/verify/cert"
	"tightrope/pkg/vnnlib"
)

// Replay is a point that was evaluated on the graph as its file has it.
type Replay struct {
	X []float64 // [inputs] in the graph's order
	Y []float64 // [outputs] in float64
	// Slack is the smaller of two numbers, one in float64 and one in float32: the smallest margin of the rows of the
	// case that the point meets best.
	Slack float64
	// Difference is the largest difference between the margins of these rows in the two precisions.
	Difference float64
	// doubt says why the rows may not be met in real arithmetic; only networks with smooth activations have doubts.
	doubt error
}

// Err returns nil if the point is a counterexample: it meets every row in both precisions, with a slack beyond their
// difference. With smooth activations, it must also be proved to do so in real arithmetic.
func (r *Replay) Err() error {
	if !(r.Slack >= 2*r.Difference) {
		return cert.Refused("the point meets the rows with a slack of only %.3g, and float32 and float64 differ by "+
			"%.3g",
			r.Slack,
			r.Difference)
	}
	if r.doubt != nil {
		return cert.Refused("the rows are met in floating point, but not provably in real arithmetic: %v", r.doubt)
	}
	return nil
}

// Replayer evaluates points. It is not safe for concurrent use.
type Replayer struct {
	problem *Problem
	wide    *onnx.Evaluator[float64]
	narrow  *onnx.Evaluator[float32]
}

// NewReplayer prepares the evaluation of points.
func (p *Problem) NewReplayer() *Replayer {
	return &Replayer{p, onnx.NewEvaluator[float64](p.Graph), onnx.NewEvaluator[float32](p.Graph)}
}

// Replay evaluates a point x, [inputs] in the graph's order, on the graph, in float64 and (after rounding) in float32.
// It returns an error for a point of a wrong size, and for one that is in no box of the property. The bounds of boxes
// are rounded to the nearest float64.
func (p *Problem) Replay(x []float64) (*Replay, error) { return p.NewReplayer().Run(x) }

// Run is [Problem.Replay].
func (r *Replayer) Run(x []float64) (*Replay, error) {
	y64, err := r.wide.Run(x)
	if err != nil {
		return nil, err
	}
	x32 := make([]float32, len(x))
	for i, v := range x {
		x32[i] = float32(v)
	}
	small, err := r.narrow.Run(x32)
	if err != nil {
		return nil, err
	}
	y32 := make([]float64, len(small))
	for i, v := range small {
		y32[i] = float64(v)
	}
	best := &Replay{X: x, Y: y64, Slack: math.Inf(-1)}
	found, at := false, 0
	for i, c := range r.problem.Exact.Cases {
		if c.Box.Contains(x) {
			found = true
			if own := slack(c, y64, y32); own.Slack-2*own.Difference > best.Slack-2*best.Difference {
				best.Slack, best.Difference, at = own.Slack, own.Difference, i
			}
		}
	}
	if !found {
		return nil, fmt.Errorf("the point is in no box of the property")
	}
	if len(r.problem.Net.Smooth()) > 0 && best.Err() == nil {
		best.doubt = r.problem.meets(x, r.problem.Exact.Cases[at])
	}
	return best, nil
}

// slack returns the smallest margin of a case's rows at two outputs, and the largest difference between them.
func slack(c vnnlib.Case, a, b []float64) Replay {
	own := Replay{Slack: min(c.Slack(a), c.Slack(b))}
	for _, r := range c.Rows {
		own.Difference = max(own.Difference, math.Abs(r.Margin(a)-r.Margin(b)))
	}
	return own
}

// shortBox shows the first bounds of a box.
func shortBox(n node) string {
	var parts []string
	for k := range n.lower {
		if len(parts) == 6 {
			return strings.Join(append(parts, "..."), " x ")
		}
		if n.lower[k] < n.upper[k] {
			parts = append(parts, fmt.Sprintf("[%.6g, %.6g]", n.lower[k], n.upper[k]))
		}
	}
	return strings.Join(parts, " x ")
}
