package prove

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tightrope/pkg/property"
)

// withoutDeadline is how long neurons are split where nothing limits the time.
const withoutDeadline = time.Minute

// intervals refutes the cases of a group of a smooth network by splitting the intervals of neurons for half of the time
// that is left, and then the box of inputs. Nobody knows which of the two will decide: a box of many inputs needs many
// splits, and neurons that depend on each other need many splits together.
func (s *solver) intervals(ctx context.Context, i int, g *property.Group, b *boxes) (
	*property.Part, *property.Replay, string, error,
) {
	limit := withoutDeadline
	if deadline, ok := ctx.Deadline(); ok {
		limit = time.Until(deadline) / 2
	}
	s.options.Log("box %d: %d inputs move, more than %d, and the network has %s: the intervals of neurons are split "+
		"for at most %s, then the box of inputs", i, len(b.free), s.options.Inputs,
		strings.Join(s.problem.Net.Smooth(), " and "), limit.Round(time.Second/10))
	s.slow = fmt.Sprintf("the network has %s: splitting the intervals of its neurons for half of the time did not "+
		"end, nor boxes of %d inputs", strings.Join(s.problem.Net.Smooth(), " and "), len(b.free))
	half, stop := context.WithTimeout(ctx, limit)
	defer stop()
	part, point, _, err := s.neurons(half, g, b)
	if part != nil || point != nil || ctx.Err() != nil || err != nil && half.Err() == nil {
		return part, point, "", err
	}
	s.options.Log("box %d: splitting the intervals of neurons did not end: the box of inputs is split", i)
	return b.search(ctx)
}
