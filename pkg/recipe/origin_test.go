package recipe

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
)

// carrying writes a small network for digits that says it is of a training, and reads it again.
func carrying(t *testing.T, path string, o model.Origin) *net.Network {
	t.Helper()
	n, err := net.Named("fc8 fc10", []int{1, 8, 8}, 10)
	if err != nil {
		t.Fatal(err)
	}
	n.Init(7).Origin = o
	if err := net.Save(path, n); err != nil {
		t.Fatal(err)
	}
	back, err := net.Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n.Origin = (model.Origin{}); back.Hash() != n.Hash() {
		t.Error("the hash depends on what the file says of the training")
	}
	return back
}

// TestOriginOfEveryRecipe: what every recipe says of itself survives a model file, and is what the recipe is: its data,
// seed, weights and the ball that it is measured on.
func TestOriginOfEveryRecipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	for i, name := range Names() {
		for _, scale := range []Scale{Quick, Paper} {
			r, err := Get(name, scale)
			if err != nil {
				t.Fatal(err)
			}
			r.Train.Seed, r.Train.Lambda, r.Train.Gamma = uint64(i), r.Plan.Lambda, r.Plan.Gamma
			o := carrying(t, path, r.Origin("0123456789ab")).Origin
			if !reflect.DeepEqual(o, r.Origin("0123456789ab")) {
				t.Errorf("%s: %v came back as %v", name, r.Origin("0123456789ab").Entries(), o.Entries())
			}
			b := r.Ball()
			if o.Data != r.Data || *o.Seed != uint64(i) || o.Recipe != name || o.Scale != scale.String() ||
				*o.Norm != b.Norm || *o.Eps != b.Eps ||
				*o.TrainEps != r.Train.Eps || !reflect.DeepEqual(o.Box, b.Box) || o.NoBox != (b.Box == nil) ||
				*o.Lambda != r.Plan.Lambda || *o.Gamma != r.Plan.Gamma || o.Version != "0123456789ab" {
				t.Errorf("%s, %v: the file says %v", name, scale, o.Entries())
			}
		}
	}
}

// TestStamp: an older model gets what the record of its training says, once, with the same bytes of weights; a file
// that says something else, or is of another network, is left as it is.
func TestStamp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	r, err := Get("mlp-2x100/digits", Quick)
	if err != nil {
		t.Fatal(err)
	}
	r.Arch, r.Scale, r.Train.Seed, r.Train.Gamma = "fc8 fc10", "custom", 5, 3
	rec := recordOf(t, r)
	before := carrying(t, path, model.Origin{})
	weights := tail(t, path)
	for i, want := range []bool{true, false, false} {
		if changed, err := Stamp(path, rec); err != nil || changed != want {
			t.Fatalf("stamp %d: changed %v, %v", i, changed, err)
		}
		rec.Versions.Tightrope = "a later program"
	}
	after, err := net.Load(path, nil)
	if err != nil || after.Hash() != before.Hash() || !bytes.HasSuffix(tail(t, path),
		weights[len(weights)-4*before.NumParams():]) {
		t.Errorf("the network changed: %v", err)
	}
	if o := after.Origin; *o.Seed != 5 || *o.Gamma != 3 || o.Scale != "custom" || o.Version != "of the training" {
		t.Errorf("the file says %v", o.Entries())
	}
	content := tail(t, path)
	for want, change := range map[string]func(r *Recipe){
		"another training":          func(r *Recipe) { r.Train.Seed = 6 },
		"record of its own":         func(r *Recipe) { r.Arch = "fc9 fc10" },
		"fc8 relu fc8":              func(r *Recipe) { r.Arch = "fc8 fc8 fc10" },
		"[1 28 28]":                 func(r *Recipe) { r.Data = "mnist" },
		"unknown data set \"none\"": func(r *Recipe) { r.Data = "none" },
	} {
		other := r
		change(&other)
		if _, err := Stamp(path, recordOf(t, other)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := Stamp(path, record.New("verified", record.Verify)); err == nil || !strings.Contains(err.Error(),
		"no recipe") {
		t.Errorf("a record of no training: %v", err)
	}
	if !bytes.Equal(tail(t, path), content) {
		t.Error("a refused stamp changed the file")
	}
}

func recordOf(t *testing.T, r Recipe) *record.Record {
	t.Helper()
	rec := record.New(r.Name, record.Train)
	rec.Versions.Tightrope = "of the training"
	var err error
	if rec.Recipe, err = json.Marshal(r); err != nil {
		t.Fatal(err)
	}
	return rec
}

func tail(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestCommittedOrigins: every model in figures/results says what the record beside it says.
func TestCommittedOrigins(t *testing.T) {
	models, err := filepath.Glob("../../figures/results/*/*.safetensors")
	if err != nil || len(models) == 0 {
		t.Fatalf("no models: %v", err)
	}
	for _, path := range models {
		r, err := record.Read(strings.TrimSuffix(path, ".safetensors") + ".json")
		if err != nil {
			t.Fatal(err)
		}
		want, err := OriginOf(r)
		if err != nil {
			t.Fatal(err)
		}
		f, err := model.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if f.Origin.Version = want.Version; !reflect.DeepEqual(f.Origin, want) {
			t.Errorf("%s says %v, its record %v: tightrope net stamp %s", path, f.Origin.Entries(), want.Entries(),
				path)
		}
	}
}
