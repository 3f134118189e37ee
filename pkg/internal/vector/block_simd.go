//go:build goexperiment.simd

package vector

import "simd"

// Range makes ok[q] 0 where the number of some listed unit's lane q is larger in size than the limit, or no number;
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

// SpreadDense is [Spread] for a dense matrix with so many columns.
func SpreadDense(out, block []float64, units []int32, value []float64, columns int) {
	l := simd.Float64s{}.Len()
	for p := 0; p < Lanes; p += l {
		k := 0
		for ; k+4 <= len(units); k += 4 {
			spreadFour(out[p:], block[p:], [4]int32(units[k:]), value, columns)
		}
		for _, i := range units[k:] {
			x := simd.LoadFloat64s(block[int(i)*Lanes+p:])
			for j, w := range value[int(i)*columns:][:columns] {
				to := out[j*Lanes+p:]
				x.MulAdd(simd.BroadcastFloat64s(w), simd.LoadFloat64s(to)).Store(to)
			}
		}
	}
}

func spreadFour(out, block []float64, units [4]int32, value []float64, columns int) {
	a, b, c, d := int(units[0]), int(units[1]), int(units[2]), int(units[3])
	x0, x1 := simd.LoadFloat64s(block[a*Lanes:]), simd.LoadFloat64s(block[b*Lanes:])
	x2, x3 := simd.LoadFloat64s(block[c*Lanes:]), simd.LoadFloat64s(block[d*Lanes:])
	w0, w1 := value[a*columns:][:columns], value[b*columns:][:columns]
	w2, w3 := value[c*columns:][:columns], value[d*columns:][:columns]
	for j := range w0 {
		to := out[j*Lanes:]
		s := x0.MulAdd(simd.BroadcastFloat64s(w0[j]), simd.LoadFloat64s(to))
		t := x1.Mul(simd.BroadcastFloat64s(w1[j]))
		s = x2.MulAdd(simd.BroadcastFloat64s(w2[j]), s)
		t = x3.MulAdd(simd.BroadcastFloat64s(w3[j]), t)
		s.Add(t).Store(to)
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
