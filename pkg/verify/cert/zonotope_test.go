package cert

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"tightrope/pkg/internal/graphgen"
)

// exactValues evaluates every vertex in 512-bit arithmetic.
func exactValues(p *Network, x []*big.Float) [][]*big.Float {
	values := [][]*big.Float{x}
	for i := 1; i < len(p.vertices); i++ {
		v := &p.vertices[i]
		var out []*big.Float
		for j := range v.size {
			switch v.kind {
			case affineVertex:
				s := num(v.bias[j])
				index, value := v.weight.row(j)
				for k, w := range value {
					at := k
					if index != nil {
						at = int(index[k])
					}
					s = add(s, mul(num(w), values[v.from[0]][at]))
				}
				out = append(out, s)
			case reluVertex:
				z := values[v.from[0]][j]
				if z.Sign() < 0 {
					z = num(0)
				}
				out = append(out, z)
			default:
				s := num(0)
				for _, f := range v.from {
					s = add(s, values[f][j])
				}
				out = append(out, s)
			}
		}
		values = append(values, out)
	}
	return values
}

// randomBox is a box around an input: some inputs are fixed, widths differ by powers of ten.
func randomBox(rng *rand.Rand, x []float64, eps float64) (lower, upper []float64) {
	for _, v := range x {
		w := eps * math.Pow(10, -3*rng.Float64())
		if rng.IntN(4) == 0 {
			w = 0
		}
		lower, upper = append(lower, v-w*rng.Float64()), append(upper, v+w*rng.Float64())
	}
	return lower, upper
}

// pointIn is a point of a box, a corner or inside.
func pointIn(rng *rand.Rand, lower, upper []float64) (x []*big.Float) {
	corner := rng.IntN(2) == 0
	for k, l := range lower {
		v := l + (upper[k]-l)*rng.Float64()
		switch {
		case corner && rng.IntN(2) == 0:
			v = l
		case corner:
			v = upper[k]
		}
		x = append(x, num(min(max(v, l), upper[k])))
	}
	return x
}

// combination is random rows, bounds and multipliers.
func combination(rng *rand.Rand, outputs int) (c Combination) {
	for range 1 + rng.IntN(3) {
		row := make([]float64, outputs)
		for j := range row {
			row[j] = rng.NormFloat64()
		}
		c.Lambda, c.Rows, c.Bounds = append(c.Lambda, rng.Float64()), append(c.Rows, row), append(c.Bounds,
			rng.NormFloat64())
	}
	return c
}

// TestZonotope: on boxes of random networks with every kind of layer, no exact value of a relu's input lies outside
// its bounds, and no exact combination of rows below its bound.
func TestZonotope(t *testing.T) {
	tried, unstable := 0, 0
	for seed := range uint64(cases(400)) {
		c := graphgen.New(seed, graphgen.Options{Samples: 1})
		n, rng := plain(t, c.Network), rand.New(rand.NewPCG(seed, 9))
		if len(n.vertices) == 1 || n.Inputs() > 100 {
			continue
		}
		lower, upper := randomBox(rng, c.Sample(0), c.Radii[1])
		r, err := NewBox(n, lower, upper)
		if err != nil {
			t.Fatal(c, err)
		}
		b, err := r.Zonotope(t.Context())
		if err != nil {
			t.Fatal(c, err)
		}
		row := combination(rng, n.Classes())
		for range 6 {
			x := pointIn(rng, lower, upper)
			if err := outside(n, b, x); err != nil {
				t.Fatalf("%v: %v", c, err)
			}
			truth := combined(n, x, row)
			for k, got := range []float64{r.Combine(b, FastLin, row), r.Combine(b, CROWN, row), r.Combine(b, Interval,
				row), r.Adapted(b, row)} {
				if truth.Cmp(num(got)) < 0 {
					t.Fatalf("%v: by rule %d the combination is at least %v, but %v at a point", c, k, got, truth)
				}
			}
		}
		tried++
		for k := range b.Lower {
			for j := range b.Lower[k] {
				if b.Unstable(k, j) {
					unstable++
				}
			}
		}
	}
	if tried < 100 || unstable < tried {
		t.Errorf("only %d boxes with %d unstable units", tried, unstable)
	}
}

