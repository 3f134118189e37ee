package data

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// DirVariable is the environment variable that names the folder of the data sets.
const DirVariable = "TIGHTROPE_DATA"

// DefaultDir is the folder of the data sets, each in a subfolder of its name: $TIGHTROPE_DATA, else datasets/ of this
// repository, found upwards from the working folder, else (for a program of somebody else that imports this package)
// tightrope/datasets in the user's cache folder. It returns an error if there is no such folder either.
func DefaultDir() (string, error) {
	if dir := os.Getenv(DirVariable); dir != "" {
		return filepath.Abs(dir)
	}
	if root, ok := repositoryRoot(); ok {
		return filepath.Join(root, "datasets"), nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", errors.New("no folder for data sets: set $" + DirVariable + " to one, or run inside the repository")
	}
	return filepath.Join(cache, "tightrope", "datasets"), nil
}

// repositoryRoot walks up from the working folder to the go.mod of the module that this package belongs to.
func repositoryRoot() (string, bool) {
	dir, err := os.Getwd()
	if err != nil {
		return "", false
	}
	module := strings.TrimSuffix(reflect.TypeFor[Set]().PkgPath(), "/pkg/data")
	for {
		if text, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil && declares(string(text), module) {
			return dir, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

func declares(gomod, module string) bool {
	for line := range strings.Lines(gomod) {
		if fields := strings.Fields(line); len(fields) >= 2 && fields[0] == "module" {
			return strings.Trim(fields[1], `"`) == module
		}
	}
	return false
}

func dirOrDefault(dir string) (string, error) {
	if dir != "" {
		return dir, nil
	}
	return DefaultDir()
}
