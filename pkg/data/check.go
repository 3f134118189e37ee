package data

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrMissing is found by errors.Is in the error of Load if a data set is not there, and ErrDamaged if one of its files
// has the wrong size or checksum.
var (
	ErrMissing = errors.New("data set missing")
	ErrDamaged = errors.New("data file damaged")
)

// kindError is a plain message that errors.Is knows by its kind.
type kindError struct {
	kind error
	text string
}

func (e *kindError) Error() string { return e.text }
func (e *kindError) Unwrap() error { return e.kind }

func damaged(format string, args ...any) error {
	return &kindError{ErrDamaged, fmt.Sprintf(format, args...)}
}

// verify says what is wrong with the size and the md5 of a file's content; where names it in the message.
func (f file) verify(where string, size int64, md5sum string) error {
	if size != f.size {
		return damaged("%s: expected %d bytes, found %d", where, f.size, size)
	}
	if md5sum != f.md5 {
		return damaged("%s: expected md5 %s, found %s", where, f.md5, md5sum)
	}
	return nil
}

// check verifies a file on disk. The error is ErrMissing, ErrDamaged or one of reading.
func (f file) check(dir string) error {
	path := filepath.Join(dir, f.name)
	if err := f.checkSize(path); err != nil {
		return err
	}
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	h := md5.New()
	n, err := io.Copy(h, in)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return f.verify(path, n, hex.EncodeToString(h.Sum(nil)))
}

func (f file) checkSize(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &kindError{ErrMissing, path + ": not there"}
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return damaged("%s: not a regular file", path)
	case info.Size() != f.size:
		return f.verify(path, info.Size(), "")
	}
	return nil
}

// readChecked reads a file whole and verifies it.
func (f file) readChecked(dir string) ([]byte, error) {
	path := filepath.Join(dir, f.name)
	if err := f.checkSize(path); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return b, f.verifyBytes(path, b)
}

func (f file) verifyBytes(where string, b []byte) error {
	sum := md5.Sum(b)
	return f.verify(where, int64(len(b)), hex.EncodeToString(sum[:]))
}
