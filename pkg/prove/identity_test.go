package prove

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"tightrope/pkg/internal/onnxgen"
	"tightrope/pkg/property"
)

// identity is a combination of f(s), f(-s), f(s-1), f(1-s) that is a constant for every s.
type identity struct {
	weights  []float32
	constant float64
}

// identities are sigma(s) + sigma(-s) = 1, tanh(s) + tanh(-s) = 0, and of softplus p with p(s) - p(-s) = s the
// difference of that at s and s-1.
var identities = map[string]identity{
	"Sigmoid":  {[]float32{1, 1, 0, 0}, 1},
	"Tanh":     {[]float32{1, 1, 0, 0}, 0},
	"Softplus": {[]float32{1, -1, -1, 1}, 1},
}

// problem asks whether the combination, which is the constant, can compare with a bound so far from it. The inputs are
// in [-1, 1]; s is the first of them and a thousandth of each of the others.
func (id identity) problem(t *testing.T, operation string, inputs int, comparison string, far float64,
) *property.Problem {
	t.Helper()
	first, second := onnxgen.Affine{Bias: []float32{0, 0, -1, 1}}, onnxgen.Affine{Bias: []float32{0}}
	var text strings.Builder
	for i := range inputs {
		w := float32(0.001)
		if i == 0 {
			w = 1
		}
		first.Weight = append(first.Weight, []float32{w, -w, w, -w})
		fmt.Fprintf(&text, "(declare-const X_%d Real)(assert (<= X_%d 1))(assert (>= X_%d -1))\n", i, i, i)
	}
	for _, w := range id.weights {
		second.Weight = append(second.Weight, []float32{w})
	}
	fmt.Fprintf(&text, "(declare-const Y_0 Real)(assert (%s Y_0 %v))\n", comparison, id.constant+far)
	return parsed(t, onnxgen.Chain(operation, first, second), text.String())
}

// TestIdentities: what is a constant for every input is proved to be within a thousandth of it, which takes splits of
// the box of inputs, few or many; a bound on the other side is met; and that the constant itself is left out is never
// claimed.
func TestIdentities(t *testing.T) {
	for operation, id := range identities {
		for _, inputs := range []int{1, 14} {
			for far, comparison := range map[float64]string{1e-3: ">=", -1e-3: "<="} {
				other := map[string]string{">=": "<=", "<=": ">="}[comparison]
				id.ask(t, operation, inputs, comparison, far, property.Unsat)
				id.ask(t, operation, inputs, other, far, property.Sat)
				id.ask(t, operation, inputs, comparison, 0, "")
			}
		}
	}
}

// ask expects an answer, or any but unsat where none is wanted, and its proof to be confirmed.
func (id identity) ask(t *testing.T, operation string, inputs int, comparison string, far float64,
	want property.Answer) {
	t.Helper()
	limit := 30 * time.Second
	if want == "" {
		limit = 100 * time.Millisecond
	}
	p := id.problem(t, operation, inputs, comparison, far)
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	r, err := Solve(ctx, p, Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if want == "" && r.Answer == property.Unsat || want != "" && r.Answer != want ||
		r.Answer == property.Unsat && r.Nodes < 2 {
		t.Errorf("%s of %d inputs, constant %s %+g: %s after %d nodes, want %s", operation, inputs, comparison, far,
			r.Answer, r.Nodes, want)
	}
	if r.Proof == nil {
		return
	}
	if _, err := property.Check(t.Context(), p, r.Proof, property.Options{}); err != nil {
		t.Errorf("%s of %d inputs: %v", operation, inputs, err)
	}
}

// TestSlow: where many inputs of a smooth network move, a timeout says what was tried.
func TestSlow(t *testing.T) {
	p := identities["Tanh"].problem(t, "Tanh", 14, ">=", 1e-9)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	r, err := Solve(ctx, p, Options{Workers: 1})
	if err != nil || r.Answer != property.Timeout || !strings.Contains(r.Reason,
		"tanh: splitting the intervals of its neurons for half of the time") {
		t.Errorf("%+v, %v", r, err)
	}
}
