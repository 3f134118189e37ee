package onnx

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tightrope/pkg/internal/vnncomp"
	"tightrope/pkg/verify/cert"
)

// compareFolded compares the layers with the evaluator at an input, and returns the largest difference.
func compareFolded(t *testing.T, g *Graph, folded *Folded, x []float64) float64 {
	t.Helper()
	n, err := cert.NewNetwork(folded.Model)
	if err != nil {
		t.Fatal(err)
	}
	want, err := NewEvaluator[float64](g).Run(x)
	if err != nil {
		t.Fatal(err)
	}
	if folded.Input != nil {
		if order := slices.Sorted(slices.Values(folded.Input)); !slices.Equal(order, natural(len(x))) {
			t.Fatalf("the model's input is no order of the graph's: %v", folded.Input)
		}
		x = pickAll(x, folded.Input, 0)
	}
	return difference(n.Forward(x), want)
}

// noLayers are the cases of testdata/cases that have no layers yet, by the beginning of their names and a part of the
// error.
var noLayers = map[string]string{
	"clip_default": "nothing to verify", "max_one": "nothing to verify", "min_one": "nothing to verify",
	"div_first": "only a division by constants is linear",
	"identity":  "nothing to verify", "dropout": "nothing to verify", "flatten": "nothing to verify",
	"reshape": "nothing to verify", "squeeze": "nothing to verify", "unsqueeze": "nothing to verify",
	"constant_of_shape_default": "nothing to verify", "constant_value_int": "nothing to verify",
}

// reason is the part of the error that a case should have; "": it has layers.
func reason(name string) (text string) {
	length := 0
	for prefix, part := range noLayers {
		if strings.HasPrefix(name, prefix) && len(prefix) > length {
			text, length = part, len(prefix)
		}
	}
	return text
}

// TestFoldCases folds every case of testdata/cases, and compares its layers with the evaluator at its input and at
// random ones. Cases without layers have an error that says why.
func TestFoldCases(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	folded := 0
	for _, path := range cases(t) {
		name := strings.TrimSuffix(filepath.Base(path), ".onnx")
		g, ref := readCase(t, path)
		f, err := Fold(g)
		if want := reason(name); want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v: want %q", name, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		folded++
		x := ref.Input
		for range 5 {
			if d := compareFolded(t, g, f, x); d > 1e-12 {
				t.Errorf("%s: layers differ from the graph by %g", name, d)
			}
			x = made(len(x), func(int) float64 { return 2 * r.NormFloat64() })
		}
		if rounds := name == "div_constant"; rounds != (len(f.Rounded) > 0) {
			t.Errorf("%s: rounded: %v", name, f.Rounded)
		}
	}
	if folded < 130 {
		t.Errorf("only %d cases have layers", folded)
	}
}

// TestFoldCompetition folds every network of TIGHTROPE_VNNCOMP, and compares its layers with the graph.
func TestFoldCompetition(t *testing.T) {
	folded := 0
	for _, dir := range vnncomp.Families(t, "forward.csv") {
		for _, row := range vnncomp.Rows(t, filepath.Join(dir, "forward.csv")) {
			p := load(t, dir, row[0], row[1])
			f, err := Fold(p.Graph)
			if err != nil {
				t.Fatalf("%s: %v", row[0], err)
			}
			if d := compareFolded(t, p.Graph, f, corner(p.Property, row[2])); d > 1e-12 {
				t.Errorf("%s: layers differ from the graph by %g", row[0], d)
			}
			if len(f.Rounded) > 0 {
				t.Errorf("%s: rounded: %v", row[0], f.Rounded)
			}
			folded++
		}
	}
	t.Logf("layers agree at %d points", folded)
}
