// Package gzfile reads files that may be gzipped, of a size that is limited before memory is taken.
package gzfile

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Read returns the contents of a file, unpacked where it is gzipped (its first bytes tell). A path that does not exist
// is also tried with .gz appended. It returns an error for contents of more than limit bytes.
func Read(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if g, e := os.Open(path + ".gz"); e == nil {
			f, err = g, nil
		}
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := Unpack(f, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// Unpack is [Read] for a stream.
func Unpack(r io.Reader, limit int64) ([]byte, error) {
	start := make([]byte, 2)
	n, err := io.ReadFull(r, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	r = io.MultiReader(bytes.NewReader(start[:n]), r)
	if bytes.Equal(start[:n], []byte{0x1f, 0x8b}) {
		if r, err = gzip.NewReader(r); err != nil {
			return nil, damaged(err)
		}
	}
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, damaged(err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("it holds more than %d bytes (unpacked): use a smaller file, or raise the limit", limit)
	}
	return b, nil
}

func damaged(err error) error {
	return fmt.Errorf("it cannot be read or unpacked: get the file again: %w", err)
}
