package relax

import (
	"math"
	"math/rand/v2"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/internal/testbackend"
)

// smoothBounds are bounds of all kinds, exact in float32: tiny, huge, of width 0, symmetric, one-sided, any.
func smoothBounds(count int, rng *rand.Rand) (all [][2]float64) {
	size := func() float64 { return math.Pow(10, 10*rng.Float64()-7) * (2*rng.Float64() - 1) } // up to 1e3
	for i := range count {
		l, u := size(), size()
		switch i % 6 {
		case 0: // of one size
			u = l + math.Abs(l)*(2*rng.Float64())
		case 1:
			u = l
		case 2:
			l, u = -math.Abs(l), math.Abs(l)
		case 3:
			l, u = math.Abs(l), math.Abs(u)
		case 4:
			l, u = -math.Abs(l), -math.Abs(u)
		}
		l, u = float64(float32(l)), float64(float32(u))
		all = append(all, [2]float64{min(l, u), max(l, u)})
	}
	return all
}

// samplePoints are points of [l, u]: its ends, where lines touch, and others, dense where there is something to see.
func samplePoints(f *Smooth, lines Lines, l, u float64, count int, rng *rand.Rand) []float64 {
	points := []float64{l, u, within(0, l, u), middle(l, u)}
	for _, line := range []Line{lines.Lower, lines.Upper} {
		at := f.level(line.Slope)
		points = append(points, within(at, l, u), within(-at, l, u))
	}
	for range count {
		points = append(points, l+(u-l)*rng.Float64(), within(4*rng.NormFloat64(), l, u))
	}
	return points
}

// checkLines reports points at which lines do not enclose f, without any tolerance but the rounding of float64.
func checkLines(t *testing.T, what string, f *Smooth, lines Lines, l, u, rounding float64, rng *rand.Rand) {
	t.Helper()
	for _, z := range samplePoints(f, lines, l, u, 50, rng) {
		if a := f.At(z); !(lines.Lower.At(z) <= a+rounding && lines.Upper.At(z) >= a-rounding) {
			t.Fatalf("%s of %s on [%v, %v] at %v: %v is not in [%v, %v]", what, f.Name, l, u, z, a, lines.Lower.At(z),
				lines.Upper.At(z))
		}
	}
}

// TestSmoothEncloses: lines in float64 enclose the function. Their room covers the rounding of the evaluation here too.
func TestSmoothEncloses(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, f := range Smooths() {
		for _, b := range smoothBounds(1000, rng) {
			for what, lines := range map[string]func(l, u float64) (Lines, error){
				"CROWN": f.Lines, "parallel": f.Parallel, "range": f.Range,
			} {
				got, err := lines(b[0], b[1])
				if err != nil {
					t.Fatal(err)
				}
				checkLines(t, what, f, got, b[0], b[1], 0, rng)
			}
		}
		for _, b := range [][2]float64{{1, 0}, {math.NaN(), 1}, {0, math.Inf(1)}} {
			if _, err := f.Lines(b[0], b[1]); err == nil {
				t.Errorf("%s has lines over %v", f.Name, b)
			}
		}
	}
}

