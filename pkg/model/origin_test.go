package model

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tightrope/pkg/ball"
)

// anyOrigin draws an origin; every field is left out half of the time.
func anyOrigin(rng *rand.Rand) (o Origin) {
	number := func() *float64 {
		if rng.IntN(2) == 0 {
			return nil
		}
		x := []float64{0, rng.Float64(), 2.0 / 255, 1e-300, 5e-324}[rng.IntN(5)]
		return &x
	}
	text := func(choices ...string) string { return append(choices, "")[rng.IntN(len(choices)+1)] }
	o = Origin{Data: text("digits", "my images"), Recipe: text("mlp-2x100/digits", "λ"), Scale: text("custom"),
		Version: text("0123456789ab+changes"), Eps: number(), TrainEps: number(), Lambda: number(), Gamma: number()}
	if rng.IntN(2) == 0 {
		seed := rng.Uint64()
		o.Seed = &seed
	}
	if rng.IntN(2) == 0 {
		norm := ball.Norm(rng.IntN(3))
		o.Norm = &norm
	}
	switch rng.IntN(3) {
	case 0:
		o.Box = &ball.Box{Lower: -rng.Float64(), Upper: rng.Float64()}
	case 1:
		o.NoBox = true
	}
	return o
}

// TestOriginRoundTrip: what is known, and only that, survives the metadata.
func TestOriginRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		want := anyOrigin(rng)
		metadata := want.Metadata()
		metadata["format"], metadata["tight"] = "pt", "not ours"
		got, err := ReadOrigin(metadata)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v became %+v (%v) through %v", want, got, err, metadata)
		}
	}
	if m := (Origin{}).Metadata(); len(m) != 0 {
		t.Errorf("nothing known is written as %v", m)
	}
}

// TestOriginCovers: every field of Origin has an entry.
func TestOriginCovers(t *testing.T) {
	whole := reflect.TypeFor[Origin]()
	entries := map[string]bool{}
	for i := range whole.NumField() {
		var o Origin
		field := reflect.ValueOf(&o).Elem().Field(i)
		switch field.Kind() {
		case reflect.String:
			field.SetString("x")
		case reflect.Bool:
			field.SetBool(true)
		default:
			field.Set(reflect.New(field.Type().Elem()))
		}
		if e := o.Entries(); len(e) != 1 || !o.Known() {
			t.Errorf("%s alone is written as %v", whole.Field(i).Name, e)
		} else {
			entries[e[0].Name] = true
		}
	}
	if len(entries) != len(originFields) {
		t.Errorf("%d entries for %d fields", len(entries), len(originFields))
	}
}

// TestOriginErrors: entries that are not understood are errors that name the entry and the file, on one line.
func TestOriginErrors(t *testing.T) {
	good := map[string]string{formatKey: "1", "tightrope.eps": "0.1", "architecture": "3-2"}
	cases := map[string]map[string]string{}
	for _, name := range []string{"eps", "train_eps", "lambda", "gamma"} {
		for _, text := range []string{"abc", "-0.1", "NaN", "Inf", "", "1e999", "2/255", "0.1 "} {
			cases[OriginPrefix+name+" "+text] = map[string]string{OriginPrefix + name: text}
		}
	}
	for _, text := range []string{"-1", "1.5", "", "x", "18446744073709551616"} {
		cases["tightrope.seed "+text] = map[string]string{"tightrope.seed": text}
	}
	for _, text := range []string{"", "0", "1,0", "0,1,2", "a,b", "NaN,1", "0,Inf", "[0,1]", "None"} {
		cases["tightrope.box "+text] = map[string]string{"tightrope.box": text}
	}
	for _, text := range []string{"", "linf2", "L2", "0"} {
		cases["tightrope.norm "+text] = map[string]string{"tightrope.norm": text}
	}
	for _, name := range []string{"data", "recipe", "scale", "version"} {
		for _, text := range []string{"", "a\nb", "\x1b[2J", strings.Repeat("x", 201)} {
			cases[OriginPrefix+name+" "+fmt.Sprintf("%.5q", text)] = map[string]string{OriginPrefix + name: text}
		}
	}
	cases["tightrope.epsilon"] = map[string]string{"tightrope.epsilon": "0.1"}
	cases["tightrope.Eps"] = map[string]string{"tightrope.Eps": "0.1"}
	cases["tightrope."] = map[string]string{"tightrope.": ""}
	cases["tightrope.format"] = map[string]string{formatKey: "2"}
	for name, change := range cases {
		metadata := maps.Clone(good)
		maps.Copy(metadata, change)
		path := carrying(t, metadata)
		_, err := Open(path)
		expect(t, err, strings.Fields(name)[0], path)
	}
	path := carrying(t, map[string]string{"tightrope.eps": "0.1"})
	_, err := Open(path)
	expect(t, err, formatKey, path)
	_, err = Open(carrying(t, map[string]string{checkpointKey: "{}"}))
	expect(t, err, "checkpoint", "model.safetensors")
}

// TestForeignMetadata: entries of other programs may say anything.
func TestForeignMetadata(t *testing.T) {
	f, err := Open(carrying(t, map[string]string{"architecture": "3-2", "eps": "abc", "seed": "-1", "tightrope": "x",
		"format": "tf"}))
	if err != nil || f.Origin.Known() {
		t.Fatalf("%+v, %v", f, err)
	}
	if _, err := f.Model(LoadOptions{}); err != nil {
		t.Error(err)
	}
}

// carrying writes a network of three inputs and two classes with metadata.
func carrying(t *testing.T, metadata map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "n.safetensors")
	content := encode(t, metadata, entry{"0.weight", []int{2, 3}, ""}, entry{"0.bias", []int{2}, ""})
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOriginIsNoPartOfTheHash: certificates are about what a network computes.
func TestOriginIsNoPartOfTheHash(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	hashes := map[string]bool{}
	for range 20 {
		metadata := anyOrigin(rng).Metadata()
		metadata["architecture"] = "3-2"
		m, err := Load(carrying(t, metadata), LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		hashes[m.Hash()] = true
	}
	if len(hashes) != 1 {
		t.Errorf("%d hashes of one network", len(hashes))
	}
}
