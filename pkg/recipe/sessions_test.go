package recipe

import (
	"strings"
	"testing"

	"tightrope/pkg/backend"
	"tightrope/pkg/train"
)

// TestSessions: a record says on which backends the parts of a training ran, and nothing where there was one.
func TestSessions(t *testing.T) {
	on := func(name string) *run { return &run{info: backend.Info{Name: name}} }
	fresh := on("go").sessions(nil)
	if len(fresh) != 1 || sessionsNote(fresh) != "" {
		t.Errorf("%+v", fresh)
	}
	same := on("go").sessions(&train.Checkpoint{Epoch: 3, Sessions: fresh})
	if len(same) != 1 {
		t.Errorf("%+v", same)
	}
	moved := on("xla:cuda").sessions(&train.Checkpoint{Epoch: 3, Done: 7, Sessions: same})
	back := on("go").sessions(&train.Checkpoint{Epoch: 5, Sessions: moved})
	note := sessionsNote(back)
	if len(back) != 3 || !strings.Contains(note, "from epoch 4, step 8 on xla:cuda") ||
		!strings.Contains(note, "from epoch 6, step 1 on go") {
		t.Errorf("%q", note)
	}
	if old := on("go").sessions(&train.Checkpoint{Epoch: 5}); len(old) != 2 ||
		!strings.Contains(sessionsNote(old), "does not name") {
		t.Errorf("%+v", old)
	}
}
