package model

import (
	"cmp"
	"encoding/binary"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
	"maps"
	"math"
	"math/bits"
	"os"
	"slices"

	"tightrope/pkg/internal/halves"
	"tightrope/pkg/internal/strictjson"
)

// Tensor is one entry of a safetensors file (https://huggingface.co/docs/safetensors, section Format).
type Tensor struct {
	Name  string
	Type  string // the format's name of the element type: a key of ElementSizes
	Shape []int
	Bytes []byte // little-endian
}

// ElementSizes are the element types that are read, with their bytes.
var ElementSizes = map[string]int{"F64": 8, "F32": 4, "I64": 8, "I32": 4, "U64": 8, "U32": 4, "U8": 1, "BOOL": 1,
	"F16": 2, "BF16": 2}

// TensorHeader is an entry of the file's header.
type TensorHeader struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

// MetadataKey is the header's entry for text.
const MetadataKey = "__metadata__"

// maxHeader is the format's own limit on the header, in bytes.
const maxHeader = 100 << 20

// ReadTensors reads a safetensors file: its tensors in the order of their data, and its metadata. It returns an error
// for a file that is cut short, has a wrong header (a name twice, an unknown or missing member, data that overlap or
// that no tensor covers), or holds an element type that is not supported.
func ReadTensors(path string) ([]Tensor, map[string]string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	values, metadata, err := DecodeTensors(content)
	if err != nil {
		return nil, nil, fmt.Errorf("%s is not a usable safetensors file: %w", path, err)
	}
	return values, metadata, nil
}

// DecodeTensors is [ReadTensors] for a file's content, which the tensors share.
func DecodeTensors(content []byte) ([]Tensor, map[string]string, error) {
	entries, metadata, data, err := decodeHeader(content)
	if err != nil {
		return nil, nil, err
	}
	names := slices.SortedFunc(maps.Keys(entries), func(a, b string) int {
		return cmp.Or(cmp.Compare(entries[a].Offsets[0], entries[b].Offsets[0]), cmp.Compare(entries[a].Offsets[1], entries[b].Offsets[1]), compareNatural(a, b))
	})
	values, end := make([]Tensor, len(names)), 0
	for i, name := range names {
		e := entries[name]
		if err := e.check(len(data)); err != nil {
			return nil, nil, fmt.Errorf("tensor %.80q: %w", name, err)
		}
		if e.Offsets[0] != end {
			return nil, nil, fmt.Errorf("tensor %.80q begins at byte %d, but the one before ends at %d: tensors "+
				"must not overlap nor leave gaps", name, e.Offsets[0], end)
		}
		end = e.Offsets[1]
		values[i] = Tensor{Name: name, Type: e.DType, Shape: e.Shape, Bytes: data[e.Offsets[0]:end]}
	}
	if end != len(data) {
		return nil, nil, fmt.Errorf("its tensors take %d bytes but %d are there: the file is damaged", end, len(data))
	}
	return values, metadata, nil
}

// decodeHeader splits a file into the header's entries, its metadata and the data.
func decodeHeader(content []byte) (map[string]TensorHeader, map[string]string, []byte, error) {
	if len(content) < 8 {
		return nil, nil, nil, fmt.Errorf("it has only %d bytes: it is cut short", len(content))
	}
	length := binary.LittleEndian.Uint64(content)
	if length > maxHeader {
		return nil, nil, nil, fmt.Errorf("its header would have %d bytes: it is of another format", length)
	}
	if length > uint64(len(content)-8) {
		return nil, nil, nil, fmt.Errorf("its header should have %d bytes but only %d are there: it is cut short",
			length, len(content)-8)
	}
	var raw map[string]jsontext.Value
	if err := json.Unmarshal(content[8:8+length], &raw); err != nil {
		return nil, nil, nil, fmt.Errorf("its header is no JSON object whose names differ: %w", err)
	}
	var metadata map[string]string
	entries := map[string]TensorHeader{}
	for name, text := range raw {
		var err error
		if name == MetadataKey {
			err = json.Unmarshal(text, &metadata)
		} else {
			var e TensorHeader
			err = strictjson.Unmarshal(text, &e)
			entries[name] = e
		}
		if err != nil {
			return nil, nil, nil, fmt.Errorf("header entry %.80q: %w", name, err)
		}
	}
	return entries, metadata, content[8+length:], nil
}

// check reports, by its error, whether an entry fits the data.
func (e TensorHeader) check(data int) error {
	size, ok := ElementSizes[e.DType]
	if !ok {
		return fmt.Errorf("element type %.20q is not supported: convert it to one of %v",
			e.DType, slices.Sorted(maps.Keys(ElementSizes)))
	}
	bytes := uint64(size)
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

// Floats are the values of a tensor of F16, BF16, F32 or F64.
func (t *Tensor) Floats() ([]float64, error) {
	switch t.Type {
	case "F32":
		out := make([]float64, len(t.Bytes)/4)
		for i := range out {
			out[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(t.Bytes[4*i:])))
		}
		return out, nil
	case "F64":
		out := make([]float64, len(t.Bytes)/8)
		for i := range out {
			out[i] = math.Float64frombits(binary.LittleEndian.Uint64(t.Bytes[8*i:]))
		}
		return out, nil
	case "F16", "BF16":
		out := make([]float64, len(t.Bytes)/2)
		for i := range out {
			bits := binary.LittleEndian.Uint16(t.Bytes[2*i:])
			if t.Type == "BF16" {
				out[i] = float64(halves.Brain(bits))
			} else {
				out[i] = float64(halves.Half(bits))
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("tensor %.80q is of type %s: store weights as F16, BF16, F32 or F64", t.Name, t.Type)
}
