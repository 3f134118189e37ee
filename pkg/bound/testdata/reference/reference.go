// Package reference embeds some of the reference values beside it (README.md), so that a program checks bounds on
// machines without this source tree.
package reference

import "embed"

// Files hold a dense network with weights of both precisions, a convolutional one, and one with balls in the l2 norm.
//
//go:embed N2.json N2_f64.json N4.json N6_l2.json
var Files embed.FS
