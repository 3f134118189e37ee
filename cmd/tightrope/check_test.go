package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/model"
	"tightrope/pkg/net"
	"tightrope/pkg/verify/outcome"
)

// imported is a network in the form of another program: its own names of tensors, statistics of batch normalisations,
// and metadata of its own or none.
type imported struct {
	text     string   // how the network is built here
	names    []string // of the layers with weights, in their order
	normed   []int    // of these, the batch normalisations
	float64  bool
	metadata map[string]string
}

// write writes the network's file.
func (c imported) write(t *testing.T, seed uint64) string {
	t.Helper()
	return c.writeFor(t, seed, []int{1, 8, 8}, 10)
}

// writeFor writes the network's file, for inputs of a shape.
func (c imported) writeFor(t *testing.T, seed uint64, shape []int, classes int) string {
	t.Helper()
	n, err := net.Named(c.text, shape, classes)
	if err != nil {
		t.Fatal(err)
	}
	if c.float64 {
		n.DType = dtypes.Float64
	}
	values := n.Init(seed).NamedTensors("")
	for i := range values {
		_, kind, _ := strings.Cut(values[i].Name, ".")
		values[i].Name = c.names[i/2] + "." + kind
	}
	for _, i := range c.normed {
		channels := values[2*i].Value.Shape().Dimensions[0]
		for _, kind := range []string{"running_mean", "running_var"} {
			statistic := make([]float32, channels)
			for k := range statistic {
				statistic[k] = 0.5 + 0.1*float32(k)
			}
			values = append(values, net.NamedTensor{Name: c.names[i] + "." + kind,
				Value: tensors.FromFlatDataAndDimensions(statistic, channels)})
		}
	}
	path := filepath.Join(t.TempDir(), "weights of others.safetensors")
	if err := net.WriteTensors(path, values, c.metadata); err != nil {
		t.Fatal(err)
	}
	return path
}

// stateDict writes a network's weights under other names, without an architecture.
func stateDict(t *testing.T, text string, seed uint64, names ...string) string {
	t.Helper()
	return imported{text: text, names: names}.write(t, seed)
}

// pasted runs a command that was printed, in a shell.
func pasted(t *testing.T, command string) (string, int) {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell here")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(sh, "-c", "tightrope() { \"$PROGRAM\" \"$@\"; }\n"+command)
	cmd.Env = append(os.Environ(), asProgram+"=1", "GOMLX_BACKEND=go", "PROGRAM="+self)
	return output(t, cmd)
}

// spellings are imported networks with the flags that they are read by.
var spellings = map[string]struct {
	imported
	flags []string
	hash  string // networks of one group are the same, however they are spelt
}{
	"numbers": {imported{text: "fc16 fc10", names: []string{"net.0", "net.2"}},
		[]string{"--arch", "fc16 fc10"}, "fc"},
	"a name": {imported{text: "fc16 fc10", names: []string{"0", "1"}}, []string{"--arch", "mlp-1x16"}, "fc"},
	"dashes": {imported{text: "fc16 fc10", names: []string{"fc1", "fc2"}}, []string{"--arch", "64-16-10"}, "fc"},
	"every relu": {imported{text: "fc16 fc10", names: []string{"module.a1", "module.a2"}},
		[]string{"--arch", "Flatten(1,8,8), dense(16) relu\tlinear10"}, "fc"},
	"own prose": {imported{text: "fc16 fc10", names: []string{"0", "2"},
		metadata: map[string]string{"architecture": "flatten fc16 relu fc10; of others"}}, nil, "fc of 64 inputs"},
	"given anyway": {imported{text: "fc16 fc10", names: []string{"0", "2"},
		metadata: map[string]string{"architecture": "?"}}, []string{"--arch", "fc16 fc10"}, "fc"},
	"own JSON": {imported{text: "fc16 fc10", names: []string{"l0", "l1"}, metadata: map[string]string{"eps": "abc",
		"architecture": `{"name":"x","input":[1,8,8],"layers":[
		{"type":"flatten","inputs":[-1]},{"type":"dense","units":16,"inputs":[0]},{"type":"relu"},
		{"units":10,"type":"dense","inputs":[2]}]}`}}, nil, "fc"},
	"words": {imported{text: "fc16 fc12 fc10", names: []string{"first", "hidden", "a"}},
		[]string{"--arch", "fc16 fc12 fc10", "--layers", "first,hidden,a"}, "words"},
	"convolution": {imported{text: "conv(2,3,2,1) fc10", names: []string{"features.0", "classifier.0"}},
		[]string{"--arch", "conv(2,3,2,1) fc10", "--seed", "3"}, "conv"},
	"its split": {imported{text: "conv(2,3,2,1) fc10", names: []string{"0", "1"},
		metadata: model.Origin{Data: "digits", Seed: ptr(uint64(3))}.Metadata()},
		[]string{"--arch", "conv(2,3,2,1) fc10"}, "conv"},
	"normalised": {imported{text: "conv(2,3,2,1) bn fc10", names: []string{"conv1", "bn1", "fc"}, normed: []int{1}},
		[]string{"--arch", "conv(2,3,2,1) bn(eps=1e-3) fc10"}, "bn 1e-3"},
	"its default": {imported{text: "conv(2,3,2,1) bn fc10", names: []string{"a", "b", "c"}, normed: []int{1}},
		[]string{"--arch", "conv(2,3,2,1) bn fc10"}, "bn"},
	"that named": {imported{text: "conv(2,3,2,1) bn fc10", names: []string{"a", "b", "c"}, normed: []int{1}},
		[]string{"--arch", "conv(2,3,2,1) batchnorm(eps=0.00001) fc10"}, "bn"},
	"pooling": {imported{text: "conv(3,3,1,1) avgpool(2) fc10", names: []string{"c", "d"}},
		[]string{"--arch", "conv(3,3,1,1) avgpool(2,2) fc10"}, "pool"},
	"doubles": {imported{text: "fc16 fc10", names: []string{"0", "2"}, float64: true},
		[]string{"--arch", "mlp-1x16"}, "float64"},
}

