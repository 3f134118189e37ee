package torch

import (
	"fmt"

	"tightrope/pkg/model"
)

// storage is a row of numbers in the archive, which several tensors may share.
type storage struct {
	kind  elements
	bytes []byte
}

// elements are the numbers of a storage.
type elements struct {
	name string // as in the safetensors format
	size int    // bytes
}

// storages are the classes of storage that are read.
var storages = map[string]elements{
	"FloatStorage": {"F32", 4}, "DoubleStorage": {"F64", 8}, "HalfStorage": {"F16", 2}, "BFloat16Storage": {"BF16", 2},
	"LongStorage": {"I64", 8}, "IntStorage": {"I32", 4}, "ByteStorage": {"U8", 1}, "BoolStorage": {"BOOL", 1},
}

// tensor is a view of a storage.
type tensor struct {
	from         *storage
	offset       int
	size, stride []int
}

// rebuild makes a tensor of the arguments of torch._utils._rebuild_tensor_v2: storage, offset, size, stride, and others
// that change no value.
func rebuild(arguments tuple) (any, error) {
	if len(arguments) < 4 {
		return nil, fmt.Errorf("a tensor of %d arguments, want at least 4: the file is damaged", len(arguments))
	}
	from, ok := arguments[0].(*storage)
	if !ok {
		return &opaque{of: global{"torch", "Tensor"}}, nil // of a storage that is not read
	}
	t := &tensor{from: from}
	var integers [3]bool
	t.offset, integers[0] = arguments[1].(int)
	t.size, integers[1] = ints(arguments[2])
	t.stride, integers[2] = ints(arguments[3])
	if integers != [3]bool{true, true, true} || len(t.size) != len(t.stride) {
		return nil, fmt.Errorf("a tensor of offset %v, size %v, stride %v: the file is damaged",
			arguments[1], arguments[2], arguments[3])
	}
	return t, t.check()
}

// ints are the numbers of a tuple.
func ints(v any) ([]int, bool) {
	values, ok := v.(tuple)
	out := make([]int, len(values))
	for i := range values {
		var whole bool
		out[i], whole = values[i].(int)
		ok = ok && whole
	}
	return out, ok
}

// check reports, by its error, whether the view lies in its storage and is no larger than a network's weights may be.
func (t *tensor) check() error {
	count, last := 1, t.offset
	for i, n := range t.size {
		stride := t.stride[i]
		if n < 0 || n > model.MaxParams || stride < 0 || stride > maxBytes || t.offset < 0 || t.offset > maxBytes {
			return fmt.Errorf("a tensor of size %v, stride %v, offset %d is impossible", t.size, t.stride, t.offset)
		}
		count *= n
		last += max(n-1, 0) * stride
		if count > model.MaxParams || last > maxBytes {
			return fmt.Errorf("a tensor of size %v is larger than a network's weights may be", t.size)
		}
	}
	if held := len(t.from.bytes) / t.from.kind.size; count > 0 && last >= held {
		return fmt.Errorf("a tensor of size %v, stride %v, offset %d reads beyond its storage of %d numbers",
			t.size, t.stride, t.offset, held)
	}
	return nil
}

// values copies the view, row-major.
func (t *tensor) values() []byte {
	count := 1
	for _, n := range t.size {
		count *= n
	}
	width := t.from.kind.size
	out := make([]byte, 0, count*width)
	index := make([]int, len(t.size))
	for range count {
		at := t.offset
		for axis, i := range index {
			at += i * t.stride[axis]
		}
		out = append(out, t.from.bytes[at*width:(at+1)*width]...)
		for axis := len(index) - 1; axis >= 0; axis-- {
			if index[axis]++; index[axis] < t.size[axis] {
				break
			}
			index[axis] = 0
		}
	}
	return out
}
