package backend

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
)

// checkProduct multiplies two 2x3 and 3x2 matrices whose product is known.
func checkProduct(t *testing.T, backend compute.Backend) {
	t.Helper()
	product, err := graph.MustNewExec(backend, func(a, b *graph.Node) *graph.Node { return graph.Dot(a, b).Product() }).
		Call([][]float32{{1, 2, 3}, {4, 5, 6}}, [][]float32{{1, 0}, {0, 1}, {2, -1}})
	if err != nil {
		t.Fatal(err)
	}
	got := product[0].Value().([][]float32)
	want := [2][2]float32{{7, -1}, {16, -1}}
	for i := range want {
		for j := range want[i] {
			if got[i][j] != want[i][j] {
				t.Errorf("product[%d][%d] = %g, want %g", i, j, got[i][j], want[i][j])
			}
		}
	}
}

func TestGo(t *testing.T) {
	backend, info, err := Open(Go)
	if err != nil {
		t.Fatal(err)
	}
	if info.Name != Go || info.TF32 || info.Devices != 1 {
		t.Errorf("info = %+v", info)
	}
	checkProduct(t, backend)
}

// needXLA skips, loudly, where no plugin is installed.
func needXLA(t *testing.T) {
	t.Helper()
	if !xlaCompiled || findPlugin("cpu") == "" {
		t.Skip("no XLA CPU plugin here: run `make setup` (Linux x86-64)")
	}
}

func TestXLA(t *testing.T) {
	needXLA(t)
	backend, info, err := Open(CPU)
	if err != nil {
		t.Fatal(err)
	}
	if info.Name != CPU || info.TF32 || info.Devices < 1 || !strings.Contains(info.Version, "PJRT API") {
		t.Errorf("info = %+v", info)
	}
	t.Log(info)
	checkProduct(t, backend)
}

func TestOpenedOnce(t *testing.T) {
	var wait sync.WaitGroup
	backends := make([]compute.Backend, 8)
	for i := range backends {
		wait.Go(func() { backends[i], _, _ = Open(Go) })
	}
	wait.Wait()
	for _, b := range backends {
		if b == nil || b != backends[0] {
			t.Fatalf("Open gave %v and %v", b, backends[0])
		}
	}
}

func TestAuto(t *testing.T) {
	t.Setenv(compute.ConfigEnvVar, Go)
	if got := resolve(Auto); got != Go {
		t.Errorf("with GOMLX_BACKEND=go: %q", got)
	}
	t.Setenv(compute.ConfigEnvVar, "")
	want := Go
	if xlaCompiled && findPlugin("cpu") != "" {
		want = CPU
	}
	if got := resolve(Auto); got != want {
		t.Errorf("without GOMLX_BACKEND: %q, want %q", got, want)
	}
}

func TestErrorsAreOneLineWithRemedy(t *testing.T) {
	for name, remedy := range map[string]string{
		"tpu":            "use one of go, xla:cpu, xla:cuda",
		"go,colour=blue": "unknown configuration option",
		"xla:cuda":       "--backend go",
	} {
		_, _, err := Open(name)
		if name == "xla:cuda" && err == nil {
			continue // a GPU is here
		}
		if err == nil || !strings.Contains(err.Error(), remedy) || strings.Contains(err.Error(), "\n") {
			t.Errorf("Open(%q): %v, want one line with %q", name, err, remedy)
		}
	}
}

func TestDamagedPlugin(t *testing.T) {
	if !xlaCompiled {
		t.Skip("built without XLA")
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "pjrt_c_api_cpu_plugin.so"), []byte("not a library"),
		0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(pluginPathEnv, folder)
	_, _, err := openXLA("cpu", "")
	if err == nil || !strings.Contains(err.Error(), "make setup") || strings.Contains(err.Error(), "\n") {
		t.Errorf("a damaged plugin gave: %v", err)
	}
}

func TestFindPlugin(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("HOME", t.TempDir())
	t.Setenv(pluginPathEnv, folder)
	if file := findPlugin("none"); file != "" {
		t.Fatalf("found %s in an empty folder", file)
	}
	versioned := filepath.Join(folder, "pjrt_c_api_none_v1.2_plugin.so")
	if err := os.WriteFile(versioned, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if file := findPlugin("none"); file != versioned {
		t.Errorf("found %q, want %s", file, versioned)
	}
}

func TestRepositoryRoot(t *testing.T) {
	root := t.TempDir()
	deep := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := RepositoryRoot(deep); got != "" {
		t.Errorf("outside of the module: %q", got)
	}
	if err := os.WriteFile(filepath.Join(root, "go.mod"), []byte("module "+modulePath+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := RepositoryRoot(deep); got != root {
		t.Errorf("RepositoryRoot = %q, want %q", got, root)
	}
}

func TestInfoAsJSON(t *testing.T) {
	_, info, err := Open(Go)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(info)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{`"name":"go"`, `"tf32":false`, `"threads":`, `"os":`} {
		if !strings.Contains(string(text), field) {
			t.Errorf("%s lacks %s", text, field)
		}
	}
}
