package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// propertyFiles are a network of one input and one output, a copy in a folder of its own, and properties that some
// input meets, none does.
func propertyFiles(t *testing.T) (network, met, unmet string) {
	t.Helper()
	dir := t.TempDir()
	network = filepath.Join(dir, "net.onnx")
	content, err := os.ReadFile(filepath.Join("..", "..", "pkg", "onnx", "testdata", "cases", "no_batch.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	text := "(declare-const X_0 Real)(declare-const Y_0 Real)\n" +
		"(assert (>= X_0 0))(assert (<= X_0 1))\n(assert (>= Y_0 %s))\n"
	met, unmet = filepath.Join(dir, "met.vnnlib"), filepath.Join(dir, "unmet.vnnlib")
	for path, b := range map[string][]byte{network: content, met: fmt.Appendf(nil, text, "-1000"),
		unmet: fmt.Appendf(nil, text, "1000")} {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return network, met, unmet
}

// TestProve: answers, their files and proofs; check confirms them, and refuses them for another property.
func TestProve(t *testing.T) {
	network, met, unmet := propertyFiles(t)
	for path, answer := range map[string]string{met: "sat", unmet: "unsat"} {
		proof, result := path+".proof.gz", path+".result"
		text, code := output(t, tightrope(t, "prove", network, path, "--proof", proof, "--result", result))
		if code != 0 || !strings.HasPrefix(text, answer+"\n") {
			t.Fatalf("%s: exit code %d:\n%s", answer, code, text)
		}
		if content, err := os.ReadFile(result); err != nil || !strings.HasPrefix(string(content), answer+"\n") ||
			strings.Contains(string(content), "(Y_0 ") != (answer == "sat") {
			t.Errorf("%s: result %q, %v", answer, content, err)
		}
		if text, code = output(t, tightrope(t, "check", network, path, proof)); code != 0 || !strings.HasPrefix(text,
			answer+", confirmed") {
			t.Errorf("%s: exit code %d:\n%s", answer, code, text)
		}
		other := map[string]string{met: unmet, unmet: met}[path]
		if text, code = output(t, tightrope(t, "check", network, other, proof)); code == 0 || !strings.Contains(text,
			"refused") || !strings.Contains(text, "--proof FILE") {
			t.Errorf("%s for another property: exit code %d:\n%s", answer, code, text)
		}
	}
	for _, wrong := range [][]string{
		{"prove", network}, {"prove", met, network}, {"check", network, met}, {"check", network, met, network},
		{"check", network, met, met + ".proof.gz", "--eps", "0.1"}, {"vnncomp", filepath.Dir(network)},
		{"vnncomp", filepath.Dir(network), "--out", t.TempDir()}, {"net", "show", "missing.onnx"},
	} {
		if text, code := output(t, tightrope(t, wrong...)); code != 1 || !strings.HasPrefix(text, "tightrope: ") {
			t.Errorf("%v: exit code %d:\n%s", wrong, code, text)
		}
	}
}

// TestShowONNX: net show lists nodes and layers of an ONNX file.
func TestShowONNX(t *testing.T) {
	network, _, _ := propertyFiles(t)
	text, code := output(t, tightrope(t, "net", "show", network))
	if code != 0 || !strings.Contains(text, "MatMul") || !strings.Contains(text, "layers  [1] fc2 relu fc1") {
		t.Errorf("exit code %d:\n%s", code, text)
	}
}

// TestVNNComp: a folder is run, compared with its answers, and a contradiction is an error.
func TestVNNComp(t *testing.T) {
	network, _, _ := propertyFiles(t)
	dir := filepath.Dir(network)
	rows := "net.onnx,met.vnnlib,60\nnet.onnx,unmet.vnnlib,60\n"
	for name, content := range map[string]string{"instances.csv": rows,
		"answers.csv": "onnx,vnnlib,answer\nnet.onnx,met.vnnlib,unsat\nnet.onnx,unmet.vnnlib,unsat\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out := t.TempDir()
	text, code := output(t, tightrope(t, "vnncomp", dir, "--out", out))
	if code != 0 || !strings.Contains(text, "2 of 2") {
		t.Errorf("exit code %d:\n%s", code, text)
	}
	content, err := os.ReadFile(filepath.Join(out, "results.csv"))
	if err != nil || strings.Count(string(content), ",checked\n") != 2 || !strings.HasPrefix(string(content),
		"onnx,vnnlib,answer,seconds,proof\n") {
		t.Errorf("%s, %v", content, err)
	}
	if text, code = output(t, tightrope(t, "vnncomp", dir, "--out", out, "--answers")); code != 1 ||
		!strings.Contains(text, "contradict") {
		t.Errorf("a contradiction: exit code %d:\n%s", code, text)
	}
}
