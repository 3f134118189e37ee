// Package course computes the answers of docs/course/exercises.md again.
package course

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/relax"
	"tightrope/pkg/technique"
	"tightrope/pkg/tight"
	"tightrope/pkg/verify"
)

// write makes the file of the exercises' network again.
var write = flag.Bool("write", false, "write docs/course/exercise.safetensors")

const folder = "../../../docs/course"

// exercise is the network of the exercises, with logits (m, 0).
func exercise(t *testing.T) *net.Network {
	t.Helper()
	n := net.New("exercise", 2)
	n.DType = dtypes.Float64
	for _, l := range []net.Layer{net.Dense{Units: 2}, net.ReLU{}, net.Dense{Units: 2}} {
		if _, err := n.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	for i, values := range [][]float64{{1, 2, 1, -2}, {-1.2, 0.5}, {1, -1, 0, 0}, {0.4, 0}} {
		copy(n.Params[i].Data, values)
	}
	return n
}

// point is x with its label.
func point() *data.Set {
	return &data.Set{Name: "exercise", Shape: []int{2}, Classes: 2, X: []float32{0.5, 0.5}, Y: []int32{0}, Upper: 1}
}

// answers checks the bold numbers of one exercise, in their order.
func answers(t *testing.T, number int, want ...string) {
	t.Helper()
	sheet, err := os.ReadFile(filepath.Join(folder, "exercises.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(sheet), fmt.Sprintf("\n## %d. ", number))
	if !found {
		t.Fatalf("there is no exercise %d", number)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	_, text, _ = strings.Cut(text, "<summary>Answer</summary>")
	var bold []string
	for i, part := range strings.Split(text, "**") {
		if i%2 == 1 {
			bold = append(bold, part)
		}
	}
	if strings.Join(bold, " ") != strings.Join(want, " ") {
		t.Errorf("exercise %d: the sheet says %v, computed were %v", number, bold, want)
	}
}

// bounds are the margin's bounds at a radius by a few techniques.
func bounds(t *testing.T, b ball.Ball, techniques ...technique.ID) (all []float64) {
	t.Helper()
	_, ladders, err := verify.Ladder(t.Context(), testbackend.Open(t), exercise(t), point(),
		verify.LadderOptions{Ball: b, Rungs: techniques})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range techniques {
		all = append(all, *ladders[0].Step(id).Margin)
	}
	return all
}

// radii are the certified radii by a few techniques, to 1e-5.
func radii(t *testing.T, techniques ...technique.ID) (all []float64) {
	t.Helper()
	r, err := verify.Radii(t.Context(), testbackend.Open(t), exercise(t), point(), verify.RadiusOptions{
		LadderOptions: verify.LadderOptions{Rungs: techniques}, Tolerance: 1e-5})
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range r.Radii {
		all = append(all, found.Lower)
	}
	return all
}

// digits writes a number with so many of them behind the point.
func digits(n int, v float64) string {
	return fmt.Sprintf("%.*f", n, v)
}

// TestBoxes is exercise 1: the bounding box of a turned box, time and again, and of the square itself.
func TestBoxes(t *testing.T) {
	side, whole := 1.0, 0.0
	cos, sin := math.Cos(math.Pi/4), math.Sin(math.Pi/4)
	for range 4 {
		side, whole = side*(math.Abs(cos)+math.Abs(sin)), whole+math.Pi/4
	}
	answers(t, 1, digits(0, side), digits(0, math.Abs(math.Cos(whole))+math.Abs(math.Sin(whole))))
}

// TestOneNeuron is exercise 2, by package relax; areas by the trapezoidal rule between the corners.
func TestOneNeuron(t *testing.T) {
	const l, u = -1.0, 3.0
	lines := func(r relax.Relaxation) relax.Lines {
		found, err := r.Lines(l, u)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	area := func(upper relax.Line, lower func(z float64) float64) (sum float64) {
		corners := []float64{l, 0, u}
		for i := range 2 {
			a, b := corners[i], corners[i+1]
			sum += (b - a) * (upper.At(a) - lower(a) + upper.At(b) - lower(b)) / 2
		}
		return sum
	}
	chord, crown := lines(relax.FastLin{}).Upper, lines(relax.CROWN{})
	answers(t, 2, digits(2, chord.Slope), digits(2, chord.Intercept),
		digits(1, area(chord, func(z float64) float64 { return max(z, 0) })),
		digits(0, area(chord, lines(relax.FastLin{}).Lower.At)), digits(0, area(crown.Upper, crown.Lower.At)))
}

// TestFastLin are exercises 3, 4, 5 and 10.
func TestFastLin(t *testing.T) {
	b := ball.Ball{Eps: 0.1}
	answers(t, 3, digits(1, bounds(t, b, technique.FastLin)[0]))
	in, err := tight.NewInspector(testbackend.Open(t), exercise(t), nil, b, tight.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	a, err := in.Inspect([]float64{0.5, 0.5}, 0, 1, b.Eps)
	if err != nil {
		t.Fatal(err)
	}
	answers(t, 4, digits(1, a.PO), digits(1, a.D()))
	answers(t, 5, digits(1, a.R))
	answers(t, 10, digits(4, bounds(t, ball.Ball{Eps: 0.1, Norm: ball.L2}, technique.FastLin)[0]))
}

// TestRadii are exercises 6, 7 and 9.
func TestRadii(t *testing.T) {
	r := radii(t, technique.IBP, technique.FastLin, technique.CROWN, technique.Exact)
	answers(t, 6, digits(1, bounds(t, ball.Ball{Eps: 0.1}, technique.IBP)[0]), digits(4, r[0]))
	answers(t, 7, digits(2, r[2]), digits(4, r[1]))
	answers(t, 9, digits(2, bounds(t, ball.Ball{Eps: 0.14}, technique.Exact)[0]), digits(3, r[3]))
}

// TestSlopes is exercise 8; the linear program says what the best slope does.
func TestSlopes(t *testing.T) {
	values := bounds(t, ball.Ball{Eps: 0.14}, technique.FastLin, technique.CROWN, technique.AlphaCROWN)
	answers(t, 8, digits(2, values[2]), digits(2, math.Abs(values[1])), digits(4, values[0]))
	for i := range 101 {
		alpha := float64(i) / 100
		bound := 0.4 + 0.3*alpha - 0.14*(math.Abs(alpha-0.5)+2*alpha+1) - 1.5*0.14
		if bound > values[2]+1e-4 {
			t.Errorf("slope %v gives %v, above alpha-CROWN's %v", alpha, bound, values[2])
		}
	}
}

// TestNumbers are exercises 11 and 12.
func TestNumbers(t *testing.T) {
	answers(t, 11, digits(4, 2.0/255/0.25))
	var sum float32
	for range 10 {
		sum += 0.1
	}
	answers(t, 12, fmt.Sprintf("%.2e", sum-1))
}

// TestFiles checks that the files beside the sheet hold the network and the point.
func TestFiles(t *testing.T) {
	path, own := filepath.Join(folder, "exercise.safetensors"), filepath.Join(t.TempDir(), "own.safetensors")
	if *write {
		own = path
	}
	if err := net.Save(own, exercise(t)); err != nil {
		t.Fatal(err)
	}
	kept, err := net.Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	n, err := net.Load(own, nil)
	if err != nil {
		t.Fatal(err)
	}
	if kept.Model().Hash() != n.Model().Hash() {
		t.Error("exercise.safetensors is another network: go test ./pkg/internal/course -run Files -args -write")
	}
	splits, err := data.Load(filepath.Join(folder, "exercise.csv"), data.Options{Whole: true})
	if err != nil {
		t.Fatal(err)
	}
	if x := splits.Test.Sample(0); splits.Test.Len() != 2 || x[0] != 0.5 || x[1] != 0.5 || splits.Test.Y[0] != 0 {
		t.Errorf("exercise.csv holds %v, labels %v", splits.Test.X, splits.Test.Y)
	}
}
