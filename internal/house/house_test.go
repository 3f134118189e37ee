// Package house tests how the packages of this module stand on each other.
package house

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// floors are the packages, from the ground up: a package imports those of lower floors only. A new package gets a place
// here, and in the README's map.
var floors = [][]string{
	{ // no package of this module
		"datasets/digits8x8", "figures/results/digits", "internal/book", "internal/deps", "internal/near",
		"pkg/backend", "pkg/ball",
		"pkg/bound/testdata/reference",
		"pkg/internal/atomicfile", "pkg/internal/floats", "pkg/internal/gzfile", "pkg/internal/halves",
		"pkg/internal/mutation",
		"pkg/internal/parallel", "pkg/internal/powers", "pkg/internal/processor", "pkg/internal/strictjson",
		"pkg/internal/vector", "pkg/internal/vnncomp",
		"pkg/memory", "pkg/play/site", "pkg/relax",
		"pkg/verify/highs", "pkg/verify/testdata/models",
	},
	{"pkg/data", "pkg/model", "pkg/technique", "pkg/vnnlib", "pkg/xlamemory", "pkg/region"},
	{"pkg/net", "pkg/onnx", "pkg/torch", "pkg/record", "pkg/doctor", "pkg/internal/testbackend", "pkg/verify/cert"},
	{"pkg/internal/engine", "pkg/internal/graphgen", "pkg/internal/testmodels", "pkg/plot", "pkg/queue", "pkg/slurm",
		"pkg/verify/outcome", "pkg/verify/cert/rational", "pkg/verify/bab", "pkg/verify/dual", "pkg/verify/exact",
		"pkg/internal/onnxgen", "pkg/property"},
	{"pkg/verify/genbab"},
	{"pkg/bound", "pkg/gallery", "pkg/verify/audit", "pkg/prove"},
	{"pkg/attack", "pkg/smooth", "pkg/tight", "pkg/competition"},
	{"pkg/measure", "pkg/train", "pkg/verify", "pkg/verify/fuzz"},
	{"pkg/internal/course", "pkg/recipe", "pkg/selftest", "pkg/toy"},
	{"pkg/modelcascade", "pkg/report", "pkg/study"},
	{"pkg/lab", "pkg/play", "cmd/tightrope", "benchmarks/ours"},
	{"benchmarks/scale", "internal/house", "pkg/play/build"},
}

const module = "tightrope/"

// imports are the packages of this module, and what they import of it.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		name := strings.TrimPrefix(words[0], module)
		all[name] = nil
		for _, word := range words[1:] {
			if own, found := strings.CutPrefix(word, module); found {
				all[name] = append(all[name], own)
			}
		}
	}
	return all
}

// TestImportsPointDownwards: a package imports packages of lower floors only.
func TestImportsPointDownwards(t *testing.T) {
	floor := map[string]int{}
	for i, names := range floors {
		for _, name := range names {
			floor[name] = i
		}
	}
	all := imports(t)
	if len(all) < 40 {
		t.Fatalf("only %d packages were found", len(all))
	}
	for name, imported := range all {
		own, known := floor[name]
		if !known {
			t.Errorf("package %s has no floor: give it one", name)
		}
		for _, other := range imported {
			if at, known := floor[other]; !known || at >= own {
				t.Errorf("%s (floor %d) imports %s (floor %d)", name, own, other, at)
			}
		}
	}
	for name := range floor {
		if _, found := all[name]; !found && !strings.Contains(name, "testdata") {
			t.Errorf("there is no package %s", name)
		}
	}
}

// TestMapIsComplete: the README's map names every package that is not internal.
func TestMapIsComplete(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(readme), "## Repository layout")
	if !found {
		t.Fatal("README.md has no repository layout")
	}
	text, _, _ = strings.Cut(text, "\n## ")
	for name := range imports(t) {
		parts := strings.Split(name, "/")
		// of subpackages the parent is named
		if parts[0] != "pkg" || slices.Contains(parts, "internal") || len(parts) > 2 {
			continue
		}
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("the README's map lacks %s", name)
		}
	}
}
