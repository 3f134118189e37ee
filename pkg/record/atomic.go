package record

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// WriteAtomic writes a file under a temporary name in its folder, syncs and renames it: a reader sees the old file or the new
// one, and a failure leaves what was there. The error names the remedy.
func WriteAtomic(path string, content []byte) error {
	return WriteAtomicFunc(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// WriteAtomicFunc is [WriteAtomic] for a file that write produces piece by piece.
func WriteAtomicFunc(path string, write func(io.Writer) error) error {
	return explain(path, writeAtomic(path, write))
}

func writeAtomic(path string, write func(io.Writer) error) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	if err := write(tmp); err != nil {
		return err
	}
	if err := tmp.Chmod(0o644); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	syncFolder(filepath.Dir(path))
	return nil
}

// syncFolder makes a rename outlive a power cut, on the systems that can.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}

// explain turns an error of writing to path into one line with its remedy.
func explain(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("cannot write %s: the disk is full: free some space, then use --resume, or choose another --out (%w)", path, err)
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("cannot write %s: the folder is not writable: choose another --out, or change its permissions (%w)", path, err)
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("cannot write %s: its folder does not exist: make it first (%w)", path, err)
	}
	return fmt.Errorf("cannot write %s: %w", path, err)
}
