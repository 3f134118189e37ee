package data

import (
	"encoding/binary"
	"fmt"
	"math"
)

// element is the number format of an array in a file.
type element int

const (
	uint8s element = iota
	int8s
	uint16s
	int16s
	uint32s
	int32s
	uint64s
	int64s
	float32s
	float64s
)

// size is the bytes of one number.
func (e element) size() int {
	return [...]int{1, 1, 2, 2, 4, 4, 8, 8, 4, 8}[e]
}

// array is a block of numbers as it lay in a file.
type array struct {
	shape []int
	kind  element
	order binary.ByteOrder
	data  []byte
}

// len is the number of elements.
func (a array) len() int { return len(a.data) / a.kind.size() }

// at is the i-th number, row-major.
func (a array) at(i int) float64 {
	b := a.data[i*a.kind.size():]
	switch a.kind {
	case uint8s:
		return float64(b[0])
	case int8s:
		return float64(int8(b[0]))
	case uint16s:
		return float64(a.order.Uint16(b))
	case int16s:
		return float64(int16(a.order.Uint16(b)))
	case uint32s:
		return float64(a.order.Uint32(b))
	case int32s:
		return float64(int32(a.order.Uint32(b)))
	case uint64s:
		return float64(a.order.Uint64(b))
	case int64s:
		return float64(int64(a.order.Uint64(b)))
	case float32s:
		return float64(math.Float32frombits(a.order.Uint32(b)))
	default:
		return math.Float64frombits(a.order.Uint64(b))
	}
}

// rows cuts an array of bytes along its first axis.
func (a array) rows() [][]byte {
	rows := make([][]byte, a.shape[0])
	width := len(a.data) / max(1, len(rows))
	for i := range rows {
		rows[i] = a.data[i*width : (i+1)*width]
	}
	return rows
}

// newArray checks that data is exactly as long as shape and kind say, before anything is allocated for it.
func newArray(shape []int, kind element, order binary.ByteOrder, data []byte) (array, error) {
	need := kind.size()
	for _, n := range shape {
		if n < 0 || n > 0 && need > math.MaxInt/n {
			return array{}, fmt.Errorf("impossible shape %v", shape)
		}
		need *= n
	}
	if need != len(data) {
		return array{}, fmt.Errorf(
			"shape %v needs %d bytes of data, but there are %d: the file is cut short or damaged", shape, need,
			len(data))
	}
	return array{shape: shape, kind: kind, order: order, data: data}, nil
}
