package property

import (
	"fmt"
	"strings"
)

// Covers returns lines that say what a check has proved, and what it has not.
func (r *Report) Covers(p *Problem) []string {
	if r.Answer == Sat {
		return []string{
			fmt.Sprintf("the point lies in the box and meets every row of a case: slack %.3g, float32 and float64 "+
				"differ by %.3g", r.Replay.Slack, r.Replay.Difference),
			"not covered: the network in real arithmetic; the point was evaluated in float32 and float64",
		}
	}
	if len(p.Groups) == 0 {
		return []string{"proved by reading: no input meets the property's own bounds, whatever the network; " +
			p.Exact.Contradiction.Error()}
	}
	lines := []string{fmt.Sprintf("proved for the network in real arithmetic with its stored weights: no input of the "+
		"boxes meets a case (%d leaves, least bound %.3g)", r.Leaves, r.Least)}
	if len(p.Layers.Rounded) > 0 {
		lines = append(lines, "not covered: the rounding of constants that were combined at "+
			strings.Join(p.Layers.Rounded, ", "))
	}
	return append(lines, "not covered: the network as floating-point arithmetic executes it")
}
