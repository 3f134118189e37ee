package relax

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/internal/testbackend"
)

func ExampleFastLin() {
	lines, err := FastLin{}.Lines(-1, 3)
	fmt.Println(lines.Lower, lines.Upper, err)
	// Output: {0.75 0} {0.75 0.75} <nil>
}

func ExampleCROWN() {
	wide, _ := CROWN{}.Lines(-1, 3)
	narrow, _ := CROWN{}.Lines(-3, 1)
	tie, _ := CROWN{}.Lines(-1, 1)
	fmt.Println(wide.Lower.Slope, narrow.Lower.Slope, tie.Lower.Slope)
	// Output: 1 0 0
}

func ExampleAlpha_Lines() {
	_, err := Alpha{Slope: 1.5}.Lines(-1, 1)
	fmt.Println(err)
	// Output: lower slope 1.5 is not a relaxation of relu: use a slope in [0, 1]
}

func ExampleTouching() {
	fastLin, _ := FastLin{}.Lines(-1, 3)
	crown, _ := CROWN{}.Lines(-1, 3)
	fmt.Println(Touching(fastLin, -1, 3))
	fmt.Println(Touching(crown, -1, 3))
	// Output:
	// [[-1 0] [0 0] [3 3]]
	// [[-1 0] [0 0] [3 3]]
}

func ExampleTriangle() {
	fmt.Println(Triangle(-1, 3), Triangle(1, 3), Triangle(-2, -1))
	// Output: [[-1 0] [0 0] [3 3]] [[1 1] [3 3]] [[-2 0] [-1 0]]
}

// relaxations are all of the package.
var relaxations = []Relaxation{FastLin{}, CROWN{}, Alpha{}, Alpha{Slope: 0.3}, Alpha{Slope: 1}, Interval{}}

// testBounds cover the three groups and their borders.
var testBounds = [][2]float64{
	{-1, 3}, {-3, 1}, {-1, 1}, {-1e-12, 5}, {-5, 1e-12}, {-1e-9, 1e-9}, {0, 2}, {-2, 0}, {1, 2}, {-2, -1}, {0, 0},
	{1.5, 1.5}, {-1.5, -1.5}, {-1e6, 2e6},
}

// TestEnclose checks Lower(z) <= relu(z) <= Upper(z) over [l, u], and that the upper line is the chord (or constant).
func TestEnclose(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, r := range relaxations {
		for _, b := range testBounds {
			lines, err := r.Lines(b[0], b[1])
			if err != nil {
				t.Fatal(err)
			}
			tol := 1e-12 * max(1, b[1]-b[0])
			for k := range 102 {
				z := b[0] + (b[1]-b[0])*rng.Float64()
				if k < 2 {
					z = b[k]
				}
				if a := max(z, 0); lines.Lower.At(z) > a+tol || lines.Upper.At(z) < a-tol {
					t.Errorf("%s on %v at z = %v: relu %v is not in [%v, %v]", r.Name(), b, z, a, lines.Lower.At(z),
						lines.Upper.At(z))
				}
			}
		}
	}
}

// TestChord checks that the sloped relaxations are exact at both ends of an unstable neuron and on stable ones.
func TestChord(t *testing.T) {
	for _, r := range relaxations[:5] {
		for _, b := range testBounds {
			lines, _ := r.Lines(b[0], b[1])
			for _, z := range b {
				if got := lines.Upper.At(z); math.Abs(got-max(z, 0)) > 1e-9*max(1, math.Abs(z)) {
					t.Errorf("%s on %v: upper line at %v is %v", r.Name(), b, z, got)
				}
			}
			if StatusOf(b[0], b[1]) != Unstable && lines.Lower != lines.Upper {
				t.Errorf("%s on %v: %v is not exact on a stable neuron", r.Name(), b, lines)
			}
		}
	}
}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		l, u float64
		want Status
	}{{0, 1, Active}, {0, 0, Active}, {-1, 0, Inactive}, {-2, -1, Inactive}, {-1, 1, Unstable}, {1, 2, Active}} {
		if got := StatusOf(c.l, c.u); got != c.want {
			t.Errorf("[%v, %v] is %v, want %v", c.l, c.u, got, c.want)
		}
	}
}

