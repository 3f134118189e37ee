package prove

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"tightrope/pkg/internal/vnncomp"
	"tightrope/pkg/property"
)

// TestHard decides instances of TIGHTROPE_VNNCOMP that simpler searches are slow at: conjunctions of rows, disjunctions
// over boxes, a counterexample in a corner of the box, a margin near 0.
func TestHard(t *testing.T) {
	families := vnncomp.Families(t, "answers.csv")
	for _, c := range []struct {
		network, property string
		want              property.Answer
	}{
		{"ACASXU_run2a_1_1_batch_2000.onnx", "prop_3.vnnlib", property.Unsat},
		{"ACASXU_run2a_1_1_batch_2000.onnx", "prop_6.vnnlib", property.Unsat},
		{"ACASXU_run2a_2_9_batch_2000.onnx", "prop_8.vnnlib", property.Sat},
		{"mnist-net_256x2.onnx", "prop_10_0.05.vnnlib", property.Unsat},
	} {
		found := false
		for _, dir := range families {
			p, err := property.Load(filepath.Join(dir, "onnx", c.network), filepath.Join(dir, "vnnlib", c.property))
			if err != nil {
				continue // of another family
			}
			found = true
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			r, err := Solve(ctx, p, Options{})
			cancel()
			if err != nil || r.Answer != c.want {
				t.Errorf("%s, %s: %v, %v", c.network, c.property, r, err)
				continue
			}
			t.Logf("%s, %s: %s, %d nodes", c.network, c.property, r.Answer, r.Nodes)
		}
		if !found {
			t.Errorf("no family has %s and %s", c.network, c.property)
		}
	}
}
