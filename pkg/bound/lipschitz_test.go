package bound

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/floats"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
)

// TestLipschitzToys compares with closed forms. The ladder's gradient at (.5, .5) is (1, 1) - s (1, -1), s in [0, 1]:
// an l_1 norm of at most 3, an l_2 norm of at most sqrt(5), entries of at most 2; its margin is 0.7 there. Its layers'
// operator norms are 2, sqrt(2) and 2, and its last row (1, -1) has the dual norms 2, sqrt(2) and 1. Of two equal
// singular values Gram iteration's bound is 2^(1/128) times the norm.
func TestLipschitzToys(t *testing.T) {
	for norm, c := range map[ball.Norm]struct{ local, global float64 }{
		ball.Linf: {3, 4}, ball.L2: {math.Sqrt(5), 2}, ball.L1: {2, 2}} {
		const eps = 0.2
		balls := []ball.Ball{{Norm: norm, Eps: eps}}
		all := boundAll(t, ladder(t), []Technique{FastLip{}, Lipschitz{}}, balls, []float64{.5, .5}, []int32{0})
		near(t, fmt.Sprint("Fast-Lip, ", norm), all[0].Margins[0][1], 0.7-eps*c.local, 1e-12)
		if got, want := all[1].Margins[0][1], 0.7-eps*c.global; got > want+1e-12 || got < want-0.006*eps*c.global {
			t.Errorf("product, %v: %v, want %v less at most 0.6 %% of what is taken", norm, got, want)
		}
	}
}

// TestFastLipBox: a box takes what lies outside it, side by side for l_inf: at (1, .5) in the unit box the ladder's
// first input can only fall. There z1 = 1 and z2 = .5 are active within .2, so the gradient is (0, 2).
func TestFastLipBox(t *testing.T) {
	steep := twoLayers(t, "steep", 2, []float64{3, 1, 0, 1}, []float64{5, 5}, []float64{-1, 0, 0, 0}, []float64{9, 0})
	for _, c := range []struct {
		b    ball.Ball
		want float64
	}{{ball.Ball{Eps: 0.2}, 9 - 8.5 - 4*0.2}, {ball.Ball{Eps: 0.2, Box: ball.Unit}, 9 - 8.5 - 0.2},
		{ball.Ball{Norm: ball.L1, Eps: 0.2}, 9 - 8.5 - 3*0.2}} {
		all := boundAll(t, steep, []Technique{FastLip{}}, []ball.Ball{c.b}, []float64{1, .5}, []int32{0})
		near(t, describe(c.b), all[0].Margins[0][1], c.want, 1e-12)
	}
}

// TestLipschitzOrder: in l_inf and l_1 balls Fast-Lip, on whatever bounds of relus, is at least the product of operator
// norms, which are those of |W| there: a theorem. On bounds that are nowhere looser it is itself no looser; and where
// no neuron is unstable it is the least margin itself. None of this holds for l_2's product, whose norms know signs.
func TestLipschitzOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	strict := 0
	networks := []*net.Network{mlp(t, 21, 4, 8, 7, 3), residual(t, 22), convolutional(t, 23), everyLayer(t, 24)}
	if slowCompiler() {
		networks = networks[:1]
	}
	for _, n := range networks {
		x, labels := randomInputs(4, n.InputSize(), rng), []int32{0, 1, 2, 0}
		of := []Technique{Lipschitz{}, FastLip{Intermediate: IBP{}}, FastLip{Intermediate: Best{}}}
		all := boundAll(t, n, of, testBalls(n.InputSize(), 0.1), x, labels)
		for i := 0; i < len(all); i += len(of) {
			for s, label := range labels {
				for c := range all[i].Margins[s] {
					product, loose, tight := all[i].Margins[s][c], all[i+1].Margins[s][c], all[i+2].Margins[s][c]
					tol := 1e-9 * math.Max(1, math.Abs(product))
					if all[i].ball.Norm != ball.L2 && product > loose+tol || loose > tight+tol {
						t.Errorf("%s, %s, class %d: product %v, on intervals %v, on the best bounds %v", n.Name,
							describe(all[i].ball), c, product, loose, tight)
					}
					if int(label) != c && tight > product+1e-3 {
						strict++
					}
				}
			}
		}
	}
	if strict == 0 {
		t.Error("Fast-Lip is nowhere tighter than the product: the test shows little")
	}
}

