package modelcascade

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tightrope/pkg/net"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
	"tightrope/pkg/train"
)

// short is a cascade of small networks on a part of digits.
func short(t *testing.T, members int) Recipe {
	t.Helper()
	r, err := recipe.Get("mlp-2x100/digits-ibp", recipe.Quick)
	if err != nil {
		t.Fatal(err)
	}
	r.Scale, r.Arch, r.TrainSamples = "custom", "fc24 fc10", 400
	r.Train = r.Train.Compress(6)
	r.Train.Eps, r.Train.Kappa = 0.05, train.Range{}
	r.Eval = recipe.Eval{TestSamples: 80, PGDSteps: 5, PGDSamples: 40}
	return Recipe{Members: members, Each: r}
}

func mustTrain(t *testing.T, ctx context.Context, r Recipe, dir string, existing record.Existing) *record.Record {
	t.Helper()
	result, err := Train(ctx, r, recipe.Options{Backend: "go", Out: dir, Existing: existing})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// hashes are those of the members in a folder.
func hashes(t *testing.T, dir string) []string {
	t.Helper()
	c, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for k := range c.Members {
		n, err := net.Load(c.Path(k), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.CheckHash(k, n.Hash()); err != nil {
			t.Error(err)
		}
	}
	if c.CheckHash(0, "another") == nil {
		t.Error("another network passes for a member")
	}
	return c.Hashes
}

// TestTrain trains a cascade twice, once interrupted in its second member: the networks and errors are the same, each
// member has fewer samples than the one before, and the errors are in the order of the theorems.
func TestTrain(t *testing.T) {
	whole, parts := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "parts")
	r := short(t, 3)
	want := mustTrain(t, t.Context(), r, whole, record.Refuse)
	ctx, cancel := context.WithCancel(t.Context())
	epochs := 0
	_, err := Train(ctx, r, recipe.Options{Backend: "go", Out: parts, OnEpoch: func(train.Epoch) {
		if epochs++; epochs == 9 {
			cancel()
		}
	}})
	if !errors.Is(err, train.ErrInterrupted) {
		t.Fatalf("interrupted: %v", err)
	}
	if IsFolder(parts) {
		t.Error("an unfinished cascade passes for a whole one")
	}
	got := mustTrain(t, t.Context(), r, parts, record.Resume)
	if a, b := hashes(t, whole), hashes(t, parts); !reflect.DeepEqual(a, b) || a[0] == a[1] {
		t.Errorf("members %.8s, after an interruption %.8s", a, b)
	}
	if !reflect.DeepEqual(got.Results, want.Results) || !reflect.DeepEqual(got.Cascade, want.Cascade) {
		t.Errorf("after an interruption %+v %+v, want %+v %+v", got.Results, got.Cascade, want.Results, want.Cascade)
	}
	checkRecord(t, want)
	if _, err := Train(t.Context(), r, recipe.Options{Backend: "go", Out: whole}); err == nil {
		t.Error("a cascade is written over another one")
	}
	other := r
	other.Each.Train.Seed++
	if _, err := Train(t.Context(), other, recipe.Options{Backend: "go", Out: whole,
		Existing: record.Resume}); err == nil || !strings.Contains(err.Error(), "seed") {
		t.Errorf("another cascade goes on in the same folder: %v", err)
	}
	r.Members = 2
	if again := mustTrain(t, t.Context(), r, whole, record.Replace); len(again.Cascade.Members) != 2 {
		t.Errorf("replaced by two members: %+v", again.Cascade)
	}
	if _, err := os.Stat(filepath.Join(whole, memberName(2))); err == nil {
		t.Error("the third member of the cascade that was replaced is still there")
	}
}

func checkRecord(t *testing.T, r *record.Record) {
	t.Helper()
	s, c := r.Results[record.Test], r.Cascade
	if s.StandardError > s.CertifiedError || c.CleanChoiceError > s.CertifiedError ||
		c.CleanChoiceError > c.Members[0].CertifiedError || s.Attack == nil || s.Attack.Images != 40 {
		t.Errorf("errors out of order: %+v, %+v", s, c)
	}
	samples := 401
	for k, m := range c.Members {
		if m.TrainSamples >= samples {
			t.Errorf("member %d is trained on %d samples after one with %d", k+1, m.TrainSamples, samples)
		}
		samples = m.TrainSamples
	}
	if text := strings.Join(r.CascadeLines(), "\n"); !strings.Contains(text, "NO bound of the cascade's error") {
		t.Errorf("the lines do not warn of the clean choice:\n%s", text)
	}
	read, err := record.Read(r.Path)
	if err != nil || !reflect.DeepEqual(read.Cascade, c) {
		t.Errorf("the record reads back as %+v, %v", read, err)
	}
}

// TestEndsEarly: at radius 0 the first member certifies nearly all, so that too few samples are left for a second.
func TestEndsEarly(t *testing.T) {
	r := short(t, 3)
	r.Each.Train = r.Each.Train.Compress(40)
	r.Each.Train.Eps, r.Each.Train.EpsStart, r.Each.Train.Batch = 1e-6, 0, 100
	dir := t.TempDir()
	result := mustTrain(t, t.Context(), r, dir, record.Refuse)
	if len(result.Cascade.Members) != 1 || len(result.Notes) == 0 || len(hashes(t, dir)) != 1 {
		t.Errorf("%+v, notes %q", result.Cascade, result.Notes)
	}
}

// TestRefused: what cannot be trained is refused before a folder is made.
func TestRefused(t *testing.T) {
	one, member, bad := short(t, 1), short(t, 2), short(t, 2)
	member.Each.After = []string{"hash"}
	bad.Each.Train.Eps = -1
	for what, r := range map[string]Recipe{"cascade of 1": one, "member": member, "radius -1": bad} {
		dir := filepath.Join(t.TempDir(), "run")
		if _, err := Train(t.Context(), r, recipe.Options{Backend: "go", Out: dir}); err == nil {
			t.Errorf("%s is trained", what)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: a folder was made", what)
		}
	}
	dir := filepath.Join(t.TempDir(), "run")
	if _, err := recipe.Run(t.Context(), member.Each, recipe.Options{Backend: "go", Out: dir}); err == nil ||
		!strings.Contains(err.Error(), "--cascade 2") {
		t.Errorf("a member is trained by itself: %v", err)
	}
}

// TestOpen: folders that hold no cascade of this version are refused by name.
func TestOpen(t *testing.T) {
	file := func(kind string, schema int, members, more string) string {
		return fmt.Sprintf(`{"kind":%q,"schema":%d,"members":%s,"hashes":["b"],"technique":"IBP"%s}`, kind, schema,
			members, more)
	}
	for content, want := range map[string]string{
		"":                                       "damaged",
		file("x", 1, `["a"]`, ""):                "of the kind",
		file(kind, 2, `["a"]`, ""):               "schema 2",
		file(kind, 1, `[]`, ""):                  "0 members and 1 hashes",
		file(kind, 1, `["a"]`, `,"other":1`):     "damaged",
		file(kind, 1, `["a"]`, `,"Technique":1`): "damaged",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, fileName), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", content, err, want)
		}
	}
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "--cascade") {
		t.Errorf("an empty folder: %v", err)
	}
}
