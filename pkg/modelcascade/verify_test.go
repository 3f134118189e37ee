package modelcascade

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/data"
	"tightrope/pkg/internal/testbackend"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/verify"
	"tightrope/pkg/verify/audit"
	"tightrope/pkg/verify/outcome"
)

// verification is one of random members, and its folder.
type verification struct {
	t        *testing.T
	set      *data.Set
	networks []*net.Network
	options  verify.CascadeOptions
	dir      string
}

func newVerification(t *testing.T) *verification {
	t.Helper()
	v := &verification{t: t, set: random(30, 41), dir: t.TempDir(),
		options: verify.CascadeOptions{Ball: ball.Ball{Eps: 0.04, Box: ball.Unit}, Until: outcome.BranchAndBound}}
	v.networks = randomMembers(t, v.set, 3, 42)
	return v
}

func (v *verification) run(ctx context.Context, existing record.Existing) (*Proofs, error) {
	p, _, err := Verify(ctx, testbackend.Open(v.t), v.networks, v.set, Verification{Dir: v.dir, Existing: existing,
		Options: v.options, Recipe: func(k int, own *data.Set) (outcome.Recipe, error) {
			job, err := verify.NewJob("model.safetensors", v.networks[k], own, data.Options{}, v.options)
			if err != nil {
				return outcome.Recipe{}, err
			}
			return job.Recipe, nil
		}})
	return p, err
}

func (v *verification) check() (*Proofs, error) {
	return Check(v.t.Context(), v.dir, v.networks, v.set, audit.Options{}, func(int, *audit.Report) {})
}

// TestVerify verifies a cascade, and checks what it says: it holds, its counts are in order, it proves no more than
// measured errors allow, and it says the same when it continues after an interruption.
func TestVerify(t *testing.T) {
	v := newVerification(t)
	p, err := v.run(t.Context(), record.Refuse)
	if err != nil {
		t.Fatal(err)
	}
	if !(p.Robust <= p.CleanChoice && p.Excluded <= p.CleanChoice) || p.Robust == 0 || p.Excluded == 0 ||
		p.Robust == p.CleanChoice {
		t.Errorf("counts are out of order, or show too little: %+v", p)
	}
	e := mustMeasure(t, v.networks, v.set, Options{Ball: v.options.Ball})
	if p.Robust < e.Samples-e.Uncertified || p.Samples-p.Standard < p.CleanChoice {
		t.Errorf("proved robust on %d images, measured %+v", p.Robust, e)
	}
	checked, err := v.check()
	if err != nil || !reflect.DeepEqual(checked.Lines(), p.Lines()) {
		t.Errorf("checked: %v, %v, want %v", checked, err, p)
	}
	if err := os.Remove(filepath.Join(v.dir, "record.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(v.dir, memberName(2))); err != nil {
		t.Fatal(err)
	}
	if _, err := v.check(); err == nil {
		t.Error("an unfinished verification is confirmed")
	}
	if again, err := v.run(t.Context(), record.Resume); err != nil || !reflect.DeepEqual(again.Lines(), p.Lines()) {
		t.Errorf("gone on: %v, %v", again, err)
	}
	if _, err := v.run(t.Context(), record.Refuse); err == nil {
		t.Error("a verification is written over another one")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := v.run(ctx, record.Replace); err == nil {
		t.Error("a cancelled verification has no error")
	}
}

// TestCheckRefuses: a folder that was tampered with, other networks and other images are refused.
func TestCheckRefuses(t *testing.T) {
	v := newVerification(t)
	if _, err := v.run(t.Context(), record.Refuse); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct{ file, old, new string }{
		"a falsified image as certified": {memberName(0) + "/decisions.jsonl", `"falsified"`, `"certified"`},
		"another class":                  {memberName(1) + "/decisions.jsonl", `"label":`, `"label":1`},
		"a smaller radius":               {memberName(2) + "/recipe.json", `"eps": 0.04`, `"eps": 0.01`},
		"fewer errors":                   {"record.json", `"cleanChoiceError": `, `"cleanChoiceError": 0`},
		"a smaller certified error":      {"record.json", `"certifiedError": `, `"certifiedError": 0`},
		"another kind":                   {"recipe.json", verificationKind, "verification"},
	} {
		path := filepath.Join(v.dir, filepath.FromSlash(c.file))
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(content), c.old) {
			t.Fatalf("%s: no %s in %s", what, c.old, path)
		}
		change := strings.Replace(string(content), c.old, c.new, 1)
		if err := os.WriteFile(path, []byte(change), 0o644); err != nil {
			t.Fatal(err)
		}
		if p, err := v.check(); err == nil {
			t.Errorf("%s: confirmed: %v", what, p.Lines())
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := v.check(); err != nil {
		t.Errorf("the folder as it was: %v", err)
	}
	moved := *v
	moved.networks = []*net.Network{v.networks[1], v.networks[0], v.networks[2]}
	if _, err := moved.check(); err == nil {
		t.Error("members in another order are confirmed")
	}
	moved = *v
	moved.set = random(30, 99)
	if _, err := moved.check(); err == nil {
		t.Error("other images are confirmed")
	}
	moved.set = v.set.Head(20)
	if _, err := moved.check(); err == nil {
		t.Error("too few images are confirmed")
	}
	labels := *v.set
	labels.Y = append([]int32(nil), v.set.Y...)
	labels.Y[0] = (labels.Y[0] + 1) % 3
	moved.set = &labels
	if _, err := moved.check(); err == nil {
		t.Error("another label is confirmed, though the record counts errors")
	}
}
