//go:build goexperiment.simd

package vector

import "simd"

// Range makes ok[q] 0 if the number of some listed unit's lane q is larger in size than the limit, or no number;
// else ok[q] is 1.
func Range(ok *[Lanes]float64, block []float64, units []int32, limit float64) {
	l := simd.Float64s{}.Len()
	most, one := simd.BroadcastFloat64s(limit), simd.BroadcastFloat64s(1)
	for p := 0; p < Lanes; p += l {
		within := one.Equal(one)
		for _, i := range units {
			within = within.And(simd.LoadFloat64s(block[int(i)*Lanes+p:]).Abs().LessEqual(most))
		}
		one.Masked(within).Store(ok[p:])
	}
}

// Weigh adds, over the listed units, block times a to dot and the size of block times b to size, lane by lane.
func Weigh(dot, size *[Lanes]float64, block []float64, units []int32, a, b []float64) {
	l := simd.Float64s{}.Len()
	for p := 0; p < Lanes; p += l {
		d, s := simd.LoadFloat64s(dot[p:]), simd.LoadFloat64s(size[p:])
		for _, i := range units {
			x := simd.LoadFloat64s(block[int(i)*Lanes+p:])
			d = x.MulAdd(simd.BroadcastFloat64s(a[i]), d)
			s = x.Abs().MulAdd(simd.BroadcastFloat64s(b[i]), s)
		}
		d.Store(dot[p:])
		s.Store(size[p:])
	}
}

// Spread adds the listed rows of a sparse matrix, each times its unit's numbers in a block, to out: lane q of out's
// unit index[k] gets value[k] times lane q, for k from start[i] to start[i+1].
func Spread(out, block []float64, units, start, index []int32, value []float64) {
	l := simd.Float64s{}.Len()
	for p := 0; p < Lanes; p += l {
		for _, i := range units {
			x := simd.LoadFloat64s(block[int(i)*Lanes+p:])
			at, w := index[start[i]:start[i+1]], value[start[i]:start[i+1]]
			w = w[:len(at)]
			for k, j := range at {
				to := out[int(j)*Lanes+p:]
				x.MulAdd(simd.BroadcastFloat64s(w[k]), simd.LoadFloat64s(to)).Store(to)
			}
		}
	}
}

// SpreadDense is [Spread] for a dense matrix with a number of columns.
func SpreadDense(out, block []float64, units []int32, value []float64, columns int) {
	l := simd.Float64s{}.Len()
	p := 0
	for ; p+2*l <= columns; p += 2 * l {
		for q := 0; q < Lanes; q += 4 {
			spreadTile(out[p*Lanes+q:], block[q:], units, value[p:], columns, l)
		}
	}
	for ; p < columns; p++ {
		to := out[p*Lanes:][:Lanes]
		for _, i := range units {
			w := value[int(i)*columns+p]
			for q, x := range block[int(i)*Lanes:][:Lanes] {
				to[q] += w * x
			}
		}
	}
}

// spreadTile is two vectors of columns and four lanes.
func spreadTile(out, block []float64, units []int32, value []float64, columns, l int) {
	var a0, a1, a2, a3, b0, b1, b2, b3 simd.Float64s
	for _, i := range units {
		w, x := value[int(i)*columns:][:2*l], block[int(i)*Lanes:][:4]
		v, u := simd.LoadFloat64s(w), simd.LoadFloat64s(w[l:])
		x0, x1 := simd.BroadcastFloat64s(x[0]), simd.BroadcastFloat64s(x[1])
		x2, x3 := simd.BroadcastFloat64s(x[2]), simd.BroadcastFloat64s(x[3])
		a0, b0 = v.MulAdd(x0, a0), u.MulAdd(x0, b0)
		a1, b1 = v.MulAdd(x1, a1), u.MulAdd(x1, b1)
		a2, b2 = v.MulAdd(x2, a2), u.MulAdd(x2, b2)
		a3, b3 = v.MulAdd(x3, a3), u.MulAdd(x3, b3)
	}
	var sums [8 * Lanes]float64
	for q, s := range [8]simd.Float64s{a0, b0, a1, b1, a2, b2, a3, b3} {
		s.Store(sums[q*l:])
	}
	for q := range 4 {
		for k, s := range sums[2*q*l : 2*(q+1)*l] {
			out[k*Lanes+q] += s
		}
	}
}

