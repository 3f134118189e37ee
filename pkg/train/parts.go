package train

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// inParts builds the measures of a batch and their gradient as means over equal parts of the batch, worked off one after another, so
// that only one part's intermediate values are in memory; gradient differentiates a part's loss. The results are those of the whole
// batch to rounding, for every loss is a mean over samples.
func (b *batch) inParts(count int, objective func(*batch) measures, gradient func(loss *Node) []*Node) (m measures, total []*Node) {
	n := b.x.Shape().Dimensions[0] / count
	var reported []*Node
	for i := range count {
		part := *b
		part.x, part.labels, part.needed = rows(b.x, i*n, n), rows(b.labels, i*n, n), nil
		for _, units := range b.needed {
			part.needed = append(part.needed, Squeeze(rows(units, i, 1), 0))
		}
		if i > 0 {
			part.x = after(part.x, total)
		}
		one := objective(&part)
		b.random = part.random // the next part draws anew
		reported = added(reported, one.nodes())
		total = added(total, gradient(one.loss))
	}
	if count == 1 {
		return measuresOf(reported), total
	}
	for _, list := range [][]*Node{reported, total} {
		for k := range list {
			list[k] = DivScalar(list[k], float64(count))
		}
	}
	return measuresOf(reported), total
}

// rows are n samples of x.
func rows(x *Node, from, n int) *Node {
	if n == x.Shape().Dimensions[0] {
		return x
	}
	return SliceAxis(x, 0, AxisRange(from, from+n))
}

// after is x, which a backend cannot know before it has computed the other nodes: it adds 0 times one number of each.
func after(x *Node, others []*Node) *Node {
	var sum *Node
	for _, o := range others {
		one := ReduceAllMin(o)
		if sum == nil {
			sum = one
		} else {
			sum = Add(sum, one)
		}
	}
	return Add(x, StopGradient(MulScalar(sum, 0)))
}

func added(total, more []*Node) []*Node {
	if total == nil {
		return more
	}
	out := make([]*Node, len(total))
	for k := range total {
		out[k] = Add(total[k], more[k])
	}
	return out
}
