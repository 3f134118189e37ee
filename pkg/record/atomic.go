package record

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"tightrope/pkg/internal/atomicfile"
)

// WriteAtomic writes a file under a temporary name in its folder, syncs and renames it: a reader sees the old file or
// the new one, and a failure leaves what was there. The error names the remedy.
func WriteAtomic(path string, content []byte) error {
	return WriteAtomicFunc(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// WriteAtomicFunc is [WriteAtomic] for a file that write produces piece by piece.
func WriteAtomicFunc(path string, write func(io.Writer) error) error {
	return explain(path, atomicfile.Write(path, write))
}

// Explain turns an error of writing to path into one line with its remedy; nil stays nil.
func Explain(path string, err error) error { return explain(path, err) }

func explain(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("cannot write %s: the disk is full: free some space, then use --resume, or choose another "+
			"--out (%w)", path, err)
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("cannot write %s: the folder is not writable: choose another --out, or change its "+
			"permissions (%w)", path, err)
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("cannot write %s: its folder does not exist: make it first (%w)", path, err)
	}
	return fmt.Errorf("cannot write %s: %w", path, err)
}
