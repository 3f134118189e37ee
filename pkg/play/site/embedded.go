//go:build playground

package site

import (
	"embed"
	"io/fs"
)

//go:embed files
var content embed.FS

// embedded are the pages that make dist put into files.
var embedded = func() fs.FS {
	sub, err := fs.Sub(content, "files")
	if err != nil {
		panic(err) // the name is valid
	}
	return sub
}()
