package gzfile

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func zipped(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestRead reads a plain file, a gzipped one by its name and without its .gz, and files of no and of one byte.
func TestRead(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string][]byte{"plain": []byte("abc"), "packed.gz": zipped(t, []byte("abc")),
		"none": nil, "one": []byte("a")} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"plain": "abc", "packed": "abc", "packed.gz": "abc", "none": "",
		"one": "a"} {
		b, err := Read(filepath.Join(dir, name), 3)
		if err != nil || string(b) != want {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	if _, err := Read(filepath.Join(dir, "absent"), 3); err == nil || strings.Contains(err.Error(), ".gz") {
		t.Errorf("an absent file: %v: want an error that names it as asked for", err)
	}
}

// TestLimit refuses contents beyond the limit, also those that a few bytes unpack to, and damaged files.
func TestLimit(t *testing.T) {
	bomb := zipped(t, make([]byte, 1<<24))
	for name, content := range map[string][]byte{"plain": []byte("abcd"), "packed": zipped(t, []byte("abcd")),
		"bomb": bomb} {
		if _, err := Unpack(bytes.NewReader(content), 3); err == nil || !strings.Contains(err.Error(), "more than 3 "+
			"bytes") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, content := range [][]byte{bomb[:2], bomb[:9], bomb[:len(bomb)-4]} {
		if _, err := Unpack(bytes.NewReader(content), 1<<30); err == nil || !strings.Contains(err.Error(), "again") {
			t.Errorf("%d bytes of a gzipped file: %v", len(content), err)
		}
	}
}