// outside is an error if a relu's input lies outside its bounds.
func outside(n *Network, b *Bounds, x []*big.Float) error {
	values := exactValues(n, x)
	for k, at := range n.relus {
		for j, z := range values[n.vertices[at].from[0]] {
			if l, u := b.Lower[k][j], b.Upper[k][j]; z.Cmp(num(l)) < 0 || z.Cmp(num(u)) > 0 {
				return fmt.Errorf("unit %d of relu %d is %v, outside [%v, %v]", j, k, z, l, u)
			}
		}
	}
	return nil
}

// combined is a combination at a point.
func combined(n *Network, x []*big.Float, c Combination) *big.Float {
	values := exactValues(n, x)
	y, total := values[n.output], num(0)
	for i, f := range c.Lambda {
		s := num(-c.Bounds[i])
		for j, a := range c.Rows[i] {
			s = add(s, mul(num(a), y[j]))
		}
		total = add(total, mul(num(f), s))
	}
	return total
}

// TestZonotopeIsTight: the forms are as tight as Fast-Lin's backward passes on the same bounds, which is what provers
// count on.
func TestZonotopeIsTight(t *testing.T) {
	for seed := range uint64(100) {
		c := graphgen.New(seed, graphgen.Options{Samples: 1})
		n, rng := plain(t, c.Network), rand.New(rand.NewPCG(seed, 9))
		lower, upper := randomBox(rng, c.Sample(0), c.Radii[1])
		r, err := NewBox(n, lower, upper)
		if err != nil {
			t.Fatal(c, err)
		}
		b, err := r.Zonotope(t.Context())
		if err != nil {
			t.Fatal(c, err)
		}
		p := r.newPass(b, FastLin)
		for k, at := range n.relus {
			from := n.vertices[at].from[0]
			back := p.alone(from)
			for j := range b.Lower[k] {
				l, u := back.lower[j], back.upper[j]
				if slack := 1e-9*r.sizes[from][j] + 100*underflow; b.Lower[k][j] < l-slack || b.Upper[k][j] > u+slack {
					t.Fatalf("%v: unit %d of relu %d: [%v, %v], backwards [%v, %v]", c, j, k, b.Lower[k][j],
						b.Upper[k][j], l, u)
				}
			}
		}
	}
}

// TestBoxRefused: boxes of wrong sizes, without an input, or of numbers beyond the range are refused, and so are
// combinations with such numbers.
func TestBoxRefused(t *testing.T) {
	n := plain(t, graphgen.New(3, graphgen.Options{}).Network)
	in := n.Inputs()
	ones := func(v float64) []float64 {
		out := make([]float64, in)
		for k := range out {
			out[k] = v
		}
		return out
	}
	for _, b := range [][2][]float64{{ones(0)[1:], ones(1)}, {ones(0), ones(1)[1:]}, {ones(1), ones(0)},
		{ones(math.NaN()), ones(1)}, {ones(0), ones(math.NaN())}, {ones(0), ones(math.Inf(1))}, {ones(-1e101),
			ones(0)}} {
		if _, err := NewBox(n, b[0], b[1]); err == nil {
			t.Errorf("a box is accepted: %v to %v", b[0], b[1])
		}
	}
	r, err := NewBox(n, ones(0), ones(0))
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.Zonotope(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	row := make([]float64, n.Classes())
	for _, bad := range []float64{math.NaN(), math.Inf(1), 1e101} {
		wrong := append([]float64(nil), row...)
		wrong[0] = bad
		for i, got := range []float64{
			r.Combine(b, CROWN, Combination{[]float64{bad}, [][]float64{row}, []float64{-1}}),
			r.Adapted(b, Combination{[]float64{1}, [][]float64{wrong}, []float64{-1}}),
			r.Combine(b, CROWN, Combination{[]float64{1}, [][]float64{row}, []float64{-bad}}),
		} {
			if !math.IsInf(got, -1) {
				t.Errorf("%v in place %d: the bound is %v", bad, i, got)
			}
		}
	}
}
