//go:build !goexperiment.simd

package vector

import "math"

// Range makes ok[q] 0 if the number of some listed unit's lane q is larger in size than the limit, or no number;
// else ok[q] is 1.
func Range(ok *[Lanes]float64, block []float64, units []int32, limit float64) {
	for q := range ok {
		ok[q] = 1
		for _, i := range units {
			if !(math.Abs(block[int(i)*Lanes+q]) <= limit) {
				ok[q] = 0
			}
		}
	}
}

// Weigh adds, over the listed units, block times a to dot and the size of block times b to size, lane by lane.
func Weigh(dot, size *[Lanes]float64, block []float64, units []int32, a, b []float64) {
	for _, i := range units {
		for q, x := range block[int(i)*Lanes:][:Lanes] {
			dot[q] += x * a[i]
			size[q] += math.Abs(x) * b[i]
		}
	}
}

// Spread adds the listed rows of a sparse matrix, each times its unit's numbers in a block, to out: lane q of out's
// unit index[k] gets value[k] times lane q, for k from start[i] to start[i+1].
func Spread(out, block []float64, units, start, index []int32, value []float64) {
	for _, i := range units {
		x := block[int(i)*Lanes:][:Lanes]
		for k := start[i]; k < start[i+1]; k++ {
			addLanes(out[int(index[k])*Lanes:][:Lanes], x, value[k])
		}
	}
}

// SpreadDense is [Spread] for a dense matrix with a number of columns.
func SpreadDense(out, block []float64, units []int32, value []float64, columns int) {
	for _, i := range units {
		x := block[int(i)*Lanes:][:Lanes]
		for j, w := range value[int(i)*columns:][:columns] {
			addLanes(out[j*Lanes:][:Lanes], x, w)
		}
	}
}

func addLanes(to, x []float64, w float64) {
	for q, f := range x {
		to[q] += w * f
	}
}

// Relax replaces h, the numbers of the listed units in a block, by nu in out, as the units' lines say, and adds to
// least and most the ends of h relu(z) - nu z, and their sizes: see [Line].
func Relax(out, block []float64, units []int32, lines []Line, least, most *Ends) {
	for _, i := range units {
		t, to := &lines[i], out[int(i)*Lanes:][:Lanes]
		for q, h := range block[int(i)*Lanes:][:Lanes] {
			nu := h * t.Positive
			if h < 0 {
				nu = h * t.Negative
			}
			to[q] = nu
			a, b := (h*t.AtLower-nu)*t.Lower, (h*t.AtUpper-nu)*t.Upper
			x, y := min(a, b), max(a, b)
			if t.Kink {
				x, y = min(x, 0), max(y, 0)
			}
			least.add(q, x)
			most.add(q, y)
		}
	}
}

func (e *Ends) add(q int, x float64) {
	e.Sum[q] += x
	e.Size[q] += math.Abs(x)
}

// Extremes makes least and most the ends of block . x over lower <= x <= upper, over the listed units and lane by lane;
// both sizes become the size of block times the sizes of x.
func Extremes(least, most *Ends, block []float64, units []int32, lower, upper, sizes []float64) {
	*least, *most = Ends{}, Ends{}
	for _, i := range units {
		for q, x := range block[int(i)*Lanes:][:Lanes] {
			a, b := x*lower[i], x*upper[i]
			least.Sum[q] += min(a, b)
			most.Sum[q] += max(a, b)
			least.Size[q] += math.Abs(x) * sizes[i]
		}
	}
	most.Size = least.Size
}

// Gather makes out the rows of a sparse matrix times in, plus the bias: the other way round than [Spread].
func Gather(out, in, bias []float64, start, index []int32, value []float64) {
	for i, c := range bias {
		to := out[i*Lanes:][:Lanes]
		for q := range to {
			to[q] = c
		}
		for k := start[i]; k < start[i+1]; k++ {
			addLanes(to, in[int(index[k])*Lanes:][:Lanes], value[k])
		}
	}
}

// GatherDense is [Gather] for a dense matrix with a number of columns.
func GatherDense(out, in, bias, value []float64, columns int) {
	for i, c := range bias {
		to := out[i*Lanes:][:Lanes]
		for q := range to {
			to[q] = c
		}
		for j, w := range value[i*columns:][:columns] {
			addLanes(to, in[j*Lanes:][:Lanes], w)
		}
	}
}
