package onnx

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// reference is an input of a case and the outputs that onnxruntime computes; see tools/onnx_cases.py.
type reference struct {
	Shape   []int     `json:"shape"`
	Input   []float64 `json:"input"`
	Float32 []float64 `json:"float32"`
	Float64 []float64 `json:"float64"`
}

// cases lists the models of testdata/cases.
func cases(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/cases/*.onnx")
	if err != nil || len(paths) < 150 {
		t.Fatalf("%d cases in testdata/cases: %v", len(paths), err)
	}
	return paths
}

// readCase reads a model and its reference.
func readCase(t *testing.T, path string) (*Graph, *reference) {
	t.Helper()
	b, err := os.ReadFile(strings.TrimSuffix(path, ".onnx") + ".json")
	if err != nil {
		t.Fatal(err)
	}
	r := &reference{}
	if err := json.Unmarshal(b, r); err != nil {
		t.Fatal(err)
	}
	g, err := Read(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return g, r
}

// TestCases compares both evaluators with onnxruntime on a model of each operation and quirk; together the models hold
// every operation of the table.
func TestCases(t *testing.T) {
	seen, doubles, moved := map[string]bool{}, 0, 0
	for _, path := range cases(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".onnx"), func(t *testing.T) {
			g, r := readCase(t, path)
			for _, n := range g.Nodes {
				seen[n.Op] = true
			}
			if out := g.Values[g.Output].Shape; !slices.Equal(out, r.Shape) && len(out)+len(r.Shape) > 0 {
				t.Errorf("an output of shape %v, want %v", out, r.Shape)
			}
			f32, f64 := evaluate(t, g, r.Input)
			if d := difference(f32, r.Float32); r.Float32 != nil && d > 1e-5 {
				t.Errorf("float32 differs by %g: %v, want %v", d, f32, r.Float32)
			}
			if d := difference(f64, r.Float64); r.Float64 != nil && d > 1e-9 {
				t.Errorf("float64 differs by %g: %v, want %v", d, f64, r.Float64)
			}
			if r.Float64 != nil {
				doubles++
			}
			moved += checkSelections(t, g, r.Input)
		})
	}
	for op := range operations {
		if !seen[op] {
			t.Errorf("no case holds %s", op)
		}
	}
	if doubles < 100 || moved < 50 {
		t.Errorf("%d cases with references in float64, %d nodes that move values: too few", doubles, moved)
	}
}

// checkSelections compares every node that moves values with its selection, and returns how many there were.
func checkSelections(t *testing.T, g *Graph, x []float64) (moved int) {
	t.Helper()
	all, err := NewEvaluator[float64](g).RunAll(x)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range g.Nodes {
		if n.Select == nil || all[n.In[0]] == nil {
			continue
		}
		from := all[n.In[0]]
		if n.Op == "Concat" {
			from = nil
			for _, in := range n.In {
				from = append(from, all[in]...)
			}
		}
		for k, out := range n.Out {
			if out < 0 {
				continue
			}
			for i, v := range all[out] {
				at := i
				if !n.Select[k].Same {
					at = int(n.Select[k].Index[i])
				}
				if want := n.Pad; at >= 0 && v != from[at] || at < 0 && v != want {
					t.Fatalf("%v: value %d of result %d is not the one it selects", n, i, k)
				}
			}
			moved++
		}
	}
	return moved
}
