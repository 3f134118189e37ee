package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tightrope/pkg/model"
)

// TestHelpOfActivations: the commands that take architectures name every activation, and those that offer techniques
// say which of them support no smooth one.
func TestHelpOfActivations(t *testing.T) {
	for _, line := range []string{"train --help", "net list"} {
		text := must(t, tightrope(t, strings.Fields(line)...))
		if !strings.Contains(unwrapped(text), strings.Join(model.Activations(), ", ")) {
			t.Errorf("%s does not name the activations:\n%s", line, text)
		}
	}
	for line, relus := range map[string]string{"net show": "alpha-crown, alpha-crown-joint,",
		"eval": "alpha-crown, alpha-crown-joint,", "verify": "alpha-crown, lp, lp-all, milp,",
		"ladder": "alpha-crown, dual, lp, lp-all, exact,", "radius": "alpha-crown, dual, lp, lp-all, exact,"} {
		text := must(t, tightrope(t, append(strings.Fields(line), "--help")...))
		want := "Networks with sigmoid, tanh or softplus are supported by all techniques except " + relus +
			" which support only relus."
		if !strings.Contains(unwrapped(text), want) {
			t.Errorf("%s --help lacks %q:\n%s", line, want, text)
		}
	}
}

// unwrapped is a text in one line.
func unwrapped(text string) string { return strings.Join(strings.Fields(text), " ") }

// curve copies a case of the ONNX reader, y = f(x) for each of 12 inputs, with another operation in the place of its
// own where one is named, and writes a property: for some x in [-1, 1] a y is at least a bound.
func curve(t *testing.T, name, operation, instead, least string) (network, spec string) {
	t.Helper()
	dir := t.TempDir()
	network, spec = filepath.Join(dir, "net.onnx"), filepath.Join(dir, "spec.vnnlib")
	content, err := os.ReadFile(filepath.Join("..", "..", "pkg", "onnx", "testdata", "cases", name+".onnx"))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for i := range 12 {
		fmt.Fprintf(&text, "(declare-const X_%d Real)(declare-const Y_%d Real)\n"+
			"(assert (>= X_%d -1))(assert (<= X_%d 1))\n", i, i, i, i)
	}
	fmt.Fprintf(&text, "(assert (>= Y_3 %s))\n", least)
	if operation != "" {
		content = bytes.ReplaceAll(content, []byte(operation), []byte(instead))
	}
	for path, b := range map[string][]byte{network: content, spec: []byte(text.String())} {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return network, spec
}

// TestProveSmooth: on [-1, 1] sigmoid is at most 0.73106, tanh 0.76160 and softplus 1.31327. Bounds above are proved,
// and the proofs confirmed, bounds below are met. An operation that no layer stands for is named.
func TestProveSmooth(t *testing.T) {
	for _, c := range [][3]string{{"sigmoid0", "0.7311", "0.7310"}, {"tanh0", "0.7617", "0.7615"},
		{"softplus0", "1.3133", "1.3132"}} {
		for i, answer := range []string{"unsat", "sat"} {
			network, spec := curve(t, c[0], "", "", c[1+i])
			proof := spec + ".proof.gz"
			if text := must(t, tightrope(t, "prove", network, spec, "--proof", proof)); !strings.HasPrefix(text,
				answer+"\n") {
				t.Errorf("%s at least %s:\n%s", c[0], c[1+i], text)
			}
			if text := must(t, tightrope(t, "check", network, spec, proof)); !strings.HasPrefix(text,
				answer+", confirmed") {
				t.Errorf("%s at least %s:\n%s", c[0], c[1+i], text)
			}
		}
	}
	for instead, operation := range map[string]string{"Softmax": "Sigmoid", "Sinh": "Tanh", "Gelu": "Tanh",
		"Softsign": "Softplus"} {
		network, spec := curve(t, strings.ToLower(operation)+"0", operation, instead, "0")
		text, code := output(t, tightrope(t, "prove", network, spec))
		if code != 1 || !strings.Contains(text, instead) || !strings.Contains(text, "replace it") {
			t.Errorf("%s: exit code %d:\n%s", instead, code, text)
		}
	}
}