// graphLines are a function's lines for many bounds as one graph, in float32 or float64, by name.
func graphLines[T float32 | float64](t *testing.T, f *Smooth, bounds [][2]float64) map[string][]Lines {
	t.Helper()
	exec, err := NewExec(testbackend.Open(t), func(l, u *Node) (out []*Node) {
		for _, g := range []GraphLines{f.GraphCROWN(l, u), f.GraphParallel(l, u)} {
			out = append(out, g.LowerSlope, g.LowerIntercept, g.UpperSlope, g.UpperIntercept)
		}
		low, high := f.GraphRange(l, u)
		return append(out, ZerosLike(l), low, ZerosLike(l), high)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	lower, upper := make([]T, len(bounds)), make([]T, len(bounds))
	for i, b := range bounds {
		lower[i], upper[i] = T(b[0]), T(b[1])
	}
	results, err := exec.Call(tensors.FromFlatDataAndDimensions(lower, len(lower)),
		tensors.FromFlatDataAndDimensions(upper, len(upper)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]Lines{}
	for k, name := range []string{"CROWN", "parallel", "range"} {
		var v [4][]T
		for i := range v {
			v[i] = results[4*k+i].Value().([]T)
		}
		for i := range bounds {
			all[name] = append(all[name], Lines{Line{float64(v[0][i]), float64(v[1][i])},
				Line{float64(v[2][i]), float64(v[3][i])}})
		}
	}
	return all
}

// TestSmoothGraph: lines computed in graphs, in both precisions, enclose the function exactly as they are, with no
// tolerance: their intercepts leave room for all rounding. In float64 they are those of the plain code.
func TestSmoothGraph(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	bounds := smoothBounds(1000, rng)
	for _, f := range Smooths() {
		single, double := graphLines[float32](t, f, bounds), graphLines[float64](t, f, bounds)
		for name, lines := range single {
			for i, b := range bounds {
				checkLines(t, name+" in float32", f, lines[i], b[0], b[1], 0, rng)
				checkLines(t, name+" in float64", f, double[name][i], b[0], b[1], 0, rng)
			}
		}
		for i, b := range bounds {
			want, err := f.Lines(b[0], b[1])
			if err != nil {
				t.Fatal(err)
			}
			nearLines(t, f, double["CROWN"][i], want, b)
		}
	}
}

// TestSmoothSecants: bounds of slopes of secants, in both precisions, hold of f' at points of [l, u] and of secants,
// with no tolerance but the rounding of f' and of differences in float64, and come near the least and the largest f'.
func TestSmoothSecants(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	bounds := smoothBounds(1000, rng)
	for _, f := range Smooths() {
		for width, slopes := range map[float64][][2]float64{0x1p-18: graphSecants[float32](t, f, bounds),
			0x1p-44: graphSecants[float64](t, f, bounds)} {
			for i, b := range bounds {
				low, high := math.Inf(1), math.Inf(-1)
				for _, z := range samplePoints(f, Lines{}, b[0], b[1], 50, rng) {
					low, high = min(low, f.Slope(z)), max(high, f.Slope(z))
				}
				s := slopes[i]
				if s[0] < 0 || s[0] > low || s[1] < high || s[1] > f.Steepest {
					t.Fatalf("%s on %v: slopes %v, f' is %v and %v", f.Name, b, s, low, high)
				}
				if s[0] < low-width || s[1] > high+width {
					t.Fatalf("%s on %v: slopes %v, far from f', %v and %v", f.Name, b, s, low, high)
				}
				y := b[0] + (b[1]-b[0])*rng.Float64()
				z := b[0] + (b[1]-b[0])*rng.Float64()
				rise, rounding := f.At(z)-f.At(y), 0x1p-50*(1+math.Abs(f.At(y))+math.Abs(f.At(z)))
				if z < y {
					y, z, rise = z, y, -rise
				}
				if rise < s[0]*(z-y)-rounding || rise > s[1]*(z-y)+rounding {
					t.Fatalf("%s rises by %v from %v to %v, slopes %v", f.Name, rise, y, z, s)
				}
			}
		}
	}
}

// graphSecants are bounds of slopes for many bounds as one graph.
func graphSecants[T float32 | float64](t *testing.T, f *Smooth, bounds [][2]float64) (all [][2]float64) {
	t.Helper()
	exec, err := NewExec(testbackend.Open(t), func(l, u *Node) []*Node {
		lower, upper := f.GraphSecants(l, u)
		return []*Node{lower, upper}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	lower, upper := make([]T, len(bounds)), make([]T, len(bounds))
	for i, b := range bounds {
		lower[i], upper[i] = T(b[0]), T(b[1])
	}
	results, err := exec.Call(tensors.FromFlatDataAndDimensions(lower, len(lower)),
		tensors.FromFlatDataAndDimensions(upper, len(upper)))
	if err != nil {
		t.Fatal(err)
	}
	low, high := results[0].Value().([]T), results[1].Value().([]T)
	for i := range bounds {
		all = append(all, [2]float64{float64(low[i]), float64(high[i])})
	}
	return all
}

// nearLines compares lines at the ends of the bounds.
func nearLines(t *testing.T, f *Smooth, got, want Lines, b [2]float64) {
	t.Helper()
	for _, z := range b {
		for k, pair := range [][2]float64{{got.Lower.At(z), want.Lower.At(z)}, {got.Upper.At(z), want.Upper.At(z)}} {
			if math.Abs(pair[0]-pair[1]) > 1e-9*(1+math.Abs(z)) {
				t.Errorf("%s on %v, line %d at %v: %v in the graph, %v in plain code", f.Name, b, k, z, pair[0],
					pair[1])
			}
		}
	}
}

// TestSmoothTight: on bounds of moderate size the lines touch the function, at the ends or between, up to their room.
func TestSmoothTight(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, f := range Smooths() {
		for range 300 {
			l := 8*rng.Float64() - 5
			u := l + 4*rng.Float64()
			lines, err := f.Lines(l, u)
			if err != nil {
				t.Fatal(err)
			}
			low, high := math.Inf(1), math.Inf(1)
			for _, z := range samplePoints(f, lines, l, u, 0, rng) {
				low, high = min(low, f.At(z)-lines.Lower.At(z)), min(high, lines.Upper.At(z)-f.At(z))
			}
			if low > 1e-12 || high > 1e-12 {
				t.Errorf("%s on [%v, %v]: the lines stay %v and %v away", f.Name, l, u, low, high)
			}
			checkChoice(t, f, lines, l, u)
		}
	}
}

// checkChoice compares slopes with those of the definition: an upper line of an S-shaped function on l < 0 < u goes
// through (l, f(l)), and no line through it that encloses f has a smaller slope.
func checkChoice(t *testing.T, f *Smooth, lines Lines, l, u float64) {
	t.Helper()
	if f.Convex || l >= 0 || u <= 0 {
		return
	}
	least := 0.0
	for k := range 4001 {
		if z := l + (u-l)*float64(k)/4000; z > l {
			least = max(least, (f.At(z)-f.At(l))/(z-l))
		}
	}
	if s := lines.Upper.Slope; s < least-1e-9 || s > least+1e-5 {
		t.Errorf("%s on [%v, %v]: upper slope %v, the least one that encloses is %v", f.Name, l, u, s, least)
	}
}

// TestSmoothGradients: the gradients of the lines at points between by l and u are those of finite differences.
func TestSmoothGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, f := range Smooths() {
		exec, err := NewExec(testbackend.Open(t), func(l, u *Node) (out []*Node) {
			for _, g := range []GraphLines{f.GraphCROWN(l, u), f.GraphParallel(l, u)} {
				z := graphMiddle(StopGradient(l), StopGradient(u))
				low := Add(Mul(g.LowerSlope, z), g.LowerIntercept)
				high := Add(Mul(g.UpperSlope, z), g.UpperIntercept)
				for _, line := range []*Node{low, high} {
					out = append(append(out, line), Gradient(ReduceAllSum(line), l, u)...)
				}
			}
			return out
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 40 {
			l := 6*rng.Float64() - 4
			u := l + 0.3 + 3*rng.Float64()
			checkGradients(t, f, exec, l, u)
		}
		exec.Finalize()
	}
}

// checkGradients compares with central differences by plain code, at the fixed middle of [l, u].
func checkGradients(t *testing.T, f *Smooth, exec *Exec, l, u float64) {
	t.Helper()
	results, err := exec.Call(tensors.FromValue([]float64{l}), tensors.FromValue([]float64{u}))
	if err != nil {
		t.Fatal(err)
	}
	got := func(i int) float64 { return results[i].Value().([]float64)[0] }
	z, step := middle(l, u), 1e-5
	for k, lines := range []func(l, u float64) (Lines, error){f.Lines, f.Parallel} {
		at := func(l, u float64, upper int) float64 {
			found, err := lines(l, u)
			if err != nil {
				t.Fatal(err)
			}
			return [2]Line{found.Lower, found.Upper}[upper].At(z)
		}
		for upper := range 2 {
			byL := (at(l+step, u, upper) - at(l-step, u, upper)) / (2 * step)
			byU := (at(l, u+step, upper) - at(l, u-step, upper)) / (2 * step)
			i := 6*k + 3*upper
			if math.Abs(got(i+1)-byL) > 1e-4 || math.Abs(got(i+2)-byU) > 1e-4 {
				t.Errorf("%s on [%v, %v], lines %d, upper %d: gradient %v, %v, differences %v, %v", f.Name, l, u, k,
					upper, got(i+1), got(i+2), byL, byU)
			}
		}
	}
}
