package mutation

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRun tries mutants of a small module of its own.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module small\n\ngo 1.21\n",
		"a.go": "package small\n\nfunc Root(x int) int {\n\tif x < 0 {\n\t\treturn -1\n\t}\n\tif x > 99 " +
			"{\n\t\treturn 99\n\t}\n\treturn x\n}\n",
		"a_test.go": "package small\n\nimport \"testing\"\n\nfunc TestRoot(t *testing.T) {\n\tif Root(-5) != -1 " +
			"{\n\t\tt.Error(1)\n\t}\n}\n\n" +
			"func TestLarge(t *testing.T) {\n\tif Root(100) != 99 {\n\t\tt.Error(2)\n\t}\n}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, pattern string
		mutant        Mutant
		want          string // in the error; "": noticed
	}{
		{"noticed", "TestRoot", Mutant{"a.go", "if x < 0", "if false"}, ""},
		{"survives", "TestRoot", Mutant{"a.go", "if x > 99", "if false"}, "survived"},
		{"noticed by the other test", "Test", Mutant{"a.go", "if x > 99", "if false"}, ""},
		{"does not end", "TestRoot", Mutant{"a.go", "return -1", "for {\n\t\t}"}, ""},
		{"panic", "TestRoot", Mutant{"a.go", "return -1", "panic(0)"}, ""},
		{"does not compile", "TestRoot", Mutant{"a.go", "return -1", "return nothing"}, "did not run"},
		{"not there", "TestRoot", Mutant{"a.go", "return 7", "return 8"}, "occurs 0 times"},
		{"twice", "TestRoot", Mutant{"a.go", "if x", "if true || x"}, "occurs 2 times"},
		{"no change", "TestRoot", Mutant{"a.go", "return -1", "return -1"}, "up to date"},
		{"no file", "TestRoot", Mutant{"b.go", "x", "y"}, "b.go"},
	} {
		limit := 2 * time.Minute
		if c.name == "does not end" {
			limit = time.Second
		}
		err := Run(t.Context(), dir, c.pattern, limit, c.mutant)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if errors.Is(err, ErrSurvived) != (c.want == "survived") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
