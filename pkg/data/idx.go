package data

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// idxKinds maps the third byte of an IDX file to its number format (Y. LeCun's description of the MNIST files).
var idxKinds = map[byte]element{0x08: uint8s, 0x09: int8s, 0x0B: int16s, 0x0C: int32s, 0x0D: float32s, 0x0E: float64s}

// parseIDX reads an IDX file: two zero bytes, the number format, the number of axes, the axes, then the numbers,
// big-endian.
func parseIDX(b []byte) (array, error) {
	if len(b) < 4 || b[0] != 0 || b[1] != 0 {
		return array{}, errors.New("not an IDX file: it does not start with two zero bytes")
	}
	kind, ok := idxKinds[b[2]]
	if !ok {
		return array{}, fmt.Errorf("not an IDX file: unknown number format 0x%02x", b[2])
	}
	axes, rest := int(b[3]), b[4:]
	if axes == 0 || len(rest) < 4*axes {
		return array{}, errors.New("not an IDX file: its header is cut short")
	}
	shape := make([]int, axes)
	for i := range shape {
		shape[i] = int(binary.BigEndian.Uint32(rest[4*i:]))
	}
	return newArray(shape, kind, binary.BigEndian, rest[4*axes:])
}

// LoadIDX reads a user's own images and labels from two IDX files (gzipped, where the name ends in .gz). Images are
// [samples, height, width], [samples, channels, height, width] or [samples, inputs]. It returns an error for files that
// are missing or damaged, and where images and labels differ in number.
func LoadIDX(images, labels string, opts ImportOptions) (*Set, error) {
	return importPair(images, labels, opts, parseIDX)
}
