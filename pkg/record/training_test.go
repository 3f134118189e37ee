package record

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tightrope/pkg/model"
)

// members are the names of a record's JSON members.
func members(t *testing.T, r *Record) map[string]json.RawMessage {
	t.Helper()
	path := filepath.Join(t.TempDir(), "record.json")
	if err := r.Write(path); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var found map[string]json.RawMessage
	if err := json.Unmarshal(content, &found); err != nil {
		t.Fatal(err)
	}
	return found
}

// cells are a record's λ, γ and seed in its table.
func cells(t *testing.T, r *Record) string {
	t.Helper()
	r.Results = map[string]SplitResult{Test: {Samples: 10, Technique: "IBP"}}
	var b strings.Builder
	if err := Table(&b, CSV, r); err != nil {
		t.Fatal(err)
	}
	row := strings.Split(strings.Split(b.String(), "\n")[1], ",")
	return strings.Join(row[1:4], " ")
}

// TestUnknownTraining: what a record does not know of a training is left out of its JSON, and a dash in tables; what
// it knows is kept, a 0 too.
func TestUnknownTraining(t *testing.T) {
	seed, zero, gamma := uint64(3), 0.0, 2.5
	for _, c := range []struct {
		name  string
		kind  Kind
		model model.Origin
		json  string // seed, lambda, gamma
		cells string
	}{
		{"nothing known", Eval, model.Origin{}, "", "- - -"},
		{"nothing known", Verify, model.Origin{}, "", "- - -"},
		{"other things known", Verify, model.Origin{Data: "mnist"}, "", "- - -"},
		{"the seed", Eval, model.Origin{Seed: &seed}, "seed 3 ", "- - 3"},
		{"all", Verify, model.Origin{Seed: &seed, Lambda: &zero, Gamma: &gamma}, "seed 3 lambda 0 gamma 2.5 ",
			"0 2.5 3"},
		{"a training", Train, model.Origin{}, "seed 0 lambda 0 gamma 0 ", "0 0 0"},
		{"a toy", Toy, model.Origin{}, "seed 0 lambda 0 gamma 0 ", "0 0 0"},
	} {
		r := New(c.name, c.kind)
		r.SetModel(c.model)
		said := ""
		found := members(t, r)
		for _, name := range []string{"seed", "lambda", "gamma"} {
			if text, ok := found[name]; ok {
				said += name + " " + string(text) + " "
			}
		}
		if _, has := found["model"]; said != c.json || has != c.model.Known() {
			t.Errorf("%s, %s: JSON says %q, want %q (model: %v)", c.name, c.kind, said, c.json, has)
		}
		if got := cells(t, r); got != c.cells {
			t.Errorf("%s, %s: the table says %q, want %q", c.name, c.kind, got, c.cells)
		}
		path := filepath.Join(t.TempDir(), "r.json")
		if err := r.Write(path); err != nil {
			t.Fatal(err)
		}
		again, err := Read(path)
		if err != nil || cells(t, again) != c.cells {
			t.Errorf("%s, %s: read again, the table says %q (%v)", c.name, c.kind, cells(t, again), err)
		}
	}
}

// TestOlderEvaluation: an older record has zeros that nobody measured.
func TestOlderEvaluation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "record.json")
	old := `{"schema": 1, "name": "lpd", "kind": "verify", "seed": 0, "lambda": 0, "gamma": 0}`
	if err := os.WriteFile(path, []byte(old), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := Read(path)
	if err != nil || cells(t, r) != "- - -" {
		t.Errorf("%v, %s", err, cells(t, r))
	}
}
