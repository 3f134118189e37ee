package bound

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/internal/testbackend"
)

func ExampleBest() {
	fmt.Println(Best{}.Name())
	fmt.Println(Best{Of: []Technique{CROWN{}, CROWNIBP()}}.Name())
	// Output:
	// best-of
	// best of CROWN, CROWN-IBP
}

// TestBest checks that the best of several is at least each of them, in margins and layers, stays sound, and
// beats all of them somewhere.
func TestBest(t *testing.T) {
	network := mlp(t, 61, 4, 12, 12, 12, 3)
	rng := rand.New(rand.NewPCG(29, 30))
	x, labels := randomInputs(8, 4, rng), []int32{0, 1, 2, 1, 2, 0, 0, 1}
	balls := testBalls(4, 0.25)
	if slowCompiler() {
		balls = balls[:1]
	}
	p := newProber(t, network, 64)
	techniques := append([]Technique{Best{}}, Best{}.of()...)
	all := boundAll(t, network, techniques, balls, x, labels)
	for i, b := range balls {
		of := all[i*len(techniques) : (i+1)*len(techniques)]
		ahead := 0
		for s := range labels {
			ahead += compareBest(t, of, s, labels[s])
			search(p, of[:1], s, x[4*s:4*s+4], labels[s], rng)
		}
		if ahead == 0 {
			t.Errorf("%s: the best of several is never above the best of them", describe(b))
		}
	}
}

// compareBest counts the margins where the first of several is above all others.
func compareBest(t *testing.T, of []boundsOf, s int, label int32) (ahead int) {
	t.Helper()
	best := of[0]
	for c, m := range best.Margins[s] {
		highest := of[1].Margins[s][c]
		for _, other := range of[1:] {
			highest = max(highest, other.Margins[s][c])
		}
		if m < highest-1e-12 {
			t.Errorf("%s, sample %d, class %d: %v is below %v", describe(best.ball), s, c, m, highest)
		}
		if int32(c) != label && m > highest+1e-6 {
			ahead++
		}
	}
	for k := range best.Lower[s] {
		for j := range best.Lower[s][k] {
			for _, other := range of[1:] {
				if best.Lower[s][k][j] < other.Lower[s][k][j]-1e-12 ||
					best.Upper[s][k][j] > other.Upper[s][k][j]+1e-12 {
					t.Errorf("%s, sample %d, relu %d, unit %d: looser than %s", describe(best.ball), s, k, j,
						other.technique.Name())
				}
			}
		}
	}
	return ahead
}

// TestBestOptions runs Best through the evaluator, which also reads layers.
func TestBestOptions(t *testing.T) {
	e, err := NewEvaluator(testbackend.Open(t), ladder(t),
		Options{Technique: Best{}, Ball: ball.Ball{Eps: 0.2}, Batch: 1, Layers: true, XStar: true})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	out, err := Evaluate(e, []float64{0.5, 0.5}, []int32{0})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "margin", out.Margins[0][1], 0.1, 1e-12)
	nearAll(t, "l", out.Lower[0][0], []float64{0.1, -0.4}, 1e-12)
}
