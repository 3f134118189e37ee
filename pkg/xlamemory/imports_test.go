package xlamemory

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const (
	module = "tightrope/"
	own    = module + "pkg/xlamemory"
)

// TestImports checks that programs get this package only where they, or package lab for notebook cells, ask for it: no
// other package of the library imports it, even by way of others.
func TestImports(t *testing.T) {
	wants := []string{module + "cmd/tightrope", module + "pkg/lab", module + "benchmarks/ours",
		module + "benchmarks/scale", module + "pkg/internal/testbackend", own}
	packages := list(t, "-deps=false", module+"...")
	if !slices.Contains(packages, module+"pkg/bound") {
		t.Fatalf("no package bound among %d packages", len(packages))
	}
	out := list(t, "-f", `{{.ImportPath}} {{join .Deps ","}}`, module+"...")
	for _, line := range out {
		name, dependencies, _ := strings.Cut(line, " ")
		has := name == own || slices.Contains(strings.Split(dependencies, ","), own)
		if want := slices.Contains(wants, name); has != want {
			t.Errorf("%s has package xlamemory: %v, want %v", name, has, want)
		}
	}
	for _, name := range wants {
		if !slices.Contains(packages, name) {
			t.Errorf("there is no package %s", name)
		}
	}
}

// list is what go list prints, line by line.
func list(t *testing.T, arguments ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, arguments...)...).Output()
	if err != nil {
		t.Fatalf("go list %v: %v", arguments, err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
