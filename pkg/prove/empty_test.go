package prove

import (
	"math/rand/v2"
	"strings"
	"testing"

	"tightrope/pkg/internal/onnxgen"
	"tightrope/pkg/onnx"
	"tightrope/pkg/property"
	"tightrope/pkg/vnnlib"
)

// contradictory are assertions of which no input meets the bounds, and some that one meets after all.
var contradictory = map[string]bool{
	"(assert (<= X_0 1))(assert (>= X_0 2))(assert (>= Y_0 0))":                          true,
	"(assert (or (and (<= X_0 1) (>= X_0 2)) (and (<= X_0 -4) (>= X_0 -3) (<= Y_0 1))))": true,
	"(assert (<= X_0 0.1))(assert (>= X_0 0.1000000000000001))":                          true,
	"(assert (<= X_0 0.1))(assert (>= X_0 0.1))":                                         false,
	"(assert (or (and (<= X_0 1) (>= X_0 2)) (and (<= X_0 1) (>= X_0 0) (<= Y_0 1e9))))": false,
}

// TestContradictions: bounds that leave no input are unsat, and the proof, which holds nothing but the two hashes, is
// confirmed; it proves nothing about a property that has inputs.
func TestContradictions(t *testing.T) {
	g, err := onnx.Parse(onnxgen.Network(rand.New(rand.NewPCG(4, 20)), onnxgen.Options{Inputs: 1, Outputs: 1}),
		onnx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	problems := map[bool][]*property.Problem{}
	for text, empty := range contradictory {
		text = "(declare-const X_0 Real)(declare-const Y_0 Real)" + text
		near, err := vnnlib.Parse([]byte(text), vnnlib.Options{})
		if err != nil {
			t.Fatal(err)
		}
		wide, err := vnnlib.Parse([]byte(text), vnnlib.Options{Rounding: vnnlib.Outward})
		if err != nil {
			t.Fatal(err)
		}
		p, err := property.New(g, near, wide)
		if err != nil {
			t.Fatal(err)
		}
		problems[empty] = append(problems[empty], p)
	}
	for _, p := range problems[true] {
		r, err := Solve(t.Context(), p, Options{})
		if err != nil || r.Answer != property.Unsat || !strings.Contains(r.Reason, "swapped") {
			t.Fatalf("%+v, %v", r, err)
		}
		b, err := r.Proof.Bytes()
		if err != nil || len(b) > 400 {
			t.Fatalf("a proof of %d bytes, %v", len(b), err)
		}
		report, err := property.Check(t.Context(), p, r.Proof, property.Options{})
		if err != nil || len(report.Covers(p)) != 1 {
			t.Errorf("%+v, %v", report, err)
		}
		for _, other := range problems[false] {
			forged := *r.Proof
			forged.Property = other.PropertyHash
			if _, err := property.Check(t.Context(), other, &forged, property.Options{}); err == nil {
				t.Error("a proof without parts is confirmed for a property with inputs")
			}
		}
	}
	for _, p := range problems[false] {
		if r, err := Solve(t.Context(), p, Options{}); err != nil || r.Answer != property.Sat {
			t.Errorf("%+v, %v: an input meets the property", r, err)
		}
	}
}
