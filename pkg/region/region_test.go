package region

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testbackend"
)

// allBalls are the norms with and without the box.
var allBalls = []ball.Ball{
	{Norm: ball.Linf}, {Norm: ball.Linf, Box: ball.Unit},
	{Norm: ball.L2}, {Norm: ball.L2, Box: ball.Unit},
	{Norm: ball.L1}, {Norm: ball.L1, Box: ball.Unit},
	{Norm: ball.Linf, Box: ball.Unit, Radii: []float64{1, 0, .5, 2, 1, .1, 1}},
}

const inputs = 7

// testInputs lie inside the box, on its border, in its corners.
func testInputs(rng *rand.Rand) [][]float64 {
	x := [][]float64{make([]float64, inputs), {1, 1, 1, 1, 1, 1, 1}, {0, 1, .5, 0, .25, 1, .75}}
	for range 3 {
		row := make([]float64, inputs)
		for i := range row {
			row[i] = float64(rng.IntN(257)) / 256 // exact in float32
		}
		x = append(x, row)
	}
	return x
}

// testRows hold a zero row, one with a single entry, ties, tiny and huge entries.
func testRows(rng *rand.Rand) [][]float64 {
	rows := [][]float64{
		make([]float64, inputs),
		{0, 0, -2, 0, 0, 0, 0},
		{1, -1, 1, -1, 1, -1, 1},
		{0, .5, -.5, .25, 0, .5, 0},
		{1e-6, -2e-6, 3e-6, 0, 1e-6, -1e-6, 0},
		{1e4, -1, 1e-3, 1e-9, 0, 2, -3e3},
	}
	for range 4 {
		row := make([]float64, inputs)
		for i := range row {
			row[i] = float64(float32(rng.NormFloat64()))
		}
		rows = append(rows, row)
	}
	return rows
}

// exactMin is min v^T delta over the ball around x by a direct solution: the deviation from x and the point where it is
// attained.
func exactMin(b ball.Ball, x, v []float64) (value float64, at []float64) {
	lower, upper := b.Bounds(x)
	if b.Box == nil { // the hull does not bind in l_1 and l_2
		for i := range x {
			if b.Norm != ball.Linf {
				lower[i], upper[i] = math.Inf(-1), math.Inf(1)
			}
		}
	}
	room := make([]float64, len(x))
	for i := range x {
		if room[i] = upper[i] - x[i]; v[i] >= 0 {
			room[i] = x[i] - lower[i]
		}
	}
	step := map[ball.Norm]func(float64, []float64, []float64) []float64{ball.Linf: fullSteps, ball.L2: stepsL2,
		ball.L1: stepsL1}[b.Norm](b.Eps, v, room)
	at = make([]float64, len(x))
	for i := range x {
		at[i] = x[i] - math.Copysign(step[i], v[i])
		value -= math.Abs(v[i]) * step[i]
	}
	return value, at
}

func fullSteps(_ float64, _, room []float64) []float64 { return room }

// stepsL2 bisects tau in step = min(tau |v|, room) until ||step|| = eps.
func stepsL2(eps float64, v, room []float64) []float64 {
	steps := func(tau float64) (s []float64, norm float64) {
		for i := range v {
			d := min(tau*math.Abs(v[i]), room[i])
			s, norm = append(s, d), norm+d*d
		}
		return s, math.Sqrt(norm)
	}
	low, high := 0.0, 1e30
	for range 400 {
		mid := (low + high) / 2
		if low > 0 {
			mid = math.Sqrt(low * high)
		}
		if _, norm := steps(mid); norm <= eps {
			low = mid
		} else {
			high = mid
		}
	}
	s, _ := steps(low)
	return s
}

// stepsL1 is the greedy solution: the largest |v| first, each up to its room.
func stepsL1(eps float64, v, room []float64) []float64 {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return math.Abs(v[order[a]]) > math.Abs(v[order[b]]) })
	s := make([]float64, len(v))
	for _, i := range order {
		s[i] = min(room[i], eps)
		eps -= s[i]
	}
	return s
}

// ballOutputs are the results of one ball, flat: lo, hi, min [batch, spec], argMin, gradient [batch, spec, inputs].
type ballOutputs struct{ lo, hi, min, argMin, gradient []float64 }

