package bound

import (
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"tightrope/pkg/backend"
)

// lowerMedian is the element of rank floor((k-1)/2) along axis 1 of x >= 0: [batch, k, units...] -> [batch, units...].
// (The mean of the two middle elements is biased upwards by 2.6 % at k = 50.) The gradient passes to the element that
// is picked, or equally to ties.
func lowerMedian(x *Node) *Node {
	median := BroadcastToDims(selectRank(StopGradient(x), (x.Shape().Dimensions[1]-1)/2), x.Shape().Dimensions...)
	picked := ConvertDType(Equal(StopGradient(x), median), x.DType())
	return ReduceSum(Mul(x, Div(picked, ReduceAndKeep(picked, ReduceSum, 1))), 1)
}

// mostCompared is how many elements XLA selects from by comparators, whose number grows faster.
const mostCompared = 64

// selectRank is the element of x >= 0 of a rank (from 0) along axis 1, without gradient: [batch, 1, units...].
func selectRank(x *Node, rank int) *Node {
	switch {
	case !backend.IsXLA(x.Graph().Backend()):
		return selectBits(x, rank) // 40 times faster than sorting on the pure-Go backend
	case x.Shape().Dimensions[1] <= mostCompared:
		return selectByComparators(x, rank)
	}
	return Slice(Sort(x, 1, true), AxisRange(), AxisRange(rank, rank+1))
}

// selectByComparators finds the element by a sorting network, whose minima and maxima of whole slices fill vector
// registers and need no copies, unlike XLA's sort.
func selectByComparators(x *Node, rank int) *Node {
	values := make([]*Node, x.Shape().Dimensions[1])
	for i := range values {
		values[i] = Slice(x, AxisRange(), AxisRange(i, i+1))
	}
	for _, c := range comparators(len(values), rank) {
		low, high := values[c.low], values[c.high]
		values[c.low], values[c.high] = Min(low, high), Max(low, high)
	}
	return values[rank]
}

// comparator puts the smaller of two elements at low and the larger one at high.
type comparator struct{ low, high int }

// comparators are those of Batcher's odd-even merge sort of n elements on which the result at a rank depends, in order
// (Knuth, The Art of Computer Programming, volume 3, 5.2.2).
func comparators(n, rank int) (used []comparator) {
	needed := make([]bool, n)
	needed[rank] = true
	for _, c := range slices.Backward(oddEvenMergeSort(n)) {
		if needed[c.low] || needed[c.high] {
			needed[c.low], needed[c.high] = true, true
			used = append(used, c)
		}
	}
	slices.Reverse(used)
	return used
}

// oddEvenMergeSort sorts n elements: runs of 2p are merged from two of p, at distances p, p/2, ..., 1.
func oddEvenMergeSort(n int) (all []comparator) {
	for p := 1; p < n; p *= 2 {
		for distance := p; distance >= 1; distance /= 2 {
			for i := distance % p; i+distance < n; i++ {
				sameRun := i/(2*p) == (i+distance)/(2*p)
				if (i-distance%p)/distance%2 == 0 && sameRun {
					all = append(all, comparator{i, i + distance})
				}
			}
		}
	}
	return all
}

// selectBits finds the element bit by bit: floats of one sign are ordered as the integers of the same bits.
func selectBits(x *Node, rank int) *Node {
	integer, top := dtypes.Int32, 30
	if x.DType() == dtypes.Float64 {
		integer, top = dtypes.Int64, 62
	}
	bits := Bitcast(x, integer)
	limit := Scalar(x.Graph(), integer, float64(rank))
	found := ZerosLike(ReduceAndKeep(bits, ReduceMin, 1))
	for bit := top; bit >= 0; bit-- {
		higher := Add(found, Scalar(x.Graph(), integer, math.Ldexp(1, bit)))
		below := ReduceAndKeep(ConvertDType(LessThan(bits, higher), integer), ReduceSum, 1)
		found = Where(LessOrEqual(below, limit), higher, found)
	}
	return Bitcast(found, x.DType())
}
