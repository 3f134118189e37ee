package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tightrope/pkg/net"
)

// stateDict writes a network's weights as another program would: under its own names, without an architecture.
func stateDict(t *testing.T, text string, seed uint64, names ...string) string {
	t.Helper()
	n, err := net.Named(text, []int{1, 8, 8}, 10)
	if err != nil {
		t.Fatal(err)
	}
	values := n.Init(seed).NamedTensors("")
	for i := range values {
		_, kind, _ := strings.Cut(values[i].Name, ".")
		values[i].Name = names[i/2] + "." + kind
	}
	path := filepath.Join(t.TempDir(), "weights of others.safetensors")
	if err := net.WriteTensors(path, values, nil); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPrintedCheck: the command that verify prints confirms the certificates when it is pasted into a shell, for
// imported networks of different spellings and another split of the data.
func TestPrintedCheck(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell here")
	}
	for name, c := range map[string]struct {
		text  string
		names []string
		flags []string
	}{
		"numbers":     {"fc16 fc10", []string{"net.0", "net.2"}, []string{"--arch", "fc16 fc10"}},
		"a name":      {"fc16 fc10", []string{"0", "1"}, []string{"--arch", "mlp-1x16"}},
		"dashes":      {"fc16 fc10", []string{"fc1", "fc2"}, []string{"--arch", "64-16-10"}},
		"words":       {"fc16 fc12 fc10", []string{"first", "hidden", "a"}, []string{"--arch", "fc16 fc12 fc10", "--layers", "first,hidden,a"}},
		"convolution": {"conv(2,3,2,1) fc10", []string{"features.0", "classifier.0"}, []string{"--arch", "conv(2,3,2,1) fc10", "--seed", "3"}},
	} {
		model, out := stateDict(t, c.text, 5, c.names...), filepath.Join(t.TempDir(), "it's out")
		arguments := []string{"verify", model, "--data", "digits", "--eps", "0.02", "--samples", "12", "--until", "crown", "--norm", "linf", "--out", out}
		text := must(t, tightrope(t, append(arguments, c.flags...)...))
		_, command, found := strings.Cut(text, "check the certificates again with: ")
		if !found {
			t.Fatalf("%s: no command in %s", name, text)
		}
		script := "tightrope() { \"$PROGRAM\" \"$@\"; }\n" + command
		pasted := exec.Command(sh, "-c", script)
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		pasted.Env = append(os.Environ(), asProgram+"=1", "GOMLX_BACKEND=go", "PROGRAM="+self)
		checked, code := output(t, pasted)
		if code != 0 || !strings.Contains(checked, "proved on the ball linf, eps 0.02") || strings.Contains(checked, "--data") {
			t.Errorf("%s: exit code %d of\n%s\n%s", name, code, command, checked)
		}
		if text, code := output(t, tightrope(t, append([]string{"check", out, "--model", model, "--eps", "0.03"}, c.flags[:2]...)...)); code != 1 {
			t.Errorf("%s: another radius was confirmed: %s", name, text)
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
	text = must(t, tightrope(t, "net", "show", path, "--data", "digits", "--arch", "fc16 fc16 fc10", "--layers", "fc_in,fc_hidden,fc_out"))
	in, hidden, out := strings.Index(text, "fc_in.weight"), strings.Index(text, "fc_hidden.weight"), strings.Index(text, "fc_out.weight")
	if in < 0 || hidden < in || out < hidden {
		t.Errorf("the tensors are not listed in their order:\n%s", text)
	}
}
