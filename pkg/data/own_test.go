package data

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// photos are random 8-bit images, and their labels, each class in turn.
type photos struct {
	channels, height, width, classes int
	x                                [][]byte // [samples][channels * height * width]
	y                                []byte
}

func randomPhotos(seed uint64, channels, height, width, classes, samples int) *photos {
	rng := rand.New(rand.NewPCG(seed, 1))
	p := &photos{channels: channels, height: height, width: width, classes: classes}
	for i := range samples {
		x := make([]byte, channels*height*width)
		for j := range x {
			x[j] = byte(rng.IntN(256))
		}
		p.x, p.y = append(p.x, x), append(p.y, byte(i%classes))
	}
	return p
}

// last is the images with their channels last.
func (p *photos) last() []byte {
	var out []byte
	plane := p.height * p.width
	for _, x := range p.x {
		for i := range plane {
			for c := range p.channels {
				out = append(out, x[c*plane+i])
			}
		}
	}
	return out
}

// want checks that a set holds the images, in their order.
func (p *photos) want(t *testing.T, s *Set) {
	t.Helper()
	if !slices.Equal(s.Shape, []int{p.channels, p.height, p.width}) || s.Classes != p.classes || s.Len() != len(p.x) {
		t.Fatalf("shape %v, %d classes, %d samples", s.Shape, s.Classes, s.Len())
	}
	for i := range p.x {
		for j, b := range p.x[i] {
			if got := s.Sample(i)[j]; got != float32(b)/255 || s.Y[i] != int32(p.y[i]) {
				t.Fatalf("sample %d: input %d is %v, label %d; want %v, %d", i, j, got, s.Y[i], float32(b)/255, p.y[i])
			}
		}
	}
}

