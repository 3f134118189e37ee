package outcome

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tightrope/pkg/internal/strictjson"
)

// TestSessions: sessions are kept in order, what they took adds up, and a damaged file is refused.
func TestSessions(t *testing.T) {
	dir := t.TempDir()
	a := &Summary{Seconds: 2, ProcessorSeconds: 1, Load: [2]float64{3, 7}, Certified: 5}
	a.At(PGD).Reached = 4
	b := &Summary{Seconds: 3, ProcessorSeconds: 2.5, Load: [2]float64{2, 5}, Certified: 7, Resumed: 5}
	b.At(PGD).Reached = 2
	b.At(BranchAndBound).Seconds = 1.5
	if earlier, err := a.KeepSession(dir); err != nil || len(earlier) != 0 {
		t.Fatalf("%+v, %v", earlier, err)
	}
	earlier, err := b.KeepSession(dir)
	if err != nil || len(earlier) != 1 || earlier[0].Images != 5 || b.Session().Images != 2 {
		t.Fatalf("%+v, %v", earlier, err)
	}
	w := WorkOf(append(earlier, *b.Session()))
	if w.Sessions != 2 || w.Seconds != 5 || w.ProcessorSeconds != 3.5 || w.Load != [2]float64{2, 7} {
		t.Errorf("%+v", w)
	}
	if b.AddSessions(earlier); b.At(PGD).Reached != 6 || b.Seconds != 5 || b.ProcessorSeconds != 3.5 || b.Resumed != 5 {
		t.Errorf("%+v", b)
	}
	if err := os.WriteFile(filepath.Join(dir, SessionsName), []byte("{\"wrong\":1}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := a.KeepSession(dir); err == nil {
		t.Error("a damaged file was taken")
	}
}

// TestInterruptedSession: a session that was interrupted before any stage is kept, and can be read.
func TestInterruptedSession(t *testing.T) {
	dir := t.TempDir()
	for want := range 3 {
		earlier, err := (&Summary{Seconds: 1}).KeepSession(dir)
		if err != nil || len(earlier) != want {
			t.Fatalf("after %d sessions: %d read, %v", want, len(earlier), err)
		}
	}
	var read Summary
	text, err := json.Marshal(&Summary{})
	if err == nil {
		err = strictjson.Unmarshal(text, &read)
	}
	if err != nil {
		t.Error(err)
	}
}

// TestExtends: samples and time may grow, and nothing else may change.
func TestExtends(t *testing.T) {
	old := Recipe{Network: "n", Data: "mnist", DataHash: "a", Samples: 10, PerImage: "2s", Eps: 0.1}
	for want, change := range map[string]func(*Recipe){
		"":              func(r *Recipe) { r.Samples, r.DataHash, r.PerImage = 20, "b", "1m0s" },
		"at least":      func(r *Recipe) { r.Samples = 9 },
		"as much":       func(r *Recipe) { r.PerImage = "1.9s" },
		"other flags":   func(r *Recipe) { r.Eps = 0.2 },
		"another --out": func(r *Recipe) { r.Network = "m" },
		"duration":      func(r *Recipe) { r.PerImage = "soon" },
	} {
		r := old
		change(&r)
		err := r.Extends(&old)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