// TestOperatorNorm: bounds of l_2 norms are at least the largest singular value, in both precisions, of matrices of
// every form: long and wide, of rank one, with equal singular values, scaled, and of zeros. Gram iteration comes near.
func TestOperatorNorm(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for i := range 24 {
		rows, cols := 1+rng.IntN(40), 1+rng.IntN(40)
		w := testMatrix(i, rows, cols, rng)
		var svd mat.SVD
		if !svd.Factorize(mat.NewDense(rows, cols, w), mat.SVDNone) {
			t.Fatal("no singular values")
		}
		want := svd.Values(nil)[0]
		for _, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Float32} {
			gram, schur := normsOf(t, w, rows, cols, dtype)
			unit := unitRoundoff(dtype) * float64(rows+cols)
			if gram < want || schur < want*(1-unit) {
				t.Errorf("case %d, %v: Gram %v, Schur %v, below the norm %v", i, dtype, gram, schur, want)
			}
			if gram > 1.05*want+1e-12 {
				t.Errorf("case %d, %v: Gram %v, the norm is %v", i, dtype, gram, want)
			}
			if limit := math.Sqrt(sums(w, rows, cols)); schur > limit*(1+1e-3) {
				t.Errorf("case %d, %v: Schur %v, above sqrt(||W||_1 ||W||_inf) = %v", i, dtype, schur, limit)
			}
		}
	}
}

// testMatrix is exact in float32.
func testMatrix(kind, rows, cols int, rng *rand.Rand) []float64 {
	w := make([]float64, rows*cols)
	u, v := rng.NormFloat64(), rng.NormFloat64()
	for i := range w {
		switch kind % 6 {
		case 0, 1:
			w[i] = rng.NormFloat64()
		case 2: // of rank one
			w[i] = math.Sin(u*float64(i/cols)+1) * math.Cos(v*float64(i%cols))
		case 3: // equal singular values
			if i/cols == i%cols {
				w[i] = 3
			}
		case 4:
			w[i] = math.Ldexp(rng.NormFloat64(), 40*(kind%2)-20)
		}
		w[i] = float64(float32(w[i]))
	}
	return w
}

// sums is the product of the largest sum of sizes of a row and of a column.
func sums(w []float64, rows, cols int) float64 {
	row, column := make([]float64, rows), make([]float64, cols)
	for i, v := range w {
		row[i/cols] += math.Abs(v)
		column[i%cols] += math.Abs(v)
	}
	r, c := 0.0, 0.0
	for _, v := range row {
		r = math.Max(r, v)
	}
	for _, v := range column {
		c = math.Max(c, v)
	}
	return r * c
}

// normsOf are both bounds of a matrix.
func normsOf(t *testing.T, w []float64, rows, cols int, dtype dtypes.DType) (gram, schur float64) {
	t.Helper()
	results := MustExecOnceN(testbackend.Open(t), func(w, b *Node) []*Node {
		p := net.Params{Values: []*Node{w, b}, In: []int{cols}, Out: []int{rows}}
		ones := Ones(w.Graph(), shapes.Make(w.DType(), 1, cols))
		return []*Node{gramNorm(w), schurNorm(operator{net.Dense{Units: rows}, p}, ones)}
	}, floats.Tensor(w, dtype, rows, cols), floats.Tensor(make([]float64, rows), dtype, rows))
	read := func(i int) float64 {
		v := make([]float64, 1)
		if err := floats.Read(v, results[i]); err != nil {
			t.Fatal(err)
		}
		return v[0]
	}
	return read(0), read(1)
}
