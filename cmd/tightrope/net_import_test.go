package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tightrope/pkg/onnx"
)

// TestNetImport makes model files of PyTorch's, shows which tensor became what, measures one, and exports it as ONNX.
func TestNetImport(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"named.pth", "sequential.pth"} {
		content := read(t, "..", "..", "pkg", "torch", "testdata", name)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	table := filepath.Join(dir, "four.csv")
	if err := os.WriteFile(table, []byte("label,a,b,c,d\n0,0.5,0,1,0.2\n1,1,1,0,0\n2,0,0.3,0.3,1\n"),
		0o644); err != nil {
		t.Fatal(err)
	}
	named := filepath.Join(dir, "named.pth")
	for _, c := range []struct{ arguments, want string }{
		{"", `holds the layers ["fc_in" "fc_hidden" "fc_out"], but not what the network computes: give --arch`},
		{"--arch fc5,fc3", "does not fit architecture"},
		{"--order fc_in,fc_out", "2 layers are named, the file has"},
		{"--out " + named, "would be replaced by what is made of it"},
	} {
		arguments := strings.Fields(c.arguments)
		if c.arguments != "" && !strings.Contains(c.arguments, "--arch") {
			arguments = append(arguments, "--arch", "fc5 fc5 fc3")
		}
		for i := range arguments {
			arguments[i] = strings.ReplaceAll(arguments[i], "fc5,fc3", "fc5 fc3")
		}
		text, code := output(t, tightrope(t, append([]string{"net", "import", named, "--data", table},
			arguments...)...))
		if code == 0 || !strings.Contains(text, c.want) {
			t.Errorf("%q: exit code %d, want %q in\n%s", c.arguments, code, c.want, text)
		}
	}
	text := must(t, tightrope(t, "net", "import", named, "--arch", "fc5 fc5 fc3", "--data", table))
	rows := strings.Join(strings.Fields(text), " ")
	if !strings.Contains(rows, "1 fc5 0.weight fc_in.weight [5 4]") ||
		!strings.Contains(rows, "fc_hidden.weight [5 5]") {
		t.Error(text)
	}
	if text, code := output(t, tightrope(t, "net", "import", named, "--arch", "fc5 fc5 fc3", "--data",
		table)); code == 0 ||
		!strings.Contains(text, "is there already") {
		t.Error(text)
	}
	model := filepath.Join(dir, "named.safetensors")
	must(t, tightrope(t, "eval", model, "--data", table, "--eps", "0.01", "--pgd-steps", "5"))
	if text, code := output(t, tightrope(t, "eval", named, "--data", table)); code == 0 ||
		!strings.Contains(text, "tightrope net import "+named) {
		t.Error(text)
	}
	must(t, tightrope(t, "net", "export", model))
	g, err := onnx.Read(filepath.Join(dir, "named.onnx"), onnx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if shape := g.Values[g.Output].Shape; !slices.Equal(shape, []int{1, 3}) {
		t.Errorf("output of shape %v", shape)
	}
	if text, code := output(t, tightrope(t, "net", "export", model)); code == 0 ||
		!strings.Contains(text, "is there already") {
		t.Error(text)
	}
}
