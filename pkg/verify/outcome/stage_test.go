package outcome

import (
	"testing"

	"tightrope/pkg/technique"
)

// TestStages: every stage has a name that reads back, and the table's techniques of verify are the stages.
func TestStages(t *testing.T) {
	for s := Last; s.Known(); s++ {
		if back, err := ParseStage(s.String()); err != nil || back != s {
			t.Errorf("%v reads back as %v, %v", s, back, err)
		}
		if _, ok := techniques[s]; !ok && s > Clean {
			t.Errorf("%d has no technique", s)
		}
	}
	for _, row := range technique.All() {
		if got := StageOf(row.ID) != Last; got != row.Uses.Stage {
			t.Errorf("%v is a stage: %v, the table says %v", row.ID, got, row.Uses.Stage)
		}
	}
	if _, err := ParseStage("deepz"); err == nil {
		t.Error("DeepZ is no stage")
	}
}
