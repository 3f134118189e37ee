package bound

import (
	"math"

	"tightrope/pkg/net"
)

// Graphs are compiled for a number of rows, so the units that need rows are filled up to one of a few counts. All relus
// share one level, at which dense layers have all units times a power of the root of 1/2, convolutions of 1/2 (fewer of
// theirs are needed as training continues).

// ScreenLevels is the number of levels. At level 0 all units have rows; beyond the last one rows cost next to nothing.
const ScreenLevels = 11

// ScreenLevel is the highest level whose counts suffice, for the scores of [FastLin.Screen] of the relus after the
// first, as many as there are yet.
func ScreenLevel(n *net.Network, scores [][]float64) int {
	level := ScreenLevels - 1
	for k, s := range scores {
		for level > 0 && capacity(n, k, len(s), level) < positive(s) {
			level--
		}
	}
	return level
}

// NeededUnits are, for such scores and a level that is not above [ScreenLevel], the indices of the positive ones,
// ascending, and of others that fill them up to the level's count.
func NeededUnits(n *net.Network, scores [][]float64, level int) [][]int32 {
	picked := make([][]int32, len(scores))
	for k, s := range scores {
		picked[k] = fill(s, capacity(n, k, len(s), level))
	}
	return picked
}

// ScreenedFLOPs are the operations for one sample's rows at a level.
func ScreenedFLOPs(n *net.Network, level int) (flops float64) {
	for k, w := range (model{Network: n}).unitRows() {
		if k > 0 {
			flops += w.FLOPs * float64(capacity(n, k-1, w.Rows, level)) / float64(w.Rows)
		}
	}
	return flops
}

// capacity is how many of all units are picked for the relu after relu k at a level.
func capacity(n *net.Network, k, all, level int) int {
	shrink := math.Sqrt2 / 2
	if len(n.ShapeOf(n.Relus()[k+1])) == 3 {
		shrink = 0.5
	}
	return int(math.Ceil(float64(all) * math.Pow(shrink, float64(level))))
}

// fill is count indices, those of positive scores among them.
func fill(scores []float64, count int) []int32 {
	spare := count - positive(scores)
	index := make([]int32, 0, count)
	for i, s := range scores {
		if s <= 0 {
			if spare == 0 {
				continue
			}
			spare--
		}
		index = append(index, int32(i))
	}
	return index
}

func positive(scores []float64) (n int) {
	for _, s := range scores {
		if !(s <= 0) { // NaN is needed too
			n++
		}
	}
	return n
}
