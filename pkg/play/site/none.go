//go:build !playground

package site

import "io/fs"

// embedded is nil in a program that was built without the pages.
var embedded fs.FS
