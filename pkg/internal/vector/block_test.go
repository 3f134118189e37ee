package vector

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// some are a few of n units, in random order, none twice.
func some(r *rand.Rand, n int) (units []int32) {
	for _, i := range r.Perm(n)[:r.IntN(n+1)] {
		units = append(units, int32(i))
	}
	return units
}

// TestSpread compares products of a block with matrices, dense and sparse, with plain loops in either direction.
func TestSpread(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		n, columns := 1+r.IntN(9), 1+r.IntN(70)
		w, block, units := numbers(r, n*columns), numbers(r, n*Lanes), some(r, n)
		start, index, value := []int32{0}, []int32{}, []float64{}
		for i := range n {
			for j := range columns {
				if r.IntN(2) == 0 {
					w[i*columns+j] = 0
				} else {
					index, value = append(index, int32(j)), append(value, w[i*columns+j])
				}
			}
			start = append(start, int32(len(index)))
		}
		dense := numbers(r, columns*Lanes)
		want, sparse := slices.Clone(dense), slices.Clone(dense)
		for _, i := range units {
			for j := range columns {
				for q := range Lanes {
					want[j*Lanes+q] += w[int(i)*columns+j] * block[int(i)*Lanes+q]
				}
			}
		}
		SpreadDense(dense, block, units, w, columns)
		Spread(sparse, block, units, start, index, value)
		same(t, "dense", dense, want)
		same(t, "sparse", sparse, want)
		in, bias, back := numbers(r, columns*Lanes), numbers(r, n), make([]float64, n*Lanes)
		for i := range n {
			for q := range Lanes {
				back[i*Lanes+q] = bias[i]
				for j := range columns {
					back[i*Lanes+q] += w[i*columns+j] * in[j*Lanes+q]
				}
			}
		}
		dense, sparse = numbers(r, n*Lanes), numbers(r, n*Lanes)
		GatherDense(dense, in, bias, w, columns)
		Gather(sparse, in, bias, start, index, value)
		same(t, "gathered, dense", dense, back)
		same(t, "gathered, sparse", sparse, back)
	}
}

func same(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i := range got {
		if !near(got[i], want[i]) {
			t.Fatalf("%s: entry %d is %v, not %v", what, i, got[i], want[i])
		}
	}
}

// TestRelax compares nu and the ends of h relu(z) - nu z with what many z give.
func TestRelax(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		n := 1 + r.IntN(6)
		block, out, units, lines := numbers(r, n*Lanes), make([]float64, n*Lanes), some(r, n), make([]Line, n)
		for i := range lines {
			l := r.NormFloat64()
			u := l + r.ExpFloat64()
			lines[i] = Line{Negative: r.Float64(), Positive: r.Float64(), Lower: l, Upper: u, Kink: l <= 0 && u >= 0}
			if l > 0 {
				lines[i].AtLower = 1
			}
			if u > 0 {
				lines[i].AtUpper = 1
			}
		}
		var least, most Ends
		Relax(out, block, units, lines, &least, &most)
		var low, high, lowSize, highSize [Lanes]float64
		for _, i := range units {
			for q := range Lanes {
				h, nu, a, b := block[int(i)*Lanes+q], out[int(i)*Lanes+q], math.Inf(1), math.Inf(-1)
				slope := lines[i].Positive
				if h < 0 {
					slope = lines[i].Negative
				}
				if !near(nu, slope*h) {
					t.Fatalf("nu = %v for h = %v and the slope %v", nu, h, slope)
				}
				l, u := lines[i].Lower, lines[i].Upper
				for _, z := range []float64{l, u, min(max(0, l), u)} {
					a, b = min(a, h*max(z, 0)-nu*z), max(b, h*max(z, 0)-nu*z)
				}
				low[q], high[q] = low[q]+a, high[q]+b
				lowSize[q], highSize[q] = lowSize[q]+math.Abs(a), highSize[q]+math.Abs(b)
			}
		}
		same(t, "least", least.Sum[:], low[:])
		same(t, "most", most.Sum[:], high[:])
		same(t, "size of least", least.Size[:], lowSize[:])
		same(t, "size of most", most.Size[:], highSize[:])
	}
}

// TestEnds compares weighted sums, and the ends over a box, with plain loops; every lane out of range is found.
func TestEnds(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 300 {
		n := 1 + r.IntN(20)
		block, units, a, b, c := numbers(r, n*Lanes), some(r, n), numbers(r, n), numbers(r, n), numbers(r, n)
		for i := range a {
			a[i], b[i] = min(a[i], b[i]), max(a[i], b[i])
		}
		var dot, size, low, high, wide, ok, good [Lanes]float64
		for q := range ok {
			good[q] = 1
		}
		if k := r.IntN(n * Lanes); r.IntN(2) == 0 {
			block[k] = []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e30, -1e30}[r.IntN(5)]
			if slices.Contains(units, int32(k/Lanes)) {
				good[k%Lanes] = 0
			}
		}
		Range(&ok, block, units, 1e20)
		same(t, "range", ok[:], good[:])
		for i, x := range block {
			if !(math.Abs(x) <= 1e20) {
				block[i] = 0.5
			}
		}
		var least, most Ends
		Weigh(&dot, &size, block, units, a, b)
		Extremes(&least, &most, block, units, a, b, c)
		var wantDot, wantSize [Lanes]float64
		for _, i := range units {
			for q, x := range block[int(i)*Lanes:][:Lanes] {
				wantDot[q] += x * a[i]
				wantSize[q] += math.Abs(x) * b[i]
				low[q] += min(x*a[i], x*b[i])
				high[q] += max(x*a[i], x*b[i])
				wide[q] += math.Abs(x) * c[i]
			}
		}
		same(t, "dot", dot[:], wantDot[:])
		same(t, "size", size[:], wantSize[:])
		same(t, "least", least.Sum[:], low[:])
		same(t, "most", most.Sum[:], high[:])
		same(t, "size of least", least.Size[:], wide[:])
		same(t, "size of most", most.Size[:], wide[:])
	}
}
