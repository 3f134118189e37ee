package data

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// npyFile makes a .npy file, version 1, with a header as numpy.save writes it.
func npyFile(descr, shape string, data []byte) []byte {
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, shape)
	for (10+len(header)+1)%64 != 0 {
		header += " "
	}
	header += "\n"
	out := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), byte(len(header)>>8))
	return append(append(out, header...), data...)
}

func floats(xs ...float32) []byte {
	var out []byte
	for _, x := range xs {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}

func longs(xs ...int64) []byte {
	var out []byte
	for _, x := range xs {
		out = binary.LittleEndian.AppendUint64(out, uint64(x))
	}
	return out
}

func TestLoadIDX(t *testing.T) {
	dir := t.TempDir()
	images, labels := filepath.Join(dir, "mine.idx"), filepath.Join(dir, "labels.idx")
	write(t, images, idx([]int{2, 1, 3}, []byte{0, 51, 255, 102, 0, 0}))
	write(t, labels, idx([]int{2}, []byte{1, 0}))
	s, err := LoadIDX(images, labels, ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "mine" || s.Classes != 2 || !slices.Equal(s.Shape, []int{1, 1, 3}) ||
		!slices.Equal(s.X, []float32{0, .2, 1, .4, 0, 0}) || !slices.Equal(s.Y, []int32{1, 0}) {
		t.Errorf("%+v", s)
	}
	_, err = LoadIDX(images, labels, ImportOptions{Classes: 1})
	wantError(t, err, "1 classes")
	write(t, labels, idx([]int{2}, []byte{1, 7}))
	_, err = LoadIDX(images, labels, ImportOptions{Classes: 3})
	wantError(t, err, "sample 1 has label 7, but labels are 0 to 2")
	write(t, labels, idx([]int{3}, []byte{1, 0, 1}))
	_, err = LoadIDX(images, labels, ImportOptions{})
	wantError(t, err, "need 9 inputs, but there are 6")
	_, err = LoadIDX(filepath.Join(dir, "none"), labels, ImportOptions{})
	wantError(t, err, "none: no such file")
}

func TestParsersRefuseDamage(t *testing.T) {
	whole := idx([]int{2, 2}, []byte{1, 2, 3, 4})
	for cut := range whole {
		if _, err := parseIDX(whole[:cut]); err == nil {
			t.Errorf("an IDX file cut to %d of %d bytes is taken", cut, len(whole))
		}
	}
	if _, err := parseIDX(append(slices.Clone(whole), 0)); err == nil {
		t.Error("an IDX file that is too long is taken")
	}
	huge := idx([]int{1 << 31, 1 << 31, 1 << 31}, nil)
	if _, err := parseIDX(huge); err == nil {
		t.Error("an IDX file of impossible shape is taken")
	}
	whole = npyFile("<f4", "(2, 2)", floats(0, 1, 0, 1))
	for cut := range whole {
		if _, err := parseNPY(whole[:cut]); err == nil {
			t.Errorf("a .npy file cut to %d of %d bytes is taken", cut, len(whole))
		}
	}
}

func TestLoadNPY(t *testing.T) {
	dir := t.TempDir()
	images, labels := filepath.Join(dir, "x.npy"), filepath.Join(dir, "y.npy")
	write(t, images, npyFile("<f4", "(2, 1, 2, 2)", floats(0, .25, .5, .75, 1, 0, 1, 0)))
	write(t, labels, npyFile("<i8", "(2,)", longs(1, 0)))
	s, err := LoadNPY(images, labels, ImportOptions{Name: "own"})
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "own" || !slices.Equal(s.Shape, []int{1, 2, 2}) || !slices.Equal(s.Y, []int32{1, 0}) {
		t.Errorf("%+v", s)
	}
	s, err = LoadNPY(images, labels, ImportOptions{ChannelsLast: true})
	if err != nil || !slices.Equal(s.Shape, []int{2, 1, 2}) ||
		!slices.Equal(s.X, []float32{0, .5, .25, .75, 1, 1, 0, 0}) {
		t.Errorf("channels last: %+v, %v", s, err)
	}
	write(t, images, npyFile("<f4", "(2, 2)", floats(0, 200, 0, float32(math.NaN()))))
	_, err = LoadNPY(images, labels, ImportOptions{Divide: 200})
	wantError(t, err, "sample 1 is not a number (NaN) at input 1")
	_, err = LoadNPY(images, labels, ImportOptions{})
	wantError(t, err, "sample 0 is 200 at input 1, outside of the box [0, 1]")
	write(t, labels, npyFile("<f4", "(2,)", floats(1, .5)))
	_, err = LoadNPY(images, labels, ImportOptions{})
	wantError(t, err, "label of sample 1 is 0.5")
	write(t, labels, npyFile("<U3", "(2,)", nil))
	_, err = LoadNPY(images, labels, ImportOptions{})
	wantError(t, err, `number format "<U3" is not read`)
}

func TestElementFormats(t *testing.T) {
	le, be := binary.LittleEndian, binary.BigEndian
	f8 := binary.BigEndian.AppendUint64(nil, math.Float64bits(-1.5))
	for _, c := range []struct {
		a    array
		want float64
	}{
		{array{kind: uint8s, data: []byte{200}}, 200}, {array{kind: int8s, data: []byte{0xff}}, -1},
		{array{kind: uint16s, order: be, data: []byte{1, 2}}, 258},
		{array{kind: int16s, order: le, data: []byte{0xfe, 0xff}}, -2},
		{array{kind: uint32s, order: be, data: []byte{0, 0, 1, 0}}, 256},
		{array{kind: int32s, order: be, data: []byte{255, 255, 255, 253}}, -3},
		{array{kind: uint64s, order: le, data: longs(5)}, 5}, {array{kind: int64s, order: le, data: longs(-5)}, -5},
		{array{kind: float32s, order: le, data: floats(0.25)}, 0.25},
		{array{kind: float64s, order: be, data: f8}, -1.5},
	} {
		if got := c.a.at(0); got != c.want || c.a.len() != 1 {
			t.Errorf("format %d: %v, want %v", c.a.kind, got, c.want)
		}
	}
}

func writePNG(t *testing.T, path string, picture image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, picture); err != nil {
		t.Fatal(err)
	}
}

func TestLoadFolder(t *testing.T) {
	dir := t.TempDir()
	grey := image.NewGray(image.Rect(0, 0, 2, 1))
	grey.Pix = []byte{0, 51}
	writePNG(t, filepath.Join(dir, "cat", "1.png"), grey)
	grey.Pix = []byte{255, 102}
	writePNG(t, filepath.Join(dir, "ant", "1.png"), grey)
	write(t, filepath.Join(dir, "ant", "notes.txt"), []byte("not an image"))
	s, err := LoadFolder(dir, ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.ClassNames, []string{"ant", "cat"}) || !slices.Equal(s.Shape, []int{1, 1, 2}) ||
		!slices.Equal(s.X, []float32{1, .4, 0, .2}) || !slices.Equal(s.Y, []int32{0, 1}) {
		t.Errorf("%+v", s)
	}
	writePNG(t, filepath.Join(dir, "cat", "2.png"), image.NewGray(image.Rect(0, 0, 3, 1)))
	_, err = LoadFolder(dir, ImportOptions{})
	wantError(t, err, "3 x 1 pixels, but the first image has 2 x 1: resize all")
	write(t, filepath.Join(dir, "cat", "2.png"), []byte("\x89PNG broken"))
	_, err = LoadFolder(dir, ImportOptions{})
	wantError(t, err, "2.png: ")
	_, err = LoadFolder(filepath.Join(dir, "cat"), ImportOptions{})
	wantError(t, err, "no subfolders")
}

func TestLoadFolderColour(t *testing.T) {
	dir := t.TempDir()
	picture := image.NewRGBA(image.Rect(0, 0, 1, 2))
	picture.Set(0, 0, color.RGBA{255, 51, 0, 255})
	picture.Set(0, 1, color.RGBA{0, 102, 255, 255})
	writePNG(t, filepath.Join(dir, "a", "1.png"), picture)
	writePNG(t, filepath.Join(dir, "b", "1.png"), picture)
	s, err := LoadFolder(dir, ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if want := []float32{1, 0, .2, .4, 0, 1}; !slices.Equal(s.Shape, []int{3, 2, 1}) ||
		!slices.Equal(s.Sample(1), want) {
		t.Errorf("shape %v, pixels %v, want %v", s.Shape, s.Sample(1), want)
	}
}

func TestCIFARBinary(t *testing.T) {
	picture := image.NewRGBA(image.Rect(0, 0, cifarPlane, 2))
	for i := range picture.Pix {
		picture.Pix[i] = byte(i * 7 / 4)
	}
	out, err := cifarBinary(picture, []int{3, 9})
	if err != nil {
		t.Fatal(err)
	}
	p := 32*5 + 6 // a pixel of the second image
	want := picture.RGBAAt(p, 1)
	record := out[cifarRecord:]
	if out[0] != 3 || record[0] != 9 || record[1+p] != want.R || record[1+cifarPlane+p] != want.G ||
		record[1+2*cifarPlane+p] != want.B {
		t.Error("a pixel is not where it belongs")
	}
	_, err = cifarBinary(picture, []int{3})
	wantError(t, err, "want 8-bit RGB of 1024 x 1")
}
