package torch

import (
	"archive/zip"
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// repack makes a file of torch.save of which one record is changed.
func repack(t *testing.T, content []byte, change func(name string, record []byte) []byte) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		record, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		to, err := w.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		to.Write(change(f.Name, record))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestDamaged reads files of which single bytes are changed, in the archive and in the pickle itself: an error or other
// weights, never a panic, and no more memory than the file has.
func TestDamaged(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"checkpoint.pth", "views.pth", "convolutional.pth"} {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		read, refused := 0, 0
		for range 3000 {
			damaged := repack(t, content, func(name string, record []byte) []byte {
				if !strings.HasSuffix(name, "/data.pkl") {
					return record
				}
				for range 1 + rng.IntN(3) {
					record[rng.IntN(len(record))] = byte(rng.IntN(256))
				}
				return record[:len(record)-rng.IntN(2)*rng.IntN(len(record))]
			})
			z, err := zip.NewReader(bytes.NewReader(damaged), int64(len(damaged)))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := readArchive(z); err != nil {
				refused++
			} else {
				read++
			}
		}
		if read == 0 || refused == 0 {
			t.Errorf("%s: %d read, %d refused", name, read, refused)
		}
		for range 1000 {
			damaged := bytes.Clone(content)
			damaged[rng.IntN(len(damaged))] ^= 1 << rng.IntN(8)
			if z, err := zip.NewReader(bytes.NewReader(damaged), int64(len(damaged))); err == nil {
				readArchive(z)
			}
		}
	}
}

// TestViews: a view that does not lie in its storage, or is larger than any weights, is refused before memory is taken.
func TestViews(t *testing.T) {
	s := &storage{kind: elements{"F32", 4}, bytes: make([]byte, 48)} // 12 numbers
	for _, c := range []struct {
		offset       int
		size, stride tuple
		ok           bool
	}{
		{0, tuple{3, 4}, tuple{4, 1}, true},
		{0, tuple{4, 3}, tuple{1, 4}, true},
		{3, tuple{9}, tuple{1}, true},
		{0, tuple{}, tuple{}, true},
		{0, tuple{5, 0}, tuple{100, 100}, true},
		{12, tuple{}, tuple{}, false},
		{4, tuple{9}, tuple{1}, false},
		{-1, tuple{3}, tuple{1}, false},
		{0, tuple{3}, tuple{-1}, false},
		{0, tuple{-3}, tuple{1}, false},
		{0, tuple{3, 4}, tuple{4}, false},
		{0, tuple{3.5}, tuple{1}, false},
		{0, tuple{1 << 40}, tuple{0}, false},
		{0, tuple{1 << 20, 1 << 20, 1 << 20}, tuple{0, 0, 0}, false},
		{0, tuple{2, 2}, tuple{1 << 61, 1 << 61}, false},
		{1 << 62, tuple{2, 2}, tuple{1 << 61, 1}, false},
	} {
		if _, err := rebuild(tuple{s, c.offset, c.size, c.stride}); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestBigEndian: numbers in another order of bytes would be read as others.
func TestBigEndian(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("testdata", "sequential.pth"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "big.pth")
	if err := os.WriteFile(path, repack(t, content, func(name string, record []byte) []byte {
		if strings.HasSuffix(name, "/byteorder") {
			return []byte("big")
		}
		return record
	}), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "byte order") {
		t.Error(err)
	}
}
