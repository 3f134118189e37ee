package data

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// loadReal loads a data set where its files are there, and skips the test loudly where not.
func loadReal(t *testing.T, name string, opts Options) *Splits {
	t.Helper()
	s, err := Load(name, opts)
	if errors.Is(err, ErrMissing) {
		t.Skipf("SKIPPED, NOT CHECKED: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func near(got []float64, want ...float64) bool {
	for i := range want {
		if math.Abs(got[i]-want[i]) > 5e-5 {
			return false
		}
	}
	return len(got) == len(want)
}

// TestMNIST checks the well-known figures of the training set.
func TestMNIST(t *testing.T) {
	s := loadReal(t, "mnist", Options{Validation: -1})
	if got := s.Train.Histogram(); !slices.Equal(got,
		[]int{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}) {
		t.Errorf("histogram %v", got)
	}
	if mean, std := s.Train.MeanStd(); !near(mean, .1307) || !near(std, .3081) {
		t.Errorf("mean %v, std %v", mean, std)
	}
	if s.Test.Len() != 10000 || s.Validation.Len() != 0 || s.Train.Validate() != nil {
		t.Errorf("%d test, %d validation: %v", s.Test.Len(), s.Validation.Len(), s.Train.Validate())
	}
}

func TestCIFAR10(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 1 GB of memory")
	}
	s := loadReal(t, "cifar10", Options{Validation: -1})
	for class, count := range s.Train.Histogram() {
		if count != 5000 {
			t.Errorf("class %d has %d samples, want 5000", class, count)
		}
	}
	if mean, std := s.Train.MeanStd(); !near(mean, .4914, .4822, .4465) || !near(std, .2470, .2435, .2616) {
		t.Errorf("mean %v, std %v", mean, std)
	}
	if got := s.Train.Y[:5]; !slices.Equal(got, []int32{6, 9, 9, 4, 1}) {
		t.Errorf("first labels %v", got)
	}
}

func TestFashionMNIST(t *testing.T) {
	s := loadReal(t, "fashion-mnist", Options{})
	if s.Train.Len() != 55000 || s.Validation.Len() != 5000 || s.Test.Len() != 10000 {
		t.Errorf("%d, %d, %d samples", s.Train.Len(), s.Validation.Len(), s.Test.Len())
	}
	for class, count := range s.Test.Histogram() {
		if count != 1000 {
			t.Errorf("class %d has %d test samples, want 1000", class, count)
		}
	}
}

func TestDigits(t *testing.T) {
	s, err := Load("digits", Options{Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	if s.Train.Len() != 1197 || s.Validation.Len() != 200 || s.Test.Len() != 400 {
		t.Fatalf("%d, %d, %d samples", s.Train.Len(), s.Validation.Len(), s.Test.Len())
	}
	total := make([]int, 10)
	top := float32(0)
	for _, part := range []*Set{s.Train, s.Validation, s.Test} {
		if err := part.Validate(); err != nil {
			t.Error(err)
		}
		for class, count := range part.Histogram() {
			total[class] += count
		}
		top = max(top, slices.Max(part.X))
	}
	if !slices.Equal(total, []int{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}) || top != 1 {
		t.Errorf("classes %v, largest pixel %v", total, top)
	}
}

func TestSplitsAreDeterministicAndDisjoint(t *testing.T) {
	load := func(seed uint64, validation int) *Splits {
		s, err := Load("digits", Options{Seed: seed, Validation: validation})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	a, b, c := load(1, 0), load(1, 0), load(2, 0)
	if a.Train.Hash() != b.Train.Hash() || a.Validation.Hash() != b.Validation.Hash() ||
		a.Test.Hash() != b.Test.Hash() || a.Hash != b.Hash {
		t.Error("one seed gives two splits")
	}
	if a.Test.Hash() == c.Test.Hash() || a.Validation.Hash() == c.Validation.Hash() {
		t.Error("two seeds give one split")
	}
	if a.Test.Hash() != load(1, 50).Test.Hash() {
		t.Error("the size of the validation set changes the test set")
	}
	if n := load(1, -1); n.Validation.Len() != 0 || n.Train.Len() != 1397 {
		t.Errorf("without validation: %d and %d", n.Validation.Len(), n.Train.Len())
	}
}

func TestPartitionIsDisjointAndComplete(t *testing.T) {
	parts, err := partition("x", 1000, 9, 100, 0, 250)
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Concat(parts...)
	slices.Sort(all)
	if len(parts[0]) != 100 || len(parts[1]) != 0 || len(parts[2]) != 250 || len(all) != 1000 ||
		len(slices.Compact(all)) != 1000 {
		t.Errorf("parts of %d, %d, %d, %d", len(parts[0]), len(parts[1]), len(parts[2]), len(parts[3]))
	}
	_, err = partition("x", 10, 9, 5, 5)
	wantError(t, err, "x: cannot hold out 5 of 5 samples")
}

func TestSplitOwnSet(t *testing.T) {
	s, err := Split(ramp(100), SplitOptions{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if s.Train.Len() != 70 || s.Validation.Len() != 10 || s.Test.Len() != 20 || len(s.Hash) != 64 {
		t.Errorf("%d, %d, %d samples, hash %q", s.Train.Len(), s.Validation.Len(), s.Test.Len(), s.Hash)
	}
	_, err = Split(ramp(10), SplitOptions{Test: 10})
	wantError(t, err, "ask for fewer")
}

func TestLoadRefuses(t *testing.T) {
	_, err := Load("minst", Options{})
	wantError(t, err, `unknown data set "minst": choose one of digits, mnist, cifar10, fashion-mnist`)
	dir := t.TempDir()
	_, err = Load("mnist", Options{Dir: dir})
	wantError(t, err, "run `tightrope data fetch mnist`, or `tightrope data fetch mnist --from DIR`")
	if !errors.Is(err, ErrMissing) {
		t.Error("not ErrMissing")
	}
	path := filepath.Join(dir, "mnist", mnist.files[0].name)
	write(t, path, make([]byte, 1000))
	_, err = Load("mnist", Options{Dir: dir})
	wantError(t, err, "train-images-idx3-ubyte: expected 47040016 bytes, found 1000: run `tightrope data fetch mnist`")
	write(t, path, make([]byte, mnist.files[0].size))
	_, err = Load("mnist", Options{Dir: dir})
	wantError(t, err, "expected md5 6bbc9ace898e44ae57da46a324031adb, found ")
	if !errors.Is(err, ErrDamaged) {
		t.Error("not ErrDamaged")
	}
	list, err := List(dir)
	if err != nil || list[1].Present || list[1].Problem == "" || !list[0].Present || list[2].Present ||
		list[2].Problem != "" {
		t.Errorf("List: %+v, %v", list, err)
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestDefaultDir(t *testing.T) {
	t.Setenv(DirVariable, "")
	dir, err := DefaultDir()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "digits8x8")); err != nil || filepath.Base(dir) != "datasets" {
		t.Errorf("%s is not the repository's datasets folder: %v", dir, err)
	}
	t.Setenv(DirVariable, t.TempDir())
	if dir, err = DefaultDir(); err != nil || dir != os.Getenv(DirVariable) {
		t.Errorf("%s, %v", dir, err)
	}
}

// idx makes an IDX file of bytes.
func idx(shape []int, data []byte) []byte {
	out := []byte{0, 0, 8, byte(len(shape))}
	for _, n := range shape {
		out = binary.BigEndian.AppendUint32(out, uint32(n))
	}
	return append(out, data...)
}

// TestReadmeListsTheChecksums keeps datasets/README.md true.
func TestReadmeListsTheChecksums(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "datasets", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range catalog {
		if !strings.Contains(string(text), "| `"+c.name+"`") {
			t.Errorf("%s is not listed", c.name)
		}
		for _, f := range c.files {
			if !strings.Contains(string(text), "`"+f.name+"`") || !strings.Contains(string(text), f.md5) {
				t.Errorf("%s/%s with md5 %s is not listed", c.name, f.name, f.md5)
			}
		}
	}
}
