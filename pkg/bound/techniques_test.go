package bound

import (
	"testing"

	"tightrope/pkg/technique"
)

// TestTechniques: the table's techniques with a graph are those that have one here, under the table's names.
func TestTechniques(t *testing.T) {
	for _, row := range technique.All() {
		graph, err := ByID(row.ID)
		if (err == nil) != row.Uses.Graph {
			t.Errorf("%v: %v, the table says %v", row.ID, err, row.Uses.Graph)
		}
		if err == nil && row.ID != technique.Projected && graph.Name() != row.Name {
			t.Errorf("%v calls itself %q", row.ID, graph.Name())
		}
		if _, known := graph.(works); err == nil && !known {
			t.Errorf("%v has no cost model", row.ID)
		}
	}
}
