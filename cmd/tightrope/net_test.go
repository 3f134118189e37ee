package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/recipe"
	"tightrope/pkg/record"
)

func TestNetList(t *testing.T) {
	text := must(t, tightrope(t, "net", "list", "--data", "cifar10"))
	for _, name := range model.Concrete() {
		if !strings.Contains(text, name+" ") {
			t.Errorf("%s is not listed", name)
		}
	}
	if !strings.Contains(text, "214918 ") || strings.Contains(text, "does not fit") { // Small on CIFAR-10
		t.Errorf("%s", text)
	}
}

// TestNetOfFamily: networks of a family take the images of their own data set unless another is given.
func TestNetOfFamily(t *testing.T) {
	list := must(t, tightrope(t, "net", "list"))
	for _, name := range model.Concrete() {
		want := "[1 28 28]"
		if strings.HasPrefix(name, "cifar") {
			want = "[3 32 32]"
		}
		_, line, _ := strings.Cut(list, "\n"+name+" ")
		if line, _, _ = strings.Cut(line, "\n"); !strings.Contains(line, want) {
			t.Errorf("%s: %s, want %s", name, line, want)
		}
	}
	if text := must(t, tightrope(t, "net", "show", "cifar-large-family/1")); !strings.Contains(text, "560,106") ||
		!strings.Contains(text, "[3 32 32]") {
		t.Errorf("%s", text)
	}
	if text := must(t, tightrope(t, "net", "show", "cifar-small-family/1", "--data",
		"mnist")); !strings.Contains(text, "[1 28 28]") {
		t.Errorf("%s", text)
	}
}

func TestNetShow(t *testing.T) {
	text := must(t, tightrope(t, "net", "show", "small"))
	for _, want := range []string{"conv(32,4,2,1)", "166,406", "4,804", "CROWN-IBP", "alpha-CROWN (joint)",
		"training GFLOP"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	file := must(t, tightrope(t, "net", "show", "../../pkg/verify/testdata/models/mnist_cnn_small_lpd.safetensors",
		"--norm", "l2"))
	if !strings.Contains(file, "166,406") {
		t.Errorf("%s", file)
	}
	plan := must(t, tightrope(t, "net", "show", "xlarge", "--plan", "--batch", "64", "--memory", "2GiB"))
	for _, want := range []string{"calls of their own", "of 64 samples in one call, for that is as fast as all",
		"of 2 GiB allowed", "DeepZ of network \"xlarge\" needs about"} {
		if !strings.Contains(plan, want) {
			t.Errorf("%q is missing in\n%s", want, plan)
		}
	}
	for _, arguments := range [][]string{{"show", "nothing"}, {"show", "small", "--data", "x"},
		{"show", "small", "--plan", "--memory", "-3"}, {"show", "small", "--norm", "l3"}} {
		if text, code := output(t, tightrope(t, append([]string{"net"}, arguments...)...)); code == 0 ||
			strings.Count(strings.TrimSpace(text), "\n") > 0 {
			t.Errorf("%v: exit code %d, %q", arguments, code, text)
		}
	}
}

// TestNetStamp: the record beside a model, or that of its folder, or one that is named, completes the file once.
func TestNetStamp(t *testing.T) {
	r, err := recipe.Get("mlp-2x100/digits", recipe.Quick)
	if err != nil {
		t.Fatal(err)
	}
	r.Arch, r.Scale, r.Train.Seed = "fc8 fc10", "custom", 4
	rec := record.New(r.Name, record.Train)
	if rec.Recipe, err = json.Marshal(r); err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir(), "r.json")
	for name, place := range map[string]func(model string) string{
		"beside":    func(model string) string { return strings.TrimSuffix(model, ".safetensors") + ".json" },
		"of folder": func(model string) string { return filepath.Join(filepath.Dir(model), "record.json") },
		"named":     func(string) string { return elsewhere },
	} {
		path := saved(t, model.Origin{})
		if text, code := output(t, tightrope(t, "net", "stamp", path)); code != 1 || !strings.Contains(text,
			"--record") {
			t.Errorf("%s: exit code %d, %s", name, code, text)
		}
		if err := rec.Write(place(path)); err != nil {
			t.Fatal(err)
		}
		arguments := []string{"net", "stamp", path}
		if name == "named" {
			arguments = append(arguments, "--record", elsewhere)
		}
		if text := must(t, tightrope(t, arguments...)); !strings.Contains(text, ": stamped") {
			t.Errorf("%s: %s", name, text)
		}
		if text := must(t, tightrope(t, arguments...)); !strings.Contains(text, "has these entries already") {
			t.Errorf("%s: %s", name, text)
		}
		if text := must(t, tightrope(t, "net", "show", path)); !strings.Contains(strings.Join(strings.Fields(text),
			" "), "tightrope.seed 4") {
			t.Errorf("%s: %s", name, text)
		}
	}
	if text, code := output(t, tightrope(t, "net", "stamp", "a", "b", "--record", "c")); code != 1 ||
		!strings.Contains(text, "one model") {
		t.Errorf("exit code %d, %s", code, text)
	}
}

// TestNetShowMetadata: entries of others are shown quoted, and a file that says nothing of its training says so.
func TestNetShowMetadata(t *testing.T) {
	path := saved(t, model.Origin{})
	values, metadata, err := net.ReadTensors(path)
	if err != nil {
		t.Fatal(err)
	}
	metadata["odd \x1b[2J"] = "a\nb"
	if err := net.WriteTensors(path, values, metadata); err != nil {
		t.Fatal(err)
	}
	text := must(t, tightrope(t, "net", "show", path))
	for _, want := range []string{"has no entries about its training", `"a\nb"`, `"odd \x1b[2J"`, `"format"`} {
		if !strings.Contains(text, want) {
			t.Errorf("want %s in\n%s", want, text)
		}
	}
}
