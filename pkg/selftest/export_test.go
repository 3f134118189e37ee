package selftest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"tightrope/pkg/model"
	"tightrope/pkg/net"
)

// TestExport: every row is there with a network that loads, and enough samples.
func TestExport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	if err := Export(dir, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, "rows.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []exported
	if err := json.Unmarshal(content, &all); err != nil || len(all) != len(rows) {
		t.Fatalf("%d rows, error %v", len(all), err)
	}
	samples, shapes := map[string]int{}, map[string][]int{}
	for i, e := range all {
		n, err := net.Load(filepath.Join(dir, e.Weights), nil)
		if err != nil {
			t.Fatalf("%s: %v", e.Title, err)
		}
		if samples[e.Data] == 0 {
			values, _, err := net.ReadTensors(filepath.Join(dir, e.Data))
			if err != nil {
				t.Fatal(err)
			}
			samples[e.Data] = values[0].Value.Shape().Dimensions[0]
			shapes[e.Data] = values[0].Value.Shape().Dimensions[1:]
		}
		if model.Size(shapes[e.Data]) != n.InputSize() || rows[i].colour != (shapes[e.Data][0] == 3) {
			t.Errorf("%s takes %d inputs, its samples are %v", e.Title, n.InputSize(), shapes[e.Data])
		}
		if e.Title != rows[i].title || e.Task == "" || e.Method == "" || e.Batch < 1 || e.Batch > e.Samples ||
			e.Samples > samples[e.Data] {
			t.Errorf("row %+v, %d samples in the file", e, samples[e.Data])
		}
	}
}
