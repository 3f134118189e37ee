package net

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
)

func parse(t *testing.T, text string, input ...int) *Network {
	t.Helper()
	a, err := ParseArch(text, input, 0)
	if err != nil {
		t.Fatal(err)
	}
	n, err := Build(a)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func same(a, b *Network) bool {
	return slices.EqualFunc(a.Params, b.Params, func(p, q *Param) bool {
		return p.Name == q.Name && slices.Equal(p.Shape, q.Shape) && slices.Equal(p.Data, q.Data)
	})
}

func TestSaveLoad(t *testing.T) {
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
		n := parse(t, "6-5-4-3").Init(7)
		n.DType = dtype
		if dtype == dtypes.Float64 {
			n.Params[0].Data[0] = math.Pi // not a float32
		}
		path := filepath.Join(t.TempDir(), "n.safetensors")
		if err := Save(path, n); err != nil {
			t.Fatal(err)
		}
		got, err := Load(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !same(got, n) || got.DType != dtype || got.Arch().String() != n.Arch().String() || got.Hash() != n.Hash() {
			t.Errorf("%s: the network changed on its way through a file", dtype)
		}
		got.Params[2].Data[1] += 1e-3
		if got.Hash() == n.Hash() {
			t.Error("the hash does not see a changed weight")
		}
	}
}

func TestLoadProse(t *testing.T) {
	small := parse(t, "conv(2,4,2,1) conv(3,4,2,1) fc6 fc4", 1, 28, 28).Init(1)
	dense := parse(t, "6-5-4-3").Init(1)
	for _, c := range []struct {
		n     *Network
		prose string
	}{
		{dense, "6-5-4-3 relu; i.weight [out,in], i.bias; input row-major"},
		{small, "conv(2,4,2,1) relu conv(3,4,2,1) relu flatten(C,H,W) fc6 relu fc4; conv weight [out,in,kh,kw]; " +
			"MNIST [0,1]"},
	} {
		path := filepath.Join(t.TempDir(), "n.safetensors")
		if err := WriteTensors(path, c.n.NamedTensors(""), map[string]string{"architecture": c.prose}); err != nil {
			t.Fatal(err)
		}
		got, err := Load(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !same(got, c.n) || !slices.Equal(got.Input, c.n.Input) || len(got.Vertices) != len(c.n.Vertices) {
			t.Errorf("%s: got %s", c.prose, got.Arch().Text())
		}
	}
}

// TestLoadStateDict reads names as PyTorch's Sequential and modules give them, and a layer without bias.
func TestLoadStateDict(t *testing.T) {
	n := parse(t, "2-2-2").Init(3)
	v := n.NamedTensors("")
	clear(n.Params[3].Data)
	path := filepath.Join(t.TempDir(), "n.safetensors")
	for _, prefixes := range [][2]string{{"2", "10"}, {"fc1", "fc2"}} {
		renamed := []NamedTensor{{prefixes[1] + ".weight", v[2].Value}, {prefixes[0] + ".weight", v[0].Value},
			{prefixes[0] + ".bias", v[1].Value}}
		if err := WriteTensors(path, renamed, nil); err != nil {
			t.Fatal(err)
		}
		arch := n.Arch()
		got, err := Load(path, &arch)
		if err != nil {
			t.Fatal(err)
		}
		if !same(got, n) {
			t.Errorf("%v: wrong weights", prefixes)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	n := parse(t, "6-5-4-3").Init(7)
	path := filepath.Join(t.TempDir(), "n.safetensors")
	if err := Save(path, n); err != nil {
		t.Fatal(err)
	}
	other := parse(t, "6-4-4-3").Arch()
	deeper := parse(t, "6-5-4-3-3").Arch()
	expect(t, load(path, &other), "is for architecture [6] fc5 relu fc4 relu fc3, not [6] fc4 relu fc4 relu fc3",
		`"0.weight" has shape [5 6], want [4 6]`)
	expect(t, load(path, &deeper), "it has no weights for layer 6 (dense)")
	expect(t, load(path+".none", nil), "no such file")

	n.Params[2].Data[1] = math.NaN()
	expect(t, Save(path, n), "1.weight[1] is NaN")
	if err := WriteTensors(path, n.NamedTensors(""), map[string]string{"architecture": "6-5-4-3"}); err != nil {
		t.Fatal(err)
	}
	expect(t, load(path, nil), "1.weight[1] is NaN")
	if err := WriteTensors(path, n.NamedTensors(""), nil); err != nil {
		t.Fatal(err)
	}
	expect(t, load(path, nil), "--arch")
	if err := WriteTensors(path, []NamedTensor{{"0.weight",
		tensors.FromFlatDataAndDimensions([]int64{1, 2, 3, 4}, 2, 2)}},
		map[string]string{"architecture": "2-2"}); err != nil {
		t.Fatal(err)
	}
	expect(t, load(path, nil), "F32 or F64")
	if err := os.WriteFile(path, []byte("not a network"), 0o644); err != nil {
		t.Fatal(err)
	}
	expect(t, load(path, nil), "not a usable safetensors file")
}

// TestSaveKeepsTheOldFile writes into a folder that is not there and over a file by a network that is refused.
func TestSaveKeepsTheOldFile(t *testing.T) {
	n := parse(t, "6-5-3").Init(7)
	path := filepath.Join(t.TempDir(), "n.safetensors")
	if err := Save(path, n); err != nil {
		t.Fatal(err)
	}
	bad := n.Clone()
	bad.Params[0].Data[0] = math.Inf(1)
	expect(t, Save(path, bad), "must be finite")
	if got, err := Load(path, nil); err != nil || got.Hash() != n.Hash() {
		t.Errorf("the old file is damaged: %v", err)
	}
	expect(t, Save(filepath.Join(path, "under", "a file"), n), "")
}

func load(path string, arch *Arch) error {
	_, err := Load(path, arch)
	return err
}

func expect(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got error %v, want one line with %q", err, part)
		}
	}
}
