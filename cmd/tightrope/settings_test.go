package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"tightrope/pkg/ball"
	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/record"
	"tightrope/pkg/verify/outcome"
)

// saved writes a small network for digits whose file says what is given of its training.
func saved(t *testing.T, o model.Origin) string {
	t.Helper()
	n, err := net.Named("fc8 fc10", []int{1, 8, 8}, 10)
	if err != nil {
		t.Fatal(err)
	}
	n.Init(1).Origin = o
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := net.Save(path, n); err != nil {
		t.Fatal(err)
	}
	return path
}

func ptr[T any](v T) *T { return &v }

// row are the cells of the last line of a table.
func row(text string) []string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Fields(lines[len(lines)-1])
}

// TestEvalNeedsNoFlags: a trained network is measured on the data, split and ball of its training, with the numbers of
// its record, and its table knows seed and weights; a flag that contradicts the split is warned of.
func TestEvalNeedsNoFlags(t *testing.T) {
	out := t.TempDir()
	must(t, tightrope(t, "train", "mlp-2x100/digits", "--arch", "fc16 fc10", "--epochs", "6", "--seed", "3",
		"--gamma", "2", "--lambda", "0.5", "--eps", "0.07",
		"--train-samples", "300", "--validation", "100", "--pgd-steps", "0", "--curve-samples", "20", "--out", out,
		"--resume"))
	r, err := record.Read(out)
	if err != nil {
		t.Fatal(err)
	}
	want := r.Results[record.Test]
	for file, result := range map[string]record.SplitResult{"model.safetensors": want,
		"best.safetensors": r.Results["test-chosen"]} {
		text := must(t, tightrope(t, "eval", filepath.Join(out, file)))
		settings := "settings: data digits (file), split seed 3 (file), norm linf (file), eps 0.07 (file), box [0, " +
			"1] (file)\n"
		cells := strings.Join(row(text), " ")
		numbers := fmt.Sprintf("0.5 2 3 test 0.07 400 %s - %s Fast-Lin", record.Percent(result.StandardError),
			record.Percent(result.CertifiedError))
		if !strings.Contains(text, settings) || !strings.HasSuffix(cells, numbers) || strings.Contains(text,
			"WARNING") {
			t.Errorf("%s: want %s in\n%s", file, numbers, text)
		}
	}
	path := filepath.Join(out, "model.safetensors")
	other := must(t, tightrope(t, "eval", path, "--seed", "4", "--eps", "2/255", "--no-box"))
	for _, part := range []string{"was trained with split seed 3, and --seed says 4",
		"split seed 4 (--seed; the file has split seed 3)",
		"(--eps; the file has eps 0.07)", "no box (--no-box; the file has box [0, 1])"} {
		if !strings.Contains(other, part) {
			t.Errorf("want %q in\n%s", part, other)
		}
	}
	same := must(t, tightrope(t, "eval", path, "--seed", "3", "--data", "digits"))
	if strings.Contains(same, "WARNING") || !strings.Contains(same, "data digits (--data), split seed 3 (--seed),") {
		t.Errorf("%s", same)
	}
	shown := must(t, tightrope(t, "net", "show", path))
	for _, entry := range []string{"tightrope.data digits", "tightrope.seed 3", "tightrope.recipe mlp-2x100/digits",
		"tightrope.eps 0.07", "tightrope.gamma 2"} {
		if !strings.Contains(strings.Join(strings.Fields(shown), " "), entry) {
			t.Errorf("want %q in\n%s", entry, shown)
		}
	}
}

// TestUnknownOrigin: of a file that says nothing, nothing is said; that its test images may be training images is.
func TestUnknownOrigin(t *testing.T) {
	for _, c := range []struct {
		origin  model.Origin
		flags   string
		warning string // empty: none
		cells   string // λ, γ and seed
	}{
		{model.Origin{}, "--data digits", "does not contain the seed by which digits were split", "- - -"},
		{model.Origin{}, "--data digits --seed 0", "", "- - -"},
		{model.Origin{Data: "digits"}, "", "does not contain the seed by which digits were split", "- - -"},
		{model.Origin{Data: "digits", Seed: ptr(uint64(0))}, "", "", "- - 0"},
		{model.Origin{Data: "digits", Seed: ptr(uint64(2)), Gamma: ptr(0.0)}, "", "", "- 0 2"},
		{model.Origin{Data: "digits", Seed: ptr(uint64(2))}, "--seed 0",
			"was trained with split seed 2, and --seed says 0", "- - 2"},
		{model.Origin{Data: "mnist", Seed: ptr(uint64(2))}, "--data digits",
			"was trained on mnist, and --data says digits", "- - 2"},
	} {
		path := saved(t, c.origin)
		text := must(t, tightrope(t, append([]string{"eval", path, "--samples", "20"}, strings.Fields(c.flags)...)...))
		if warned := strings.Contains(text, "WARNING"); warned != (c.warning != "") || !strings.Contains(text,
			c.warning) {
			t.Errorf("%v %s: want the warning %q in\n%s", c.origin.Entries(), c.flags, c.warning, text)
		}
		if cells := strings.Join(row(text)[1:4], " "); !strings.HasSuffix(strings.Join(row(text), " "), "Fast-Lin") ||
			!strings.Contains(strings.Join(row(text), " "), " "+c.cells+" test ") {
			t.Errorf("%v %s: the table says %q, want %q", c.origin.Entries(), c.flags, cells, c.cells)
		}
	}
}

