// Package digits holds two networks of these records for programs that have no file system, such as the playground in a
// browser: the pair of seed 0 without and with the regularizer gamma r.
package digits

import _ "embed"

// The pair: recipe mlp-2x100/digits at its quick scale, eps 0.1, seed 0, as safetensors.
var (
	//go:embed mlp-2x100-digits-quick-lambda0-gamma0-seed0.safetensors
	Without []byte // gamma = 0
	//go:embed mlp-2x100-digits-quick-lambda0-gamma3-seed0.safetensors
	With []byte // gamma = 3
)