// forms write photos in each form that Load reads, into a folder, and return the path to give.
var forms = map[string]func(t *testing.T, p *photos, dir, prefix string) string{
	"npy": func(t *testing.T, p *photos, dir, prefix string) string {
		shape := fmt.Sprintf("(%d, %d, %d, %d)", len(p.x), p.channels, p.height, p.width)
		write(t, filepath.Join(dir, prefix+"x.npy"), npyFile("|u1", shape, slices.Concat(p.x...)))
		write(t, filepath.Join(dir, prefix+"y.npy"), npyFile("|u1", fmt.Sprintf("(%d,)", len(p.y)), p.y))
		return dir
	},
	"npy of int64, channels last, gzipped, by one file": func(t *testing.T, p *photos, dir, prefix string) string {
		shape := fmt.Sprintf("(%d, %d, %d, %d)", len(p.x), p.height, p.width, p.channels)
		var wide []byte
		for _, b := range p.last() {
			wide = binary.LittleEndian.AppendUint64(wide, uint64(b))
		}
		images := filepath.Join(dir, prefix+"images.npy.gz")
		write(t, images, gzipped(npyFile("<i8", shape, wide)))
		write(t, filepath.Join(dir, prefix+"labels.npy"), npyFile("|u1", fmt.Sprintf("(%d, 1)", len(p.y)), p.y))
		return images
	},
	"IDX": func(t *testing.T, p *photos, dir, prefix string) string {
		shape := []int{len(p.x), p.channels, p.height, p.width}
		write(t, filepath.Join(dir, prefix+"images-idx4-ubyte"), idx(shape, slices.Concat(p.x...)))
		write(t, filepath.Join(dir, prefix+"labels-idx1-ubyte"), idx([]int{len(p.y)}, p.y))
		return dir
	},
	"CSV": func(t *testing.T, p *photos, dir, prefix string) string {
		path := filepath.Join(dir, prefix+"table.csv")
		var b strings.Builder
		fmt.Fprint(&b, "p0,label")
		for j := range p.x[0][1:] {
			fmt.Fprintf(&b, ",p%d", j+1)
		}
		for i, x := range p.x {
			fmt.Fprintf(&b, "\n%d,%d", x[0], p.y[i])
			for _, v := range x[1:] {
				fmt.Fprintf(&b, ",%d", v)
			}
		}
		write(t, path, []byte(b.String()))
		return path
	},
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

// TestOwnForms reads the same images in every form, all of them, and those set apart for testing.
func TestOwnForms(t *testing.T) {
	for name, write := range forms {
		t.Run(name, func(t *testing.T) {
			channels := 3
			if name == "CSV" {
				channels = 1 // a table tells none
			}
			p, q := randomPhotos(1, channels, 6, 6, 3, 30), randomPhotos(2, channels, 6, 6, 3, 12)
			s, err := Load(write(t, p, t.TempDir(), ""), Options{Whole: true})
			if err != nil {
				t.Fatal(err)
			}
			p.want(t, s.Test)
			if s.Train.Len() != 0 || s.Validation == nil {
				t.Errorf("%d samples for training", s.Train.Len())
			}
			dir := t.TempDir()
			write(t, p, dir, "train_")
			write(t, q, dir, "test_")
			if s, err = Load(dir, Options{Seed: 3, Validation: -1}); err != nil {
				t.Fatal(err)
			}
			p.want(t, s.Train)
			q.want(t, s.Test)
			if DrawsTest(dir) {
				t.Error("the test samples are said to be drawn")
			}
		})
	}
}

// TestOwnFolders reads images by class, with and without subfolders for parts.
func TestOwnFolders(t *testing.T) {
	dir := t.TempDir()
	p := randomPhotos(1, 3, 4, 5, 2, 10)
	for _, part := range []string{"train", "val", "test"} {
		for i, x := range p.x {
			picture := image.NewNRGBA(image.Rect(0, 0, p.width, p.height))
			for k := range p.height * p.width {
				plane := p.height * p.width
				picture.SetNRGBA(k%p.width, k/p.width, color.NRGBA{x[k], x[plane+k], x[2*plane+k], 255})
			}
			var b bytes.Buffer
			if err := png.Encode(&b, picture); err != nil {
				t.Fatal(err)
			}
			class := filepath.Join(dir, part, []string{"cat", "dog"}[p.y[i]])
			if err := os.MkdirAll(class, 0o755); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(class, fmt.Sprintf("%02d.png", i)), b.Bytes())
		}
	}
	sorted := &photos{channels: 3, height: 4, width: 5, classes: 2}
	for class := range byte(2) { // folder after folder
		for i := range p.x {
			if p.y[i] == class {
				sorted.x, sorted.y = append(sorted.x, p.x[i]), append(sorted.y, class)
			}
		}
	}
	s, err := Load(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range []*Set{s.Train, s.Validation, s.Test} {
		sorted.want(t, set)
	}
	if s, err = Load(filepath.Join(dir, "val"), Options{Whole: true}); err != nil {
		t.Fatal(err)
	}
	sorted.want(t, s.Test)
	if !slices.Equal(s.Test.ClassNames, []string{"cat", "dog"}) {
		t.Error(s.Test.ClassNames)
	}
	if a, b := s.Hash, s.Test.Hash(); a != b {
		t.Errorf("hash %s of the data, %s of the same samples", a, b)
	}
	if err := os.Mkdir(filepath.Join(dir, "val", "emu"), 0o755); err != nil {
		t.Fatal(err)
	}
	ownSets.Clear()
	if s, err = Load(filepath.Join(dir, "val"), Options{}); err != nil || len(s.Notes) != 1 ||
		!strings.Contains(s.Notes[0], "no sample of class emu") {
		t.Errorf("%v, %v: the empty class is not said", s, err)
	}
	_, err = Load(dir, Options{}) // its validation has a class more
	wantError(t, err, "give all parts the same folders")
}

// TestOwnSplit divides data that are not divided by the seed, and not otherwise.
func TestOwnSplit(t *testing.T) {
	path := forms["CSV"](t, randomPhotos(1, 1, 5, 5, 2, 50), t.TempDir(), "")
	a, err := Load(path, Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Load(path, Options{Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	if a.Train.Len() != 35 || a.Validation.Len() != 5 || a.Test.Len() != 10 || a.Hash != b.Hash {
		t.Error(a.Train.Len(), a.Validation.Len(), a.Test.Len(), a.Hash, b.Hash)
	}
	if a.Test.Hash() == b.Test.Hash() || !DrawsTest(path) {
		t.Error("the seed does not draw the test samples")
	}
	shape, classes, err := Shape(path)
	if err != nil || !slices.Equal(shape, []int{1, 5, 5}) || classes != 2 {
		t.Error(shape, classes, err)
	}
}

// TestOwnRefusals: what cannot be read in one way only is an error that says what to do.
func TestOwnRefusals(t *testing.T) {
	p := randomPhotos(1, 1, 3, 3, 2, 8)
	files := func(names map[string]string) string {
		dir := t.TempDir()
		for name, content := range names {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			write(t, path, []byte(content))
		}
		return dir
	}
	half := t.TempDir()
	forms["npy"](t, p, half, "train_")
	two := t.TempDir()
	write(t, filepath.Join(two, "a.npy"), npyFile("|u1", "(8, 9)", slices.Concat(p.x...)))
	write(t, filepath.Join(two, "b.npy"), npyFile("|u1", "(8,)", p.y))
	for _, c := range []struct{ path, want string }{
		{filepath.Join(t.TempDir(), "nothing"), "or one of the data sets digits"},
		{files(map[string]string{"notes.txt": "x"}), "there are no subfolders in it"},
		{files(map[string]string{"notes.txt": "x"}) + "/notes.txt", "the form of this file is not known"},
		{half, "cannot tell what is for training and what for testing"},
		{two, "cannot tell which of a.npy and b.npy holds the labels"},
		{filepath.Join(two, "a.npy"), "found 0 files beside it"},
		{files(map[string]string{"t.csv": ""}) + "/t.csv", "no table of numbers"},
		{files(map[string]string{"t.csv": "1\n2\n"}), "a row holds one value"},
		{files(map[string]string{"t.csv": "1,2,3\n0,1\n"}), "wrong number of fields"},
		{files(map[string]string{"t.csv": "label,a\n0,0.5\n1,x\n"}), `line 3, column 2: "x" is no number`},
		{files(map[string]string{"t.csv": "label,a\n0.5,0.5\n"}), "want a whole class number"},
		{files(map[string]string{"t.csv": "label,a\n0,0.5\n1,NaN\n"}), "not a number (NaN)"},
		{files(map[string]string{"t.csv": "label,a\n0,0.5\n1,300\n"}), "outside of the box [0, 1]"},
		{files(map[string]string{"t.csv": "label,a\n-1,0.5\n1,1\n"}), "label -1"},
		{files(map[string]string{"t.csv": "label,a\n0,0.5\n0,1\n"}), "1 classes"},
		{files(map[string]string{"x.npy": "junk", "y.npy": "junk"}), "not a .npy file"},
	} {
		_, err := Load(c.path, Options{})
		wantError(t, err, c.want)
		if _, _, shapeErr := Shape(c.path); shapeErr == nil {
			t.Errorf("%s: Shape reports no error", c.path)
		}
	}
}

// TestSame: paths of one file are one data set however they are spelled; names are as they stand.
func TestSame(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a.csv", "b.csv"} {
		write(t, name, []byte("label,x\n0,0\n1,1\n"))
	}
	full, err := filepath.Abs("a.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"a.csv", "a.csv", true}, {"a.csv", "./a.csv", true}, {"a.csv", full, true}, {"a.csv", "b.csv", false},
		{"a.csv", "missing.csv", false}, {"mnist", "mnist", true}, {"mnist", "digits", false}, {"", "a.csv", false},
	} {
		if got := Same(c.a, c.b); got != c.same {
			t.Errorf("%q and %q: %v", c.a, c.b, got)
		}
	}
}

// TestIsPath: the names of data sets are no paths, even where something of that name exists.
func TestIsPath(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"mnist", "mine"} {
		if err := os.Mkdir(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]bool{
		"mnist": false, "digits": false, "": false, "mnits": false, "mine": true, "./mnist": true, "a/b": true,
		"table.csv": true, "x.npy.gz": true,
	} {
		if got := IsPath(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
