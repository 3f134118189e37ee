package net

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/bits"
	"os"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/internal/atomicfile"
)

// NamedTensor is one entry of a safetensors file.
type NamedTensor struct {
	Name  string
	Value *tensors.Tensor
}

// tensorHeader is an entry of the JSON header (https://huggingface.co/docs/safetensors, section Format).
type tensorHeader struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

// metadataKey is the header's entry for text.
const metadataKey = "__metadata__"

// maxHeader is the format's own limit on the header, in bytes.
const maxHeader = 100 << 20

// fileTypes are the format's names of element types.
var fileTypes = map[string]dtypes.DType{
	"F64": dtypes.Float64, "F32": dtypes.Float32, "I64": dtypes.Int64, "I32": dtypes.Int32,
	"U64": dtypes.Uint64, "U32": dtypes.Uint32, "U8": dtypes.Uint8, "BOOL": dtypes.Bool,
}

// WriteTensors writes a safetensors file atomically, bit for bit, in the order given; the same content gives the same file.
// It returns an error for a name that occurs twice, an element type that the format lacks, or a path that cannot be written.
func WriteTensors(path string, values []NamedTensor, metadata map[string]string) error {
	header, err := encodeHeader(values, metadata)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		b := bufio.NewWriterSize(w, 1<<20)
		if err := binary.Write(b, binary.LittleEndian, uint64(len(header))); err != nil {
			return err
		}
		b.Write(header) // a failed write shows in Flush
		for _, v := range values {
			if err := v.Value.ConstBytes(func(data []byte) { b.Write(data) }); err != nil {
				return err
			}
		}
		return b.Flush()
	})
}

func encodeHeader(values []NamedTensor, metadata map[string]string) ([]byte, error) {
	header := map[string]any{}
	if len(metadata) > 0 {
		header[metadataKey] = metadata
	}
	at := 0
	for _, v := range values {
		if _, twice := header[v.Name]; twice || v.Name == metadataKey {
			return nil, fmt.Errorf("tensor name %q is used twice or reserved: give each tensor a name of its own", v.Name)
		}
		name, err := fileType(v.Value.DType())
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", v.Name, err)
		}
		end := at + v.Value.Size()*v.Value.DType().Size()
		header[v.Name] = tensorHeader{DType: name, Shape: append([]int{}, v.Value.Shape().Dimensions...), Offsets: [2]int{at, end}}
		at = end
	}
	text, err := json.Marshal(header)
	for len(text)%8 != 0 { // aligned data, as the format asks
		text = append(text, ' ')
	}
	return text, err
}

func fileType(t dtypes.DType) (string, error) {
	for name, d := range fileTypes {
		if d == t {
			return name, nil
		}
	}
	return "", fmt.Errorf("element type %s cannot be stored: use one of %v", t, slices.Sorted(maps.Keys(fileTypes)))
}

// ReadTensors reads a safetensors file: its tensors in the order of their data, and its metadata. It returns an error for
// a file that is cut short, has a wrong header, or holds an element type that is not supported.
func ReadTensors(path string) ([]NamedTensor, map[string]string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	return usableTensors(path, content)
}

// usableTensors are the tensors of a file's content.
func usableTensors(path string, content []byte) ([]NamedTensor, map[string]string, error) {
	values, metadata, err := decodeTensors(content)
	if err != nil {
		return nil, nil, fmt.Errorf("%s is not a usable safetensors file: %w", path, err)
	}
	return values, metadata, nil
}

func decodeTensors(content []byte) ([]NamedTensor, map[string]string, error) {
	entries, metadata, data, err := decodeHeader(content)
	if err != nil {
		return nil, nil, err
	}
	total := 0
	for name, e := range entries {
		if err := e.check(len(data)); err != nil {
			return nil, nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		total += e.Offsets[1] - e.Offsets[0]
	}
	if total != len(data) {
		return nil, nil, fmt.Errorf("its tensors take %d bytes but %d are there: the file is damaged", total, len(data))
	}
	names := slices.SortedFunc(maps.Keys(entries), func(a, b string) int {
		return cmp.Or(cmp.Compare(entries[a].Offsets[0], entries[b].Offsets[0]), compareNatural(a, b))
	})
	values := make([]NamedTensor, len(names))
	for i, name := range names {
		e := entries[name]
		t := tensors.FromShape(shapes.Make(fileTypes[e.DType], e.Shape...))
		if err := t.MutableBytes(func(b []byte) { copy(b, data[e.Offsets[0]:e.Offsets[1]]) }); err != nil {
			return nil, nil, err
		}
		values[i] = NamedTensor{Name: name, Value: t}
	}
	return values, metadata, nil
}

// decodeHeader splits a file into the header's entries, its metadata and the data.
func decodeHeader(content []byte) (map[string]tensorHeader, map[string]string, []byte, error) {
	if len(content) < 8 {
		return nil, nil, nil, fmt.Errorf("it has only %d bytes: it is cut short", len(content))
	}
	length := binary.LittleEndian.Uint64(content)
	if length > maxHeader {
		return nil, nil, nil, fmt.Errorf("its header would have %d bytes: it is of another format", length)
	}
	if length > uint64(len(content)-8) {
		return nil, nil, nil, fmt.Errorf("its header should have %d bytes but only %d are there: it is cut short", length, len(content)-8)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(content[8:8+length], &raw); err != nil {
		return nil, nil, nil, fmt.Errorf("its header is no JSON object: %w", err)
	}
	var metadata map[string]string
	entries := map[string]tensorHeader{}
	for name, text := range raw {
		var err error
		if name == metadataKey {
			err = json.Unmarshal(text, &metadata)
		} else {
			var e tensorHeader
			err = json.Unmarshal(text, &e)
			entries[name] = e
		}
		if err != nil {
			return nil, nil, nil, fmt.Errorf("header entry %q: %w", name, err)
		}
	}
	return entries, metadata, content[8+length:], nil
}

// check tells whether an entry fits the data.
func (e tensorHeader) check(data int) error {
	dtype, ok := fileTypes[e.DType]
	if !ok {
		return fmt.Errorf("element type %q is not supported: convert it to one of %v", e.DType, slices.Sorted(maps.Keys(fileTypes)))
	}
	bytes := uint64(dtype.Size())
	for _, d := range e.Shape {
		high, low := bits.Mul64(bytes, uint64(d))
		if d < 0 || high != 0 {
			return fmt.Errorf("shape %v is impossible", e.Shape)
		}
		bytes = low
	}
	from, to := e.Offsets[0], e.Offsets[1]
	if from < 0 || to < from || uint64(to-from) != bytes {
		return fmt.Errorf("shape %v of %s takes %d bytes, the header says %d to %d", e.Shape, e.DType, bytes, from, to)
	}
	if to > data {
		return fmt.Errorf("its data should end at byte %d but only %d are there: the file is cut short", to, data)
	}
	return nil
}