// Relax replaces h, the numbers of the listed units in a block, by nu in out, as the units' lines say, and adds to
// least and most the ends of h relu(z) - nu z, and their sizes: see [Line].
func Relax(out, block []float64, units []int32, lines []Line, least, most *Ends) {
	l := simd.Float64s{}.Len()
	zero := simd.Float64s{}
	for p := 0; p < Lanes; p += l {
		low, lowSize := simd.LoadFloat64s(least.Sum[p:]), simd.LoadFloat64s(least.Size[p:])
		high, highSize := simd.LoadFloat64s(most.Sum[p:]), simd.LoadFloat64s(most.Size[p:])
		for _, i := range units {
			t := &lines[i]
			h := simd.LoadFloat64s(block[int(i)*Lanes+p:])
			slope := simd.BroadcastFloat64s(t.Negative).IfElse(h.Less(zero), simd.BroadcastFloat64s(t.Positive))
			nu := h.Mul(slope)
			nu.Store(out[int(i)*Lanes+p:])
			a := h.Mul(simd.BroadcastFloat64s(t.AtLower)).Sub(nu).Mul(simd.BroadcastFloat64s(t.Lower))
			b := h.Mul(simd.BroadcastFloat64s(t.AtUpper)).Sub(nu).Mul(simd.BroadcastFloat64s(t.Upper))
			x, y := a.Min(b), a.Max(b)
			if t.Kink {
				x, y = x.Min(zero), y.Max(zero)
			}
			low, lowSize = low.Add(x), lowSize.Add(x.Abs())
			high, highSize = high.Add(y), highSize.Add(y.Abs())
		}
		low.Store(least.Sum[p:])
		lowSize.Store(least.Size[p:])
		high.Store(most.Sum[p:])
		highSize.Store(most.Size[p:])
	}
}

// Extremes makes least and most the ends of block . x over lower <= x <= upper, over the listed units and lane by lane;
// both sizes become the size of block times the sizes of x.
func Extremes(least, most *Ends, block []float64, units []int32, lower, upper, sizes []float64) {
	l := simd.Float64s{}.Len()
	for p := 0; p < Lanes; p += l {
		low, high, size := simd.Float64s{}, simd.Float64s{}, simd.Float64s{}
		for _, i := range units {
			x := simd.LoadFloat64s(block[int(i)*Lanes+p:])
			a, b := x.Mul(simd.BroadcastFloat64s(lower[i])), x.Mul(simd.BroadcastFloat64s(upper[i]))
			low, high = low.Add(a.Min(b)), high.Add(a.Max(b))
			size = x.Abs().MulAdd(simd.BroadcastFloat64s(sizes[i]), size)
		}
		low.Store(least.Sum[p:])
		high.Store(most.Sum[p:])
		size.Store(least.Size[p:])
		size.Store(most.Size[p:])
	}
}

// Gather makes out the rows of a sparse matrix times in, plus the bias: the other way round than [Spread].
func Gather(out, in, bias []float64, start, index []int32, value []float64) {
	l := simd.Float64s{}.Len()
	for p := 0; p < Lanes; p += l {
		for i, c := range bias {
			at, w := index[start[i]:start[i+1]], value[start[i]:start[i+1]]
			w = w[:len(at)]
			a, b := simd.BroadcastFloat64s(c), simd.Float64s{}
			k := 0
			for ; k+2 <= len(at); k += 2 {
				a = simd.LoadFloat64s(in[int(at[k])*Lanes+p:]).MulAdd(simd.BroadcastFloat64s(w[k]), a)
				b = simd.LoadFloat64s(in[int(at[k+1])*Lanes+p:]).MulAdd(simd.BroadcastFloat64s(w[k+1]), b)
			}
			if k < len(at) {
				a = simd.LoadFloat64s(in[int(at[k])*Lanes+p:]).MulAdd(simd.BroadcastFloat64s(w[k]), a)
			}
			a.Add(b).Store(out[i*Lanes+p:])
		}
	}
}

// GatherDense is [Gather] for a dense matrix with a number of columns.
func GatherDense(out, in, bias, value []float64, columns int) {
	l := simd.Float64s{}.Len()
	for p := 0; p < Lanes; p += l {
		for i, c := range bias {
			w := value[i*columns:][:columns]
			a, b := simd.BroadcastFloat64s(c), simd.Float64s{}
			k := 0
			for ; k+2 <= len(w); k += 2 {
				a = simd.LoadFloat64s(in[k*Lanes+p:]).MulAdd(simd.BroadcastFloat64s(w[k]), a)
				b = simd.LoadFloat64s(in[(k+1)*Lanes+p:]).MulAdd(simd.BroadcastFloat64s(w[k+1]), b)
			}
			if k < len(w) {
				a = simd.LoadFloat64s(in[k*Lanes+p:]).MulAdd(simd.BroadcastFloat64s(w[k]), a)
			}
			a.Add(b).Store(out[i*Lanes+p:])
		}
	}
}