// TestEveryCommandReadsTheFile: verify, ladder and radius use the file's ball and data, and their records say what is
// known of the training.
func TestEveryCommandReadsTheFile(t *testing.T) {
	path := saved(t, model.Origin{Data: "digits", Seed: ptr(uint64(3)), Norm: ptr(ball.L2), Eps: ptr(0.25),
		NoBox: true, Lambda: ptr(0.5)})
	dir := t.TempDir()
	settings := "settings: data digits (file), split seed 3 (file), norm l2 (file), eps 0.25 (file), no box (file)\n"
	for _, c := range []struct{ command, flags, out string }{
		{"verify", "--samples 5 --until crown", "v"}, {"ladder", "--image 2 --techniques ibp,crown", "l"}, {"radius",
			"--image 2 --techniques ibp", "r.json"},
	} {
		out := filepath.Join(dir, c.out)
		text := must(t, tightrope(t, append([]string{c.command, path, "--out", out}, strings.Fields(c.flags)...)...))
		want := settings
		if c.command == "radius" { // which looks for the radius
			want = strings.Replace(settings, " eps 0.25 (file),", "", 1)
		}
		if !strings.Contains(text, want) {
			t.Errorf("%s: want %q in\n%s", c.command, want, text)
		}
		r, err := record.Read(out)
		if err != nil {
			t.Fatal(err)
		}
		if seed, lambda, gamma := r.Training(); seed == nil || *seed != 3 || lambda == nil || *lambda != 0.5 ||
			gamma != nil {
			t.Errorf("%s: the record knows %v, %v, %v", c.command, seed, lambda, gamma)
		}
		if content := read(t, recordPath(out)); strings.Contains(content, `"gamma"`) || !strings.Contains(content,
			"\n \"seed\": 3") {
			t.Errorf("%s: the record says %s", c.command, content)
		}
	}
	recipe, err := outcome.ReadRecipe(filepath.Join(dir, "v"))
	if err != nil || recipe.Seed != 3 || recipe.Norm != "l2" || recipe.Eps != 0.25 || recipe.Box ||
		recipe.Data != "digits" {
		t.Errorf("%+v, %v", recipe, err)
	}
}

func recordPath(out string) string {
	if strings.HasSuffix(out, ".json") {
		return out
	}
	return filepath.Join(out, "record.json")
}

// TestUnusableOrigin: what a command cannot use of a file's metadata is an error of one line that names entry and file.
func TestUnusableOrigin(t *testing.T) {
	good := saved(t, model.Origin{})
	values, metadata, err := net.ReadTensors(good)
	if err != nil {
		t.Fatal(err)
	}
	for entry, value := range map[string]string{"tightrope.eps": "abc", "tightrope.gamma": "-1",
		"tightrope.lambda": "NaN", "tightrope.seed": "x",
		"tightrope.unknown": "1", "tightrope.box": "-1,1", "tightrope.data": "imagenet"} {
		changed := map[string]string{"tightrope.format": "1", entry: value, "architecture": metadata["architecture"]}
		path := filepath.Join(t.TempDir(), "odd.safetensors")
		if err := net.WriteTensors(path, values, changed); err != nil {
			t.Fatal(err)
		}
		for _, command := range []string{"eval", "verify", "ladder", "radius"} {
			text, code := output(t, tightrope(t, command, path))
			if last := lastLine(text); code == 0 || !strings.Contains(last, entry) || !strings.Contains(last, path) {
				t.Errorf("%s with %s = %s: exit code %d, %s", command, entry, value, code, text)
			}
		}
	}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// unusual writes a file without tensors whose network pools the digits to so many columns of two values.
func unusual(t *testing.T, columns int) string {
	t.Helper()
	architecture := fmt.Sprintf(`{"name":"none","input":[1,8,8],"layers":[`+
		`{"type":"avgpool","kernel":[4,%d],"stride":[4,1]},{"type":"flatten"},{"type":"relu"}]}`, 9-columns)
	path := filepath.Join(t.TempDir(), "none.safetensors")
	if err := net.WriteTensors(path, nil, map[string]string{"architecture": architecture}); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestNoParameters: where bounds need parameters, a network without any is an error that says so, whatever names it.
func TestNoParameters(t *testing.T) {
	path := unusual(t, 5)
	must(t, tightrope(t, "net", "show", path))
	for _, c := range []struct{ command, want string }{
		{"eval", "has no parameters"}, {"eval --technique crown", "has no parameters"},
		{"eval --technique ibp", "has no parameters"}, {"eval --arch flatten,relu", "has 0 outputs"},
	} {
		words := strings.Fields(c.command)
		for i := range words { // commas stand for spaces
			words[i] = strings.ReplaceAll(words[i], ",", " ")
		}
		arguments := append([]string{words[0], path, "--data", "digits", "--seed", "0", "--samples", "5"}, words[1:]...)
		text, code := output(t, tightrope(t, arguments...))
		if last := lastLine(text); code != 1 || !strings.Contains(last, c.want) || strings.Contains(text, "goroutine") {
			t.Errorf("%v: exit code %d, %s", arguments, code, text)
		}
	}
}

// TestTooFewOutputs: a network with fewer outputs than the data has classes is an error, not a stack trace.
func TestTooFewOutputs(t *testing.T) {
	path := unusual(t, 4)
	for _, command := range []string{"eval", "verify", "ladder", "radius"} {
		text, code := output(t, tightrope(t, command, path, "--data", "digits", "--seed", "0", "--samples", "5"))
		if last := lastLine(text); code != 1 ||
			!strings.Contains(last, "has 8 outputs, data set digits has 10 classes") {
			t.Errorf("%s: exit code %d, %s", command, code, text)
		}
	}
}
