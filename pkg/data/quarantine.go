package data

import (
	"fmt"
	"os"
)

// setAside renames a file to the first free of path.bad-1, path.bad-2, …, and returns that name.
func setAside(path string) (string, error) {
	for i := 1; ; i++ {
		aside := fmt.Sprintf("%s.bad-%d", path, i)
		if _, err := os.Lstat(aside); err == nil {
			continue
		}
		return aside, os.Rename(path, aside)
	}
}