// evaluation holds every ball's results on rows of each sample's own and on rows shared by the batch.
type evaluation struct{ own, shared []ballOutputs }

// evaluator compiles the regions of all balls in one graph, for each precision once.
func evaluator(t *testing.T) func(dtype dtypes.DType, x, rows [][]float64, eps float64) evaluation {
	exec, err := NewExec(testbackend.Open(t), func(x, own, eps *Node) []*Node {
		shared := Slice(own, AxisElem(0)) // [1, spec, inputs]
		var out []*Node
		for _, b := range allBalls {
			for _, rows := range []*Node{own, shared} {
				r := AtEps(b, x, eps)
				lo, hi := r.Deviation(rows)
				m := r.Min(rows)
				out = append(out, lo, hi, m, r.ArgMin(rows), Gradient(ReduceAllSum(m), rows)[0])
			}
		}
		return out
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(dtype dtypes.DType, x, rows [][]float64, eps float64) evaluation {
		var all [][]float64
		for range x {
			all = append(all, rows...)
		}
		results, err := exec.Call(tensorOf(dtype, x, len(x), inputs), tensorOf(dtype, all, len(x), len(rows), inputs),
			tensorOf(dtype, [][]float64{{eps}}))
		if err != nil {
			t.Fatal(err)
		}
		flat := make([][]float64, len(results))
		for i, r := range results {
			flat[i] = values(r)
		}
		var e evaluation
		for i := 0; i < len(flat); i += 10 {
			e.own = append(e.own, ballOutputs{flat[i], flat[i+1], flat[i+2], flat[i+3], flat[i+4]})
			e.shared = append(e.shared, ballOutputs{flat[i+5], flat[i+6], flat[i+7], flat[i+8], flat[i+9]})
		}
		return e
	}
}

func tensorOf(dtype dtypes.DType, rows [][]float64, dims ...int) *tensors.Tensor {
	flat := slices.Concat(rows...)
	if dtype == dtypes.Float64 {
		return tensors.FromFlatDataAndDimensions(flat, dims...)
	}
	narrow := make([]float32, len(flat))
	for i, v := range flat {
		narrow[i] = float32(v)
	}
	return tensors.FromFlatDataAndDimensions(narrow, dims...)
}

func values(t *tensors.Tensor) []float64 {
	if t.DType() == dtypes.Float64 {
		return tensors.MustCopyFlatData[float64](t)
	}
	var out []float64
	for _, v := range tensors.MustCopyFlatData[float32](t) {
		out = append(out, float64(v))
	}
	return out
}

// TestRegion compares every ball's minimum, its point and its gradient with a direct solution.
func TestRegion(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x, rows := testInputs(rng), testRows(rng)
	evaluate := evaluator(t)
	for _, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Float32} {
		for _, eps := range []float64{0, 1.0 / 64, 0.25, 0.75, 8} {
			e := evaluate(dtype, x, rows, eps)
			for i, b := range allBalls {
				b.Eps = eps
				name := fmt.Sprintf("%v/%v/box=%v/radii=%v/eps=%v", dtype, b.Norm, b.Box != nil, b.Radii != nil, eps)
				t.Run(name, func(t *testing.T) { checkBall(t, b, x, rows, e.own[i], e.shared[i], tolerance(dtype)) })
			}
		}
	}
}

// tolerance is that of one row, relative to the sizes of its terms.
func tolerance(dtype dtypes.DType) float64 {
	if dtype == dtypes.Float64 {
		return 1e-11
	}
	return 3e-6
}

func checkBall(t *testing.T, b ball.Ball, x, rows [][]float64, own, shared ballOutputs, tol float64) {
	for s := range x {
		for k, v := range rows {
			at := s*len(rows) + k
			point := own.argMin[at*inputs : (at+1)*inputs]
			scale := tol * max(norm1(v)*(b.Eps+1), 1e-30)
			want, _ := exactMin(b, x[s], v)
			opposite, _ := exactMin(b, x[s], negated(v))
			within(t, "min", own.min[at], dot(v, x[s])+want, scale)
			within(t, "v x*", dot(v, point), dot(v, x[s])+want, scale)
			checkDeviation(t, b, x[s], v, own.lo[at], own.hi[at], want, -opposite, scale)
			checkFeasible(t, b, x[s], point, tol)
			checkSampled(t, b, x[s], v, own.min[at], scale)
			checkGradient(t, v, own.gradient[at*inputs:(at+1)*inputs], point, b.Eps*30*tol+2*tol)
			within(t, "shared rows' min", shared.min[at], own.min[at], scale)
			within(t, "shared rows' lo", shared.lo[at], own.lo[at], scale)
			within(t, "shared rows' hi", shared.hi[at], own.hi[at], scale)
			within(t, "shared rows' v x*", dot(v, shared.argMin[at*inputs:(at+1)*inputs]), dot(v, point), scale)
		}
	}
}

// checkDeviation allows for the centre of the region, which is not x where the box cuts an l_inf ball.
func checkDeviation(t *testing.T, b ball.Ball, x, v []float64, lo, hi, wantLo, wantHi, scale float64) {
	t.Helper()
	shift := 0.0
	if b.Norm == ball.Linf {
		lower, upper := b.Bounds(x)
		for i := range x {
			shift += v[i] * (x[i] - (lower[i]+upper[i])/2)
		}
	}
	within(t, "lo", lo, wantLo+shift, scale)
	within(t, "hi", hi, wantHi+shift, scale)
}

func checkFeasible(t *testing.T, b ball.Ball, x, point []float64, tol float64) {
	t.Helper()
	if b.Radii == nil && b.Distance(x, point) > b.Eps+tol*max(1, b.Eps) {
		t.Errorf("x* of %v is %v from %v: eps is %v", point, b.Distance(x, point), x, b.Eps)
	}
	lower, upper := b.Bounds(x)
	for i := range point {
		if point[i] < lower[i]-tol*(1+b.Eps) || point[i] > upper[i]+tol*(1+b.Eps) {
			t.Errorf("x*[%d] = %v is outside [%v, %v]", i, point[i], lower[i], upper[i])
		}
	}
}

func checkSampled(t *testing.T, b ball.Ball, x, v []float64, low, scale float64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		if got := dot(v, b.Sample(x, rng)); got < low-scale {
			t.Fatalf("a sample reaches %v, below the minimum %v", got, low)
		}
	}
}

