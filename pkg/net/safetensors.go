package net

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/internal/atomicfile"
	"tightrope/pkg/model"
)

// NamedTensor is one entry of a safetensors file.
type NamedTensor struct {
	Name  string
	Value *tensors.Tensor
}

// fileTypes are the format's names of element types.
var fileTypes = map[string]dtypes.DType{
	"F64": dtypes.Float64, "F32": dtypes.Float32, "I64": dtypes.Int64, "I32": dtypes.Int32,
	"U64": dtypes.Uint64, "U32": dtypes.Uint32, "U8": dtypes.Uint8, "BOOL": dtypes.Bool,
}

// WriteTensors writes a safetensors file atomically, bit for bit, in the order given; the same content gives the same
// file. It returns an error for a name that occurs twice, an element type that the format lacks, or a path that cannot
// be written.
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
		header[model.MetadataKey] = metadata
	}
	at := 0
	for _, v := range values {
		if _, twice := header[v.Name]; twice || v.Name == model.MetadataKey {
			return nil, fmt.Errorf("tensor name %q is used twice or reserved: give each tensor a name of its own",
				v.Name)
		}
		name, err := fileType(v.Value.DType())
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", v.Name, err)
		}
		end := at + v.Value.Size()*v.Value.DType().Size()
		header[v.Name] = model.TensorHeader{DType: name, Shape: append([]int{}, v.Value.Shape().Dimensions...),
			Offsets: [2]int{at, end}}
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

// ReadTensors reads a safetensors file by [model.ReadTensors]: its tensors in the order of their data, and its
// metadata. It returns an error for a file that is missing, cut short or not of this form.
func ReadTensors(path string) ([]NamedTensor, map[string]string, error) {
	raw, metadata, err := model.ReadTensors(path)
	if err != nil {
		return nil, nil, err
	}
	values := make([]NamedTensor, len(raw))
	for i, r := range raw {
		t := tensors.FromShape(shapes.Make(fileTypes[r.Type], r.Shape...))
		if err := t.MutableBytes(func(b []byte) { copy(b, r.Bytes) }); err != nil {
			return nil, nil, err
		}
		values[i] = NamedTensor{Name: r.Name, Value: t}
	}
	return values, metadata, nil
}
