package vnnlib

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// formula is an assertion as a test makes it: its text, and whether values meet it.
type formula struct {
	text  string
	holds func(x, y []float64) bool
}

// comparison of small integers, so that ties are frequent.
func comparison(r *rand.Rand) formula {
	c := float64(r.IntN(5) - 2)
	i, j := r.IntN(2), r.IntN(2)
	swap := r.IntN(2) == 0
	left, right := fmt.Sprintf("X_%d", i), fmt.Sprint(c)
	value := func(x, y []float64) (float64, float64) { return x[i], c }
	switch r.IntN(3) {
	case 0:
		left = fmt.Sprintf("Y_%d", i)
		value = func(x, y []float64) (float64, float64) { return y[i], c }
	case 1:
		left, right = fmt.Sprintf("Y_%d", i), fmt.Sprintf("Y_%d", j)
		value = func(x, y []float64) (float64, float64) { return y[i], y[j] }
	}
	if swap {
		left, right = right, left
	}
	less := r.IntN(2) == 0
	holds := func(x, y []float64) bool {
		a, b := value(x, y)
		if swap {
			a, b = b, a
		}
		return less && a <= b || !less && a >= b
	}
	return formula{fmt.Sprintf("(%s %s %s)", map[bool]string{true: "<=", false: ">="}[less], left, right), holds}
}

// expression is a random formula.
func expression(r *rand.Rand, depth int) formula {
	if depth == 0 || r.IntN(3) == 0 {
		return comparison(r)
	}
	and := r.IntN(2) == 0
	parts := make([]formula, 1+r.IntN(3))
	var texts []string
	for i := range parts {
		parts[i] = expression(r, depth-1)
		texts = append(texts, parts[i].text)
	}
	holds := func(x, y []float64) bool {
		for _, p := range parts {
			if p.holds(x, y) != and {
				return !and
			}
		}
		return and
	}
	return formula{fmt.Sprintf("(%s %s)", map[bool]string{true: "and", false: "or"}[and], strings.Join(texts, " ")),
		holds}
}

// TestGenerated compares cases with the formulas that they were made of, on a grid of points: they agree at every one.
func TestGenerated(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	met, read := 0, 0
	for range 2000 {
		bounds := formula{"(and (<= X_0 2) (>= X_0 -2) (<= X_1 2) (<= -2 X_1))",
			func(x, y []float64) bool { return true }}
		parts := []formula{bounds}
		for range 1 + r.IntN(3) {
			parts = append(parts, expression(r, 3))
		}
		text := declarations(2, 2)
		for _, i := range r.Perm(len(parts)) {
			text += "(assert " + parts[i].text + ")\n"
		}
		p, err := Parse([]byte(text), Options{})
		if err != nil || (len(p.Cases) == 0) != (p.Contradiction != nil) {
			t.Fatalf("%+v, %v\n%s", p, err, text)
		}
		read += len(p.Cases)
		met += compare(t, p, parts, text)
	}
	if met < 10_000 || read < 4000 {
		t.Errorf("only %d points met a formula, and %d cases were read: the test has become weak", met, read)
	}
}

func declarations(inputs, outputs int) (text string) {
	for i := range inputs {
		text += fmt.Sprintf("(declare-const X_%d Real)\n", i)
	}
	for i := range outputs {
		text += fmt.Sprintf("(declare-const Y_%d Real)\n", i)
	}
	return text
}

// compare checks a grid of points and returns how many meet the formulas.
func compare(t *testing.T, p *Property, parts []formula, text string) (met int) {
	t.Helper()
	for code := range 6 * 6 * 6 * 6 {
		at := func(k int) float64 { return float64(code/k%6) - 2 } // up to 3, outside of the bounds
		x, y := []float64{at(1), at(6)}, []float64{at(36), at(216)}
		want := x[0] <= 2 && x[1] <= 2
		for _, f := range parts {
			want = want && f.holds(x, y)
		}
		slack, _, err := p.Slack(x, y)
		if err != nil || slack >= 0 != want {
			t.Fatalf("x %v, y %v: slack %v, %v; the formulas say %v\n%s", x, y, slack, err, want, text)
		}
		if want {
			met++
		}
	}
	return met
}