// checkGradient compares the gradient of the minimum with x* on the entries that are not 0 (the minimum has a kink
// there). Where ties let many points attain the minimum any of them is a gradient: only its value along v is checked.
func checkGradient(t *testing.T, v, gradient, point []float64, tol float64) {
	t.Helper()
	tied := ties(v)
	for i := range v {
		if math.IsNaN(gradient[i]) || math.IsInf(gradient[i], 0) {
			t.Fatalf("gradient %v at row %v", gradient, v)
		}
		if v[i] != 0 && !tied {
			within(t, fmt.Sprintf("gradient[%d] of row %v", i, v), gradient[i], point[i], tol)
		}
	}
	within(t, "v gradient", dot(v, gradient), dot(v, point), tol*norm1(v))
}

func ties(v []float64) bool {
	for i := range v {
		for j := range i {
			if math.Abs(v[i]) == math.Abs(v[j]) {
				return true
			}
		}
	}
	return false
}

func within(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s: got %v, want %v (off by %.2g, tolerance %.2g)", what, got, want, got-want, tol)
	}
}

func negated(v []float64) []float64 {
	w := make([]float64, len(v))
	for i := range v {
		w[i] = -v[i]
	}
	return w
}

func dot(a, b []float64) (s float64) {
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

func norm1(v []float64) (s float64) {
	for i := range v {
		s += math.Abs(v[i])
	}
	return s
}

// TestSample draws from every ball by [ball.Ball.Sample]: the points are feasible and reach close to the border.
func TestSample(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for _, b := range allBalls {
		b.Eps = 0.3
		for _, x := range testInputs(rng) {
			farthest := 0.0
			for range 200 {
				y := b.Sample(x, rng)
				if b.Radii == nil {
					farthest = max(farthest, b.Distance(x, y))
				}
				checkFeasible(t, b, x, y, 1e-12)
			}
			if b.Radii == nil && b.Box == nil && farthest < 0.999*b.Eps {
				t.Errorf("%v: the farthest sample is %v from the centre, eps is %v", b.Norm, farthest, b.Eps)
			}
		}
	}
}
