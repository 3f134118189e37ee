package net

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"tightrope/pkg/model"
)

// someTensors hold values that only a bitwise copy keeps: a NaN's payload, denormals, large integers.
func someTensors() []NamedTensor {
	return []NamedTensor{
		{"z", tensors.FromFlatDataAndDimensions([]float32{math.Float32frombits(0x7fc12345), 1e-45, -0.1, 3}, 2, 2)},
		{"step", tensors.FromScalar(int64(math.MaxInt64 - 1))},
		{"a.m", tensors.FromFlatDataAndDimensions([]float64{math.Pi, math.Inf(-1), 5e-324}, 3)},
		{"rng", tensors.FromFlatDataAndDimensions([]uint64{math.MaxUint64, 7}, 2)},
	}
}

func bytesOf(t *testing.T, v *tensors.Tensor) (out []byte) {
	if err := v.ConstBytes(func(data []byte) { out = append(out, data...) }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTensorsRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	if err := WriteTensors(path, someTensors(), map[string]string{"k": "v \"quoted\""}); err != nil {
		t.Fatal(err)
	}
	got, metadata, err := ReadTensors(path)
	if err != nil {
		t.Fatal(err)
	}
	if metadata["k"] != "v \"quoted\"" {
		t.Errorf("metadata %v", metadata)
	}
	for i, want := range someTensors() {
		if got[i].Name != want.Name || !got[i].Value.Shape().Equal(want.Value.Shape()) ||
			!reflect.DeepEqual(bytesOf(t, got[i].Value), bytesOf(t, want.Value)) {
			t.Errorf("tensor %d: got %s %v, want %s %v", i, got[i].Name, got[i].Value, want.Name, want.Value)
		}
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("temporary files were left: %v (%v)", left, err)
	}
}

// TestCutShort cuts a file at every length: each must be an error, none a panic or a wrong value.
func TestCutShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	if err := WriteTensors(path, someTensors(), nil); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range content {
		if _, _, err := model.DecodeTensors(content[:n]); err == nil {
			t.Fatalf("a file cut to %d of %d bytes was read", n, len(content))
		}
	}
	if _, _, err := model.DecodeTensors(append(content, 0)); err == nil {
		t.Error("a file with a byte too many was read")
	}
}

func TestWrongHeaders(t *testing.T) {
	for _, c := range []struct{ header, want string }{
		{`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}`, "takes 4 bytes"},
		{`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]}}`, "impossible"},
		{`{"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,8]}}`, "impossible"},
		{`{"a":{"dtype":"F8","shape":[8],"data_offsets":[0,8]}}`, "not supported"},
		{`{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}`, "header says -8"},
		{`{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}`, "cut short"},
		{`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, "damaged"},
		{`[1,2,3]`, "no JSON object"},
		{`{"a":7}`, `entry "a"`},
		{`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`,
			"overlap"},
		{`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`,
			"overlap"},
		{`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, "gaps"},
		{`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`,
			"names differ"},
		{`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"data_offsets":[0,4]}}`, "names differ"},
		{`{"a":{"Dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, "Dtype"},
		{`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"strides":[2]}}`, "strides"},
		{`{"a":{"dtype":"F32","data_offsets":[0,8]}}`, "missing"},
		{`{"a":{"dtype":"F32","shape":null,"data_offsets":[0,8]}}`, "null"},
	} {
		content := append([]byte{byte(len(c.header)), byte(len(c.header) >> 8), 0, 0, 0, 0, 0, 0}, c.header...)
		_, _, err := model.DecodeTensors(append(content, make([]byte, 8)...))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", c.header, err, c.want)
		}
	}
}

func TestWriteRefusesTwoOfOneName(t *testing.T) {
	v := tensors.FromScalar(float32(1))
	if err := WriteTensors(filepath.Join(t.TempDir(), "a"), []NamedTensor{{"x", v}, {"x", v}}, nil); err == nil {
		t.Error("two tensors of one name were written")
	}
}
