//go:build !js

package data

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"

	"tightrope/pkg/internal/atomicfile"
)

// install verifies what in holds and only then gives it the file's name. where names its origin in errors. A damaged
// file that has the name already is set aside.
func (f *fetcher) install(spec file, where string, in io.Reader) error {
	path := filepath.Join(f.dest, spec.name)
	return atomicfile.Write(path, func(out io.Writer) error {
		h := md5.New()
		n, err := io.Copy(io.MultiWriter(out, h), io.LimitReader(in, spec.size+1))
		if err != nil {
			return err
		}
		if n > spec.size {
			return damaged("%s: expected %d bytes of %s, found more", where, spec.size, spec.name)
		}
		if err := spec.verify(where, n, hex.EncodeToString(h.Sum(nil))); err != nil {
			return err
		}
		return f.makeRoom(path)
	})
}

// makeRoom sets aside what has the name that a verified file is about to get.
func (f *fetcher) makeRoom(path string) error {
	if _, err := os.Lstat(path); err != nil {
		return nil
	}
	aside, err := setAside(path)
	if err != nil {
		return err
	}
	f.log("%s: the damaged %s is now %s", f.name, filepath.Base(path), filepath.Base(aside))
	return nil
}

// installFile installs a file from elsewhere on this machine, unpacking it where it is gzipped.
func (f *fetcher) installFile(ctx context.Context, spec file, path string, gzipped bool) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	if !gzipped {
		return f.install(spec, path, reader{ctx, in, &f.meter})
	}
	unpacked, err := gzip.NewReader(in)
	if err != nil {
		return damaged("%s: not a gzip file (%v)", path, err)
	}
	return f.install(spec, path, reader{ctx, gzipReader{unpacked, path}, &meter{}})
}

// gzipReader says of broken gzip data that it is damaged, and where.
type gzipReader struct {
	in    io.Reader
	where string
}

func (g gzipReader) Read(p []byte) (int, error) {
	n, err := g.in.Read(p)
	var disk *os.PathError
	if err != nil && err != io.EOF && !errors.As(err, &disk) {
		err = damaged("%s: broken gzip data (%v)", g.where, err)
	}
	return n, err
}

// importFrom takes the data set from a user's folder or archive.
func (f *fetcher) importFrom(ctx context.Context, from string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return f.importArchive(ctx, from)
	}
	return f.importFolder(ctx, from)
}

// importFolder installs every needed file that it finds in a folder or its subfolders: raw, gzipped, to be converted,
// or in an archive.
func (f *fetcher) importFolder(ctx context.Context, dir string) error {
	from, err := scanFolder(dir)
	if err != nil {
		return err
	}
	var failure error
	need := f.needed()
	f.meter.start(0, totalBytes(need))
	for _, spec := range need {
		err := f.importFile(ctx, spec, from)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil && failure == nil {
			failure = err
		}
	}
	if failure == nil {
		return nil
	}
	if archive, ok := f.findArchive(from); ok && errors.Is(failure, ErrMissing) {
		return f.importArchive(ctx, archive)
	}
	return failure
}

// importFile tries every form that one file may have. The first error that is not "not there" is the one told.
func (f *fetcher) importFile(ctx context.Context, spec file, from folder) error {
	var failure error
	for _, name := range append([]string{spec.name}, spec.aliases...) {
		for _, suffix := range []string{"", ".gz"} {
			path, ok := from[name+suffix]
			if !ok || path == filepath.Join(f.dest, spec.name) {
				continue
			}
			err := f.installFile(ctx, spec, path, suffix != "")
			if err == nil {
				return nil
			}
			if failure == nil {
				failure = err
			}
		}
	}
	switch {
	case failure != nil:
		return failure
	case f.convert != nil:
		return f.importConverted(spec, from)
	}
	_, err := from.path(spec.name)
	return err
}

func (f *fetcher) importConverted(spec file, from folder) error {
	content, err := f.convert(from, spec.name)
	if err != nil {
		return err
	}
	f.meter.add(int64(len(content)))
	return f.install(spec, "converted "+spec.name, bytes.NewReader(content))
}
