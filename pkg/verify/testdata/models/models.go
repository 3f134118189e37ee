// Package models embeds the published networks beside it (README.md, LICENSE), so that a program checks their published
// errors, and times trained networks, on machines without this source tree.
package models

import "embed"

// Files are the networks, as safetensors.
//
//go:embed *.safetensors
var Files embed.FS
