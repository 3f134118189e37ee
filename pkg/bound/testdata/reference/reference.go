// Package reference embeds some of the reference values beside it (README.md), so that a program checks bounds on
// machines without this source tree.
package reference

import (
	"embed"

	"tightrope/pkg/internal/gzfile"
)

// files hold a dense network with weights of both precisions, a convolutional one, and one with balls in the l2 norm.
//
//go:embed N2.json.gz N2_f64.json.gz N4.json.gz N6_l2.json.gz
var files embed.FS

// Read returns the contents of an embedded file of reference values, such as N2.json. It returns an error for one that
// is not embedded.
func Read(name string) ([]byte, error) {
	f, err := files.Open(name + ".gz")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return gzfile.Unpack(f, 1<<24)
}