// TestPrintedCheck: the command that verify prints confirms the certificates when it is pasted into a shell, for
// imported networks of different spellings and another split of the data. The hash does not depend on the spelling.
func TestPrintedCheck(t *testing.T) {
	hashes := map[string]map[string]bool{}
	for name, c := range spellings {
		path, out := c.write(t, 5), filepath.Join(t.TempDir(), "it's out")
		arguments := []string{"verify", path, "--data", "digits", "--eps", "0.01", "--samples", "40",
			"--until", "crown", "--norm", "linf", "--out", out}
		text := must(t, tightrope(t, append(arguments, c.flags...)...))
		_, command, found := strings.Cut(text, "check the certificates again with: ")
		if !found {
			t.Fatalf("%s: no command in %s", name, text)
		}
		checked, code := pasted(t, command)
		if code != 0 || !strings.Contains(checked, "proved on the ball linf, eps 0.01") ||
			strings.Contains(checked, "--data") {
			t.Errorf("%s: exit code %d of\n%s\n%s", name, code, command, checked)
		}
		certificates := read(t, outcome.CertificatesFile(out))
		if !strings.Contains(certificates, `"verdict":"certified"`) ||
			strings.Count(certificates, `"hashVersion":1`) != strings.Count(certificates, "\n") {
			t.Errorf("%s: no image is certified, or a certificate lacks the version of its hash", name)
		}
		recipe, err := outcome.ReadRecipe(out)
		if err != nil {
			t.Fatal(err)
		}
		if hashes[c.hash] == nil {
			hashes[c.hash] = map[string]bool{}
		}
		hashes[c.hash][recipe.Network] = true
		c.refuse(t, out, path, c.flags)
	}
	all := map[string]bool{}
	for group, of := range hashes {
		if len(of) != 1 {
			t.Errorf("%s: %d hashes of one network", group, len(of))
		}
		maps.Copy(all, of)
	}
	if len(all) != len(hashes) {
		t.Errorf("%d hashes of %d networks", len(all), len(hashes))
	}
}

// refuse checks that another radius is not confirmed, nor another network.
func (c imported) refuse(t *testing.T, out, path string, flags []string) {
	t.Helper()
	reading := flags
	if i := slices.Index(flags, "--seed"); i >= 0 { // of the data, not of the network
		reading = slices.Delete(slices.Clone(flags), i, i+2)
	}
	if text, code := output(t, tightrope(t, append([]string{"check", out, "--model", path, "--eps", "0.03"},
		reading...)...)); code != 1 {
		t.Errorf("%v: another radius was confirmed: %s", flags, text)
	}
	other := c.write(t, 6)
	if text, code := output(t, tightrope(t, append([]string{"check", out, "--model", other},
		reading...)...)); code != 1 || !strings.Contains(text, "with hash") {
		t.Errorf("%v: another network was confirmed: %s", flags, text)
	}
}

// TestAssumedEpsilonIsSaid: every command that reads a batch normalisation without its eps says what it assumes.
func TestAssumedEpsilonIsSaid(t *testing.T) {
	path := imported{text: "conv(2,3,2,1) bn fc10", names: []string{"conv1", "bn1", "fc"}, normed: []int{1}}.write(t, 5)
	out := filepath.Join(t.TempDir(), "v")
	for _, arguments := range [][]string{
		{"eval", path, "--data", "digits", "--samples", "5"},
		{"verify", path, "--data", "digits", "--samples", "5", "--until", "ibp", "--out", out},
		{"check", out, "--model", path}, {"net", "show", path, "--data", "digits"},
		{"radius", path, "--data", "digits", "--image", "1", "--techniques", "ibp"},
	} {
		for arch, assumed := range map[string]bool{"conv(2,3,2,1) bn fc10": true,
			"conv(2,3,2,1) bn(eps=1e-5) fc10": false} {
			flags := []string{"--arch", arch}
			if arguments[0] == "verify" {
				flags = append(flags, "--force")
			}
			text := must(t, tightrope(t, append(slices.Clone(arguments), flags...)...))
			if strings.Contains(text, "WARNING: "+path+": the eps of the batch normalisations (layers 1)") != assumed {
				t.Errorf("%s --arch %q: want the warning %v in\n%s", arguments[0], arch, assumed, text)
			}
		}
	}
}

// TestNetShowFile: net show says which tensor became which parameter, and refuses names that do not tell their order.
func TestNetShowFile(t *testing.T) {
	path := stateDict(t, "fc16 fc16 fc10", 5, "fc_in", "fc_hidden", "fc_out")
	text, code := output(t, tightrope(t, "net", "show", path, "--data", "digits", "--arch", "fc16 fc16 fc10"))
	if code != 1 || !strings.Contains(text, "--layers") {
		t.Errorf("exit code %d: %s", code, text)
	}
	text = must(t, tightrope(t, "net", "show", path, "--data", "digits", "--arch", "fc16 fc16 fc10", "--layers",
		"fc_in,fc_hidden,fc_out"))
	in, hidden, out := strings.Index(text, "fc_in.weight"), strings.Index(text, "fc_hidden.weight"),
		strings.Index(text, "fc_out.weight")
	if in < 0 || hidden < in || out < hidden {
		t.Errorf("the tensors are not listed in their order:\n%s", text)
	}
}
