package house

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadmeSnippet checks that README's Go code is that of an example, which compiles and whose output is tested.
func TestReadmeSnippet(t *testing.T) {
	root := filepath.Join("..", "..")
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile(filepath.Join(root, "pkg", "bound", "readme_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(readme), "```go\n")[1:]
	if len(blocks) == 0 {
		t.Fatal("README.md shows no Go code")
	}
	for _, b := range blocks {
		code, _, _ := strings.Cut(b, "```")
		if !strings.Contains(string(example), code) {
			t.Errorf("pkg/bound/readme_test.go lacks this code of README.md:\n%s", code)
		}
	}
}