func TestBadBounds(t *testing.T) {
	for _, r := range relaxations {
		for _, b := range [][2]float64{{1, 0}, {math.NaN(), 1}, {0, math.NaN()}, {math.Inf(-1), 1}, {-1, math.Inf(1)}} {
			if _, err := r.Lines(b[0], b[1]); err == nil {
				t.Errorf("%s accepts the bounds %v", r.Name(), b)
			}
		}
	}
}

// TestGraph compares the graph's lines with the numbers', and checks that no gradient is NaN.
func TestGraph(t *testing.T) {
	var l, u []float64
	for _, b := range testBounds {
		l, u = append(l, b[0]), append(u, b[1])
	}
	exec, err := NewExec(testbackend.Open(t), func(l, u *Node) (out []*Node) {
		third := Scalar(l.Graph(), l.DType(), 0.3)
		for _, g := range []GraphLines{GraphFastLin(l, u), GraphCROWN(l, u), GraphAlpha(l, u, third)} {
			total := ReduceAllSum(Add(Add(g.LowerSlope, g.UpperSlope), g.UpperIntercept))
			gradients := Gradient(total, l, u)
			out = append(out, g.LowerSlope, g.UpperSlope, g.UpperIntercept, ConvertDType(g.Unstable, l.DType()),
				gradients[0], gradients[1])
		}
		return out
	})
	if err != nil {
		t.Fatal(err)
	}
	results, err := exec.Call([][]float64{l}, [][]float64{u})
	if err != nil {
		t.Fatal(err)
	}
	for k, r := range []Relaxation{FastLin{}, CROWN{}, Alpha{Slope: 0.3}} {
		got := make([][]float64, 6)
		for i := range got {
			got[i] = tensors.MustCopyFlatData[float64](results[6*k+i])
		}
		for i, b := range testBounds {
			want, _ := r.Lines(b[0], b[1])
			unstable := StatusOf(b[0], b[1]) == Unstable
			if got[0][i] != want.Lower.Slope || math.Abs(got[1][i]-want.Upper.Slope) > 1e-15 ||
				math.Abs(got[2][i]-want.Upper.Intercept) > 1e-9 || (got[3][i] == 1) != unstable {
				t.Errorf("%s on %v: got slopes %v %v, intercept %v, unstable %v, want %+v", r.Name(), b, got[0][i],
					got[1][i], got[2][i], got[3][i], want)
			}
			if math.IsNaN(got[4][i]) || math.IsNaN(got[5][i]) {
				t.Errorf("%s on %v: gradients %v %v", r.Name(), b, got[4][i], got[5][i])
			}
		}
	}
}

// TestGraphGradient compares the gradients of an unstable neuron's chord with its derivatives.
func TestGraphGradient(t *testing.T) {
	exec, err := NewExec(testbackend.Open(t), func(l, u *Node) []*Node {
		g := GraphFastLin(l, u)
		slope, intercept := Gradient(ReduceAllSum(g.UpperSlope), l, u), Gradient(ReduceAllSum(g.UpperIntercept), l, u)
		return append(slope, intercept...)
	})
	if err != nil {
		t.Fatal(err)
	}
	l, u := -1.0, 3.0
	results, err := exec.Call([][]float64{{l}}, [][]float64{{u}})
	if err != nil {
		t.Fatal(err)
	}
	w := (u - l) * (u - l)
	for i, want := range []float64{u / w, -l / w, -u * u / w, l * l / w} {
		if got := tensors.MustCopyFlatData[float64](results[i])[0]; math.Abs(got-want) > 1e-15 {
			t.Errorf("derivative %d is %v, want %v", i, got, want)
		}
	}
}
