package doctor

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPrint(t *testing.T) {
	var text bytes.Buffer
	err := Print(&text, []Check{
		{Name: "go", OK: true, Detail: "go1.27"},
		{Name: "npm", Optional: true, Detail: "none", Remedy: "install it"},
		{Name: "GoNB kernel", Detail: "not installed", Remedy: "make setup"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"ok go go1.27", "-- npm none", "-> install it", "MISSING GoNB kernel not installed",
		"-> make setup"}
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(want), &text)
	}
	for i, line := range lines {
		if got := strings.Join(strings.Fields(line), " "); got != want[i] {
			t.Errorf("line %d is %q, want %q", i, got, want[i])
		}
	}
}

func TestHealthy(t *testing.T) {
	good, spare, bad := Check{OK: true}, Check{Optional: true}, Check{}
	if !Healthy([]Check{good, spare}) {
		t.Error("something optional is missing: still healthy")
	}
	if Healthy([]Check{good, bad}) {
		t.Error("something needed is missing: not healthy")
	}
}

func TestExamineNamesARemedyForAllThatIsMissing(t *testing.T) {
	names := map[string]bool{}
	for _, check := range Examine() {
		names[check.Name] = true
		if !check.OK && check.Remedy == "" {
			t.Errorf("%s (%s) has no remedy", check.Name, check.Detail)
		}
		if check.Name == "" || check.Detail == "" || strings.Contains(check.Detail+check.Remedy, "\n") {
			t.Errorf("%+v: want a name and one line of detail", check)
		}
	}
	for _, name := range []string{"go", "backend go", "backend xla:cpu", "backend xla:cuda", "default backend",
		"GoNB kernel", "data digits", "data mnist", "HiGHS"} {
		if !names[name] {
			t.Errorf("%s was not looked at", name)
		}
	}
}

func TestUnknownBackendInTheEnvironment(t *testing.T) {
	t.Setenv("GOMLX_BACKEND", "abacus")
	check := chosenCheck()
	if check.OK || !strings.Contains(check.Detail, "abacus") || !strings.Contains(check.Remedy, "GOMLX_BACKEND") {
		t.Errorf("%+v", check)
	}
}

func TestKernel(t *testing.T) {
	root := t.TempDir()
	program := filepath.Join(root, "gonb")
	spec := filepath.Join(root, ".venv", "share", "jupyter", "kernels", "gonb", "kernel.json")
	if err := os.MkdirAll(filepath.Dir(spec), 0o755); err != nil {
		t.Fatal(err)
	}
	good := fmt.Sprintf(`{"argv": [%q, "--kernel", "{connection_file}", "-go_work=%s"]}`, program, root)
	expect := func(text, words string, ok bool) {
		t.Helper()
		if text != "" {
			if err := os.WriteFile(spec, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		check := kernelCheck(root)
		if check.OK != ok || !strings.Contains(check.Detail, words) {
			t.Errorf("kernel %q: %+v, want ok=%v and %q", text, check, ok, words)
		}
	}
	expect("", "not installed", false)
	expect("{", "damaged", false)
	expect(good, "missing", false)
	if err := os.WriteFile(program, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	expect(good, "kernels/gonb", true)
	expect(strings.Replace(good, "-go_work="+root, "-go_work="+t.TempDir(), 1), "another folder", false)
}

func TestFileCheck(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "bin", "tool")
	if check := fileCheck("tool", path, root); check.OK || check.Remedy != "make setup" {
		t.Errorf("missing: %+v", check)
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if check := fileCheck("tool", path, root); !check.OK || check.Detail != filepath.Join("bin", "tool") {
		t.Errorf("present: %+v", check)
	}
}

func TestOutsideOfACheckout(t *testing.T) {
	checks := notebookChecks("")
	if len(checks) != 1 || checks[0].OK || !checks[0].Optional {
		t.Errorf("%+v", checks)
	}
}
