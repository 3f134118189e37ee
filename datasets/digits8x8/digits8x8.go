// Package digits8x8 embeds the 1,797 handwritten digits of 8 x 8 pixels, so that every test, toy and first run needs no
// download. Read them through package data (`data.Load("digits", …)`). See NOTICE.md for source and licence (CC BY
// 4.0).
package digits8x8

import _ "embed"

// Images is a gzipped IDX file: uint8 [1797, 8, 8], grey values 0..16.
//
//go:embed images-idx3-ubyte.gz
var Images []byte

// Labels is a gzipped IDX file: uint8 [1797], classes 0..9.
//
//go:embed labels-idx1-ubyte.gz
var Labels []byte
